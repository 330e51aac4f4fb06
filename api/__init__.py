"""The ways in: command line, and what serves it."""
