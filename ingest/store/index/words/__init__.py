"""Words: the lexical index."""
