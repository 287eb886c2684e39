"""What operators see: logs, metrics, a line for each request."""
