"""Routes of whoever asks."""
