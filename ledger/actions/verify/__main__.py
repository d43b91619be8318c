"""`python -m ledger.actions.verify FILE …`, and the start of the single file that carries the verifier alone."""

import sys

from ledger.actions.verify.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
