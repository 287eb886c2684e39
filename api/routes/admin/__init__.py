"""Routes of admins."""

from api.routes.admin import care, documents, generations, jobs, keys, people, sources

MODULES = (sources, jobs, documents, keys, people, care, generations)
"""In the order in which the reference shows them."""
