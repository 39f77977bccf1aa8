"""Run the command line as ``python -m moesif_declarative``."""

import sys

from moesif_declarative.cli import main

if __name__ == "__main__":
    sys.exit(main())
