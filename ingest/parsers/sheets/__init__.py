"""Workbooks and CSV."""
