"""Documents in: find, parse, clean, chunk, embed, index; the catalogue that is the truth."""

import os

# Products of a few thousand rows are too short to be shared out, and the helpers of OpenBLAS would
# spin on the cores that other questions need. It reads this once, when numpy is first imported:
# so each package of ours that may be imported first imports this one first.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
