"""Node types of the category actions: steps that do something to the outside or to a record."""
