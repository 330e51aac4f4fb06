"""The command line: `callproof`."""

from api.cli.app import main

__all__ = ["main"]
