"""Files of the contextual encoder; `ingest.models.contextual` reads them."""
