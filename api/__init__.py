"""The edges: HTTP, command line, bots and the page."""
