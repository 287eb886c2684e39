"""The life of a document: known, staged, published, changed, removed."""
