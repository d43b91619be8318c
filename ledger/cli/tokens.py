"""Commands for access tokens. A token stands alone on stdout, so that a script can take it; nothing else is told there."""

import click

from ledger.cli.shell import opened, table

ROLES = ("recorder", "signatory", "authority", "reader", "auditor")


@click.group()
def token() -> None:
    """Access tokens: who may do what, and for whom."""


@token.command()
@click.option("--role", required=True, type=click.Choice(ROLES))
@click.option("--centre", metavar="CODE", help="The centre, or the office of an authority, that it speaks for.")
@click.option("--region", metavar="DIGITS", help="Keeps an authority to a part of its office's region.")
@click.option("--name", help="What stands in recorded_by; ROLE@CODE if left out.")
def create(role: str, centre: str | None, region: str | None, name: str | None) -> None:
    """Make a token and print it: it is shown this once."""
    from ledger.actions.access import create_token, is_registered

    with opened() as ledger:
        made = create_token(ledger, role=role, centre=centre, region=region, name=name)
        if centre is not None and not is_registered(ledger, centre):
            click.echo(f"Note: {centre} is not registered yet; until an office registers it, its entries are refused.", err=True)
    click.echo(made)


@token.command("list")
def list_() -> None:
    """All tokens ever made, without the tokens themselves."""
    from ledger.actions.access import list_tokens
    from ledger.facts.days import format_instant, from_micros

    def instant(micros: int | None) -> str:
        return "" if micros is None else format_instant(from_micros(micros))[:19] + "Z"

    with opened() as ledger:
        kept = list_tokens(ledger)
    if kept:
        rows = [
            (str(t.id), t.role, t.centre or "", t.region or "", t.name, instant(t.created_at), instant(t.revoked_at)) for t in kept
        ]
        click.echo(table([("id", "role", "centre", "region", "name", "created", "revoked"), *rows], right=[0]))


@token.command()
@click.argument("token_id", metavar="ID", type=click.IntRange(min=1))
def revoke(token_id: int) -> None:
    """Make the token with this number useless, at once and for good."""
    from ledger.actions.access import revoke_token

    with opened() as ledger:
        revoke_token(ledger, token_id)
