"""Jobs: what is indexed when, one after the other, beside the questions."""
