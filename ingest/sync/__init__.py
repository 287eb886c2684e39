"""The way of a document: planned, parsed, chunked, embedded, published."""
