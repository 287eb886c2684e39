"""Where documents come from: one connector for each kind of place."""
