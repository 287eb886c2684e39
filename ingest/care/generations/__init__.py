"""Generations of the index: built beside the live one, then switched to."""
