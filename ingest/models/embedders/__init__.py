"""Embedders: one file for each way from text to vectors."""
