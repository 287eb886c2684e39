"""Commands about what is indexed and who may read it."""
