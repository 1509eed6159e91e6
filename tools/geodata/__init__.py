"""Build the input layers of geodata/ and their manifest."""
