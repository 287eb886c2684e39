"""Bytes in, a `ParsedDocument` out: a folder for each family of formats."""
