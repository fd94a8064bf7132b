"""The studio around the canvas."""
