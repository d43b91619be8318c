"""`python -m ledger` does what the console script `pool-ledger` does."""

from ledger.cli.main import cli

if __name__ == "__main__":
    cli(prog_name="pool-ledger")
