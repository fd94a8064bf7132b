"""Real parts for the tests: the program, a mail server, a counting web address, a browser."""
