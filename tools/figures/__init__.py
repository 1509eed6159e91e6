"""Draw the pictures of docs/method.md from the engine's own objects."""
