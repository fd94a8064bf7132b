"""What pages are made of: the shell, tiles, thumbnails, and the words for times and numbers."""
