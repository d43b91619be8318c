"""Commands that look after the ledger: is everything as it was written, and the rows made anew; and a year to try it on."""

import json
import sys
import time
from typing import TYPE_CHECKING

import click
import structlog

from ledger.cli.shell import opened, progress, table

if TYPE_CHECKING:
    from ledger.actions.check import Looked
    from ledger.proof.notes import VerifierKey

TOLD_MAX = 1000  # deviations in the summary; all are counted


def verifier_key(_: click.Context, __: click.Parameter, text: str | None) -> "VerifierKey | None":
    from ledger.proof.notes import BadKey, VerifierKey

    try:
        return None if text is None else VerifierKey.parse(text)
    except BadKey as error:
        raise click.BadParameter(str(error)) from None


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, for a monitor.")
@click.option("--key", metavar="VKEY", callback=verifier_key, help="The log's verifier key, where its key file is not at hand.")
def check(as_json: bool, key: "VerifierKey | None") -> None:
    """Compare the log, what was signed of it, rows and figures with what the entries say.

    Tells every deviation, and ends with 1 if there is any.
    """
    from ledger.actions.check import Looked
    from ledger.actions.check import check as deviations

    looked, found = Looked(), 0
    told: list[dict[str, object]] = []
    begun = time.monotonic()
    with opened() as ledger, progress("Checking") as shown:
        for deviation in deviations(ledger, shown, key=key, looked=looked):
            found += 1
            if not as_json:
                click.echo(str(deviation))
            elif len(told) < TOLD_MAX:
                told.append({"table": deviation.table, "entry": deviation.entry, "what": deviation.what})
    if as_json:
        seconds = round(time.monotonic() - begun, 3)
        summary = {"ok": not found} | looked.told() | {"deviations": told, "deviation_count": found, "seconds": seconds}
        json.dump(summary, sys.stdout, ensure_ascii=False)
        click.echo()
    else:
        for note in looked.notes:
            click.echo(note, err=True)
        click.echo(f"{counts(looked)}: {f'{found} deviations' if found else 'no deviation'}", err=True)
    if found:
        raise click.exceptions.Exit(1)


def counts(looked: "Looked") -> str:
    """What was looked at, in one line."""
    parts = {"entries": looked.size, "tiles": looked.tiles, "checkpoints": looked.checkpoints,
             "cosignatures": looked.cosignatures, "rows": looked.rows}  # fmt: skip
    return ", ".join(f"{number} {name}" for name, number in parts.items())


@click.command()
def rebuild() -> None:
    """Make all rows that follow from the log anew, in one transaction. Run it as the owner of the tables."""
    from ledger.actions.rebuild import rebuild as make_anew

    with opened() as ledger, progress("Rebuilding") as shown:
        entries = make_anew(ledger, shown)
    structlog.get_logger("ledger.commands").info("rows made anew", entries=entries)
    click.echo(f"rows made anew from {entries} entries", err=True)


@click.command()
def demo() -> None:
    """Load a sample year into an empty ledger, show its scorecards, and print a fresh token for each role."""
    from ledger.actions.demo import fresh_tokens, load_sample, sample_year, scorecards_of

    with opened() as ledger:
        sample = sample_year()
        with progress("Loading the sample year") as shown:
            loaded = load_sample(ledger, sample, shown)
        click.echo(f"{loaded} entries loaded" if loaded else "The ledger holds entries already: nothing was loaded.", err=True)
        if loaded:
            from ledger.cli.figures import as_text
            from ledger.cli.shell import language

            for title, card in scorecards_of(ledger):
                click.echo(as_text(card, title.zh if language() == "zh" else title.en) + "\n")
        tokens = fresh_tokens(ledger, sample.TOKENS)
    click.echo(table([("speaks for", "token"), *tokens]))
