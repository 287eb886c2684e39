"""Example questions: what somebody may ask, from what they may read."""
