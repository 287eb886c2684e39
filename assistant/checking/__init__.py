"""Checking: exact quotes, and a verdict for every statement."""
