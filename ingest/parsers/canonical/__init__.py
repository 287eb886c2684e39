"""Building a canonical text: blocks, tables and running text with true offsets."""
