"""The command line: `callproof`."""

from api.cli.ending import main

__all__ = ["main"]
