"""Web pages, as their readers see them."""
