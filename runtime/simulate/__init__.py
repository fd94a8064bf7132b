"""The simulator: a journey on a virtual clock, with scripted answers, that sends nothing."""
