"""Questions in, cited answers out."""

import ingest  # noqa: F401  # before numpy: see there
