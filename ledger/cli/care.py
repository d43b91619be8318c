"""Commands that look after the ledger: is everything as it was written, and the rows made anew; and a year to try it on."""

import click

from ledger.cli.shell import opened, progress, table


@click.command()
def check() -> None:
    """Compare log, rows and figures with what the entries say; tells every deviation, and ends with 1 if there is any."""
    from ledger.actions.check import check as deviations

    found = 0
    with opened() as ledger, progress("Checking") as shown:
        for deviation in deviations(ledger, shown):
            click.echo(str(deviation))
            found += 1
    if found:
        click.echo(f"{found} deviations", err=True)
        raise click.exceptions.Exit(1)
    click.echo("no deviation: log, rows and figures are as the entries say", err=True)


@click.command()
def rebuild() -> None:
    """Make all rows that follow from the log anew, in one transaction. Run it as the owner of the tables."""
    from ledger.actions.rebuild import rebuild as make_anew

    with opened() as ledger, progress("Rebuilding") as shown:
        entries = make_anew(ledger, shown)
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
