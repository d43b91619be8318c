"""Commands for access tokens. A token stands alone on stdout, so that a script can take it; nothing else is told there."""

from datetime import datetime

import click

from ledger.cli.shell import opened, table

ROLES = ("recorder", "signatory", "authority", "reader", "auditor")
DAYS_MAX = 36_500


@click.group()
def token() -> None:
    """Access tokens: who may do what, and for whom."""


@token.command()
@click.option("--role", required=True, type=click.Choice(ROLES))
@click.option("--centre", metavar="CODE", help="The centre, or the office of an authority, that it speaks for.")
@click.option("--region", metavar="DIGITS", help="Keeps an authority to a part of its office's region.")
@click.option("--name", help="What stands in recorded_by; ROLE@CODE if left out.")
@click.option("--expires", metavar="DAY", type=click.DateTime(["%Y-%m-%d"]), help="The last day, in China, on which it is good.")
@click.option("--days", type=click.IntRange(1, DAYS_MAX), help="For how many days from now it is good.")
def create(role: str, centre: str | None, region: str | None, name: str | None, expires: datetime | None, days: int | None) -> None:
    """Make a token and print it: it is shown this once. Without --expires or --days it is good until it is revoked."""
    from ledger.actions.access import create_token, is_registered

    with opened() as ledger:
        last_day = None if expires is None else expires.date()
        made = create_token(ledger, role=role, centre=centre, region=region, name=name, last_day=last_day, days=days)
        if centre is not None and not is_registered(ledger, centre):
            click.echo(f"Note: {centre} is not registered yet; until an office registers it, its entries are refused.", err=True)
    click.echo(made)


@token.command("list")
def list_() -> None:
    """All tokens ever made, without the tokens themselves; then the subjects of the issuer who are or were barred."""
    from ledger.actions.access import list_tokens
    from ledger.actions.subjects import list_bars

    with opened() as ledger:
        kept, bars = list_tokens(ledger), list_bars(ledger)
    if kept:
        titles = ("id", "role", "centre", "region", "name", "created", "expires", "last used", "revoked")
        rows = [
            (str(t.id), t.role, t.centre or "", t.region or "", t.name, *map(_instant, instants))
            for t in kept
            for instants in [(t.created_at, t.expires_at, t.last_used_at, t.revoked_at)]
        ]
        click.echo(table([titles, *rows], right=[0]))
    if bars:
        spans = [(one.subject, _instant(one.barred_at), _instant(one.lifted_at)) for one in bars]
        click.echo("\n" * bool(kept) + table([("subject", "barred", "lifted"), *spans]))


def _instant(micros: int | None) -> str:
    from ledger.facts.days import format_instant, from_micros

    return "" if micros is None else format_instant(from_micros(micros))[:19] + "Z"


@token.command()
@click.argument("token_id", metavar="ID", type=click.IntRange(min=1))
def revoke(token_id: int) -> None:
    """Make the token with this number useless, at once and for good."""
    from ledger.actions.access import revoke_token

    with opened() as ledger:
        revoke_token(ledger, token_id)


@token.command()
@click.argument("subject", metavar="SUB")
def bar(subject: str) -> None:
    """Shut out a subject of the issuer (its `sub`), at once, whatever the issuer says."""
    from ledger.actions.subjects import bar as bar_

    with opened() as ledger:
        bar_(ledger, subject)


@token.command()
@click.argument("subject", metavar="SUB")
def unbar(subject: str) -> None:
    """Let a subject of the issuer in again."""
    from ledger.actions.subjects import unbar as unbar_

    with opened() as ledger:
        unbar_(ledger, subject)
