"""Wake-ups for the workers by RQ. The database is the truth; whatever is lost here costs a
second."""
