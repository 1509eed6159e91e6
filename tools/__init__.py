"""Set up, feed and photograph the project."""
