"""The edges: HTTP, command line, bots and the page."""

import ingest  # noqa: F401  # before numpy: see there
