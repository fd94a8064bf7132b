"""The editor on a page of its own, with a studio in memory behind it."""
