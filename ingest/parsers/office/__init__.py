"""What Office files share."""
