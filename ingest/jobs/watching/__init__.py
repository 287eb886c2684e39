"""Which folders changed, as the operating system tells it."""
