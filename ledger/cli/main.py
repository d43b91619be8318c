"""`pool-ledger`: the group of all commands, and those that set up and run the service."""

import os
import sys
from pathlib import Path

import click
import structlog

from ledger import __version__
from ledger.cli import backup, care, exports, figures, keys, masters, proofs, tokens
from ledger.cli.shell import Commands, opened, settings


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="pool-ledger", message="%(prog)s %(version)s")
def cli() -> None:
    """Keep, count and check what patent operating centres did. Settings come from the environment (LEDGER_…)."""


@cli.command()
@click.option("--grant", "role", metavar="ROLE", help="Also give this PostgreSQL role the rights of the service, and no others.")
def migrate(role: str | None) -> None:
    """Bring the database to the schema of this release; safe to repeat. Run it as the owner of the tables."""
    from ledger.store import grants
    from ledger.store.database import connect, writing
    from ledger.store.schema import migrate as bring_up
    from ledger.store.schema import revision_of

    engine = connect(settings().database_url)
    log = structlog.get_logger("ledger.commands")
    try:
        if role is not None:
            grants.check(engine, role)
        before = revision_of(engine)
        bring_up(engine)
        log.info("migrated", before=before, after=revision_of(engine))
        if role is not None:
            with writing(engine) as connection:
                grants.grant(connection, role)
            log.info("rights given", role=role)
    finally:
        engine.dispose()


@cli.command()
@click.option("--bind", metavar="HOST:PORT", help="Where to listen; otherwise what gunicorn.conf.py says.")
def serve(bind: str | None) -> None:
    """Serve the API and the pages, by gunicorn with the settings of gunicorn.conf.py."""
    with opened():
        pass  # what is wrong with settings, programmes or schema is better said here than by each worker
    home = Path(__file__).resolve().parents[2]
    words = ["--pythonpath", str(home), *(["--bind", bind] if bind else [])]
    if (home / "gunicorn.conf.py").is_file():
        words += ["--config", str(home / "gunicorn.conf.py")]
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", *words, "wsgi:app"])


for command in (
    masters.centre, masters.import_, tokens.token, keys.key, figures.score, figures.programmes, care.check, care.rebuild, care.demo,
    backup.backup, backup.restore, exports.export, proofs.verify, proofs.verifier,
):  # fmt: skip
    cli.add_command(command)
