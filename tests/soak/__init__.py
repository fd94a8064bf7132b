"""A long load on the real processes while something kills them all the time: `make soak`."""
