"""Jobs and leases, as rows."""
