"""Draw the pictures of docs/method.md from the engine's own objects: one module a group of steps, one function a picture."""
