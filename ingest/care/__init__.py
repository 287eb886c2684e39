"""Keeping the index true: check, repair, generations, backup, restore."""
