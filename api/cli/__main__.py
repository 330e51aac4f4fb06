"""`python -m api.cli` is `callproof`."""

from api.cli import main

main()
