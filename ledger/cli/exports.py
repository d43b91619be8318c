"""Commands that write files for others: `pool-ledger export …`."""

import os
from datetime import date, datetime
from pathlib import Path

import click

from ledger.cli.shell import opened, progress


@click.group()
def export() -> None:
    """Files to take along: bundles, which `pool-ledger verify` checks without the ledger."""


@export.command()
@click.option("--programme", required=True, metavar="ID", help="Which programme.")
@click.option("--subject", required=True, metavar="CODE", help="Whose scorecard: a centre, a park or a region.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="As of the end of this day; today if left out.")
@click.option("--known-at", metavar="SIZE|INSTANT", help="With this much of the log; all of it if left out.")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="The file; named by what is in it if left out."
)
def bundle(programme: str, subject: str, on: datetime | None, known_at: str | None, output: Path | None) -> None:
    """Write one scorecard with everything from which anybody can recompute it."""
    from ledger.actions.bundle import bundle as ready
    from ledger.facts.actors import Actor

    day: date | None = on and on.date()
    auditor = Actor("auditor", "pool-ledger")
    with opened() as ledger, ready(ledger, auditor, programme=programme, subject=subject, on=day, known_at=known_at) as made:
        file = output or Path(made.name)
        # What bears the name of a bundle is a whole one.
        begun = file.with_name(f"{file.name}.part")
        try:
            with begun.open("wb") as part, progress("Exporting") as shown:
                for piece in made.chunks(shown):
                    part.write(piece)
                part.flush()
                os.fsync(part.fileno())
            begun.replace(file)
        except BaseException:
            begun.unlink(missing_ok=True)
            raise
    click.echo(str(file))
