"""Documents in: find, parse, clean, chunk, embed, index; the catalogue that is the truth."""
