"""What each page knows and does. Every handler authorises by itself (see `builder.state.desk`)."""
