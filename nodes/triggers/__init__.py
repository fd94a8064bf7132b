"""Node types of the category triggers: nodes that start runs."""
