"""Node types: one file each, values without I/O. `registry` finds them, `spec` says what one is."""
