"""Who asks, what that one may, and what of it is shown."""
