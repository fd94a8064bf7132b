"""Node types of the category logic: steps that only decide, wait or set."""
