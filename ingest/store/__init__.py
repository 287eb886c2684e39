"""What is kept: the catalogue, which is the truth, and the indexes derived from it."""
