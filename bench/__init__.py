"""Benchmarks that print a table: `make bench`, or `python -m bench NAME`."""
