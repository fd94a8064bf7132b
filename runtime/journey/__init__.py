"""The journey format: reading, checking, hashing and editing documents; conditions and times."""
