"""Speed, measured beside a baseline in the same process; run by `make bench`, never by tests."""
