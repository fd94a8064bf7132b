"""Node types of the category ai: steps that a model answers."""
