"""Meaning: the vectors of passages and how they are searched."""
