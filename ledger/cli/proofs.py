"""Commands for those who do not trust the service: check an export, and get the checker as one file.

They read no settings and open no database.
"""

import hashlib
from pathlib import Path

import click


class Handed(click.Command):
    """A command that leaves all its words, `--help` among them, to the program behind it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.params["words"] = tuple(args)
        return []


@click.command(cls=Handed)
def verify(words: tuple[str, ...]) -> None:
    """Check an exported bundle or a proof, offline: signature, tree, entries, and every figure counted again."""
    from ledger.actions.verify.cli import main

    raise click.exceptions.Exit(main(words))


@click.command()
@click.option(
    "-o", "--output", default="verify.pyz", show_default=True, metavar="FILE", help="Where to write it.",
    type=click.Path(dir_okay=False, path_type=Path),
)  # fmt: skip
def verifier(output: Path) -> None:
    """Write `verify` as a single file that runs wherever Python 3.11 is; prints its SHA-256."""
    from ledger.actions.pack import verifier as packed

    data = packed()
    output.write_bytes(data)
    output.chmod(0o755)
    click.echo(f"{hashlib.sha256(data).hexdigest()}  {output}")
