"""Composers: from passages to the text of an answer."""
