"""The catalogue: every table and every SQL statement of the product."""
