"""Derived indexes (lexical, vectors) that can always be rebuilt from the catalogue."""
