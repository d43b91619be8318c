"""What all commands share: the ledger opened by the settings, errors as sentences, progress, and tables that line up.

- Whatever is wrong with the input, the settings or the database is one message on stderr and exit code 1; a wrong use of the
  command line is click's, with code 2. A traceback is left to our own mistakes.
- Answers go to stdout, everything else to stderr; progress is shown to people only, not to files.
- Texts that exist in both languages are told in Chinese where the locale is Chinese.

Nothing heavy is imported before a command needs it: `pool-ledger --help` must not wait for a database driver.
"""

import os
import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

import click

if TYPE_CHECKING:
    from ledger.actions.ledger import Ledger
    from ledger.config import Settings
    from ledger.facts.problems import Problem


class Commands(click.Group):
    """The group of all commands; errors that are not ours leave it as messages."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if (message := explained(error)) is None:
                raise
            raise click.ClickException(message) from None


def explained(error: Exception) -> str | None:
    """An error in words for the one at the keyboard; None for a mistake of the program."""
    from sqlalchemy.exc import DBAPIError, OperationalError

    from ledger.actions.backupfile import NoBackup
    from ledger.actions.demo import NoSample
    from ledger.actions.hindrances import CannotPublish
    from ledger.actions.ledger import NotMigrated
    from ledger.config import BadSettings
    from ledger.facts.encoding import Undecodable
    from ledger.facts.problems import Refused
    from ledger.kpi.language import BadProgrammes
    from ledger.proof.merkle import Damaged
    from ledger.signing import BadKeyFile
    from ledger.store.grants import NoGrant

    match error:
        case Refused():
            return "\n".join(map(problem_line, error.problems))
        case BadProgrammes():
            return "\n".join(["the programmes are wrong:", *(f"  {fault}" for fault in error.faults)])
        case Damaged():
            return f"the log is damaged: {error}; `pool-ledger check` tells where"
        case CannotPublish() | BadKeyFile() | NoBackup():
            return error.zh if language() == "zh" else error.en
        case Undecodable():
            return f"an entry cannot be read: {error}; `pool-ledger check` tells which"
        case BadSettings() | NotMigrated() | NoGrant() | NoSample():
            return str(error)
        case OperationalError():
            return f"the database does not answer: {_first_line(error.orig)}"
        case DBAPIError():
            return f"the database refuses: {_first_line(error.orig)}"
        case OSError():
            return f"{error.filename or 'files cannot be read or written'}: {error.strerror or error}"
    if type(error).__module__.startswith("alembic."):  # doors do not import the migrations' tool
        return f"the schema of the database cannot be brought to this release: {error}"
    return None


def _first_line(error: BaseException | None) -> str:
    return str(error).strip().partition("\n")[0]


def settings() -> "Settings":
    """The settings of the environment, with database addresses that can be read."""
    from sqlalchemy.exc import ArgumentError

    from ledger.config import Settings, unknown_variables
    from ledger.journal import configure_commands
    from ledger.store.database import normal_url

    found = Settings.from_environment()
    configure_commands(found.command_log)
    for name, meant in unknown_variables(os.environ):
        click.echo(f"{name} is no setting{f'; {meant} is' if meant else ''}", err=True)
    for name, url in (("LEDGER_DATABASE_URL", found.database_url), ("LEDGER_READ_DATABASE_URL", found.read_database_url)):
        try:
            normal_url(url or found.database_url)
        except (ArgumentError, ValueError):  # whose words would quote the address, and so perhaps a password
            raise click.ClickException(f"{name} is no address of a database") from None
    return found


@contextmanager
def opened() -> Iterator["Ledger"]:
    """The ledger that the settings name."""
    from ledger.actions.ledger import Ledger

    ledger = Ledger.open(settings())
    try:
        yield ledger
    finally:
        ledger.close()


def language() -> Literal["zh", "en"]:
    """The language of the locale, by the variables in the order in which they win."""
    set_ = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    return "zh" if set_.lower().startswith("zh") else "en"


def problem_line(problem: "Problem") -> str:
    text = problem.zh if language() == "zh" else problem.en
    path = problem.path.removeprefix("body.")  # what is typed here has no body
    return f"{path}: {text}" if path else text


@contextmanager
def progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """A bar for long work: the function told (done, of how many) draws it, where a person is looking."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    with click.progressbar(length=0, label=label, file=sys.stderr) as bar:

        def shown(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield shown


def table(rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> str:
    """Rows in columns, the first one above a rule; columns in `right` are numbers."""
    widths = [max(width(row[n]) for row in rows) for n in range(len(rows[0]))]

    def line(row: Sequence[str]) -> str:
        cells = [pad(text, widths[n], right=n in right) for n, text in enumerate(row)]
        return "  ".join(cells).rstrip()

    return "\n".join([line(rows[0]), "  ".join("─" * w for w in widths), *map(line, rows[1:])])


def pad(text: str, to: int, *, right: bool = False) -> str:
    space = " " * (to - width(text))
    return space + text if right else text + space


def width(text: str) -> int:
    """Columns on a terminal: Chinese characters take two, combining marks none."""
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(unicodedata.combining(char) > 0 for char in text)
