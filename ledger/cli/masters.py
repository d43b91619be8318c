"""Commands that put entries into the log: founding an office, loading a file."""

from pathlib import Path

import click

from ledger.cli.shell import opened, problem_line, progress


@click.group()
def centre() -> None:
    """Offices, which found the ledger; they register the centres over the API."""


@centre.command()
@click.argument("code")
@click.option("--name", required=True, help="The office's name.")
@click.option(
    "--kind", "centre_kind", required=True, type=click.Choice(["city_office", "province_office"]), help="What sort of office."
)
@click.option("--region", required=True, metavar="DIGITS", help="The region it decides on, six digits: 420000.")
def add(code: str, name: str, centre_kind: str, region: str) -> None:
    """Found the office CODE: the first entry of its own stream."""
    from ledger.actions.offices import found

    with opened() as ledger:
        index = found(ledger, code=code, name=name, centre_kind=centre_kind, region=region)
    click.echo(f"entry {index}: office {code}", err=True)


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--centre", required=True, metavar="CODE", help="Whose stream the entries go to.")
@click.option("--dry-run", is_flag=True, help="Try everything and record nothing.")
def import_(file: Path, centre: str, dry_run: bool) -> None:
    """Record the entries of FILE, JSON lines with kind, body and evidence; what is recorded already is skipped."""
    from ledger.actions.load import load

    with opened() as ledger, progress("Recording") as shown, file.open("rb") as lines:
        report = load(ledger, lines, centre, dry_run=dry_run, progress=shown)
    for bad in report.bad:
        click.echo(f"line {bad.line}: {problem_line(bad.problem)}", err=True)
    counts = [f"{report.recorded} recorded", f"{report.skipped} recorded already"]
    if report.tried:
        counts.append(f"{report.tried} in order but not recorded")
    if report.bad:
        counts.append(f"{len({bad.line for bad in report.bad})} wrong")
    click.echo(f"{file.name}: {', '.join(counts)}")
    if report.bad or (report.tried and not dry_run):
        raise click.exceptions.Exit(1)
