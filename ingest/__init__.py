"""Documents in: find, parse, clean, chunk, embed, index; the catalogue that is the truth."""

import os

# Before numpy is loaded: products of a few thousand rows are too short to be shared out, and the
# helpers of OpenBLAS would spin on the cores that other questions need.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
