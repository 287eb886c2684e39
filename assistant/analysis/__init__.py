"""A question and the passages found for it, each analysed once; every later stage takes these."""
