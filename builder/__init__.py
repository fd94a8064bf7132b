"""The web studio: pages in Reflex, the canvas island, and the process that serves them."""
