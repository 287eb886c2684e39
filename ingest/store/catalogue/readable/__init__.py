"""What readers may see: every function takes the scope of who asks."""
