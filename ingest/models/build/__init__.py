"""Makes the files in `ingest/models/data`: run `python -m ingest.models.build --help`."""
