"""The API's reference at /docs: everything of its description, to be read and to be tried out."""
