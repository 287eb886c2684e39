"""`python -m api` is `footnote`."""

from api.cli.main import main

main()
