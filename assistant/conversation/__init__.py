"""Conversations: follow-ups, history, export, and how answers are recorded."""
