"""The settings of a service: read once from the environment, checked together, passed on as a value.

- A default is fit for production and safe to publish; addresses of databases may hold a password and stay out of `repr`.
- Whatever is wrong is said at once, for every variable, and without quoting an address.
- An empty variable counts as unset, so that a line of an environment file can be switched off by emptying it.

Whether a database answers or a key fits its log is not asked here: that is found out where they are used.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from environs import Env, EnvValidationError, ValidationError

DATABASES = ("sqlite", "postgresql", "postgresql+psycopg2", "postgres")


class BadSettings(Exception):
    """The environment asks for something impossible; the message has one line for each variable."""

    def __init__(self, problems: Mapping[str, list[str]]) -> None:
        self.problems = {name: "; ".join(texts) for name, texts in problems.items()}
        lines = (f"  {name} {text}" for name, text in sorted(self.problems.items()))
        super().__init__("\n".join(["the settings are wrong:", *lines]))


@dataclass(frozen=True, kw_only=True)
class Settings:
    database_url: str = field(default="sqlite:///var/ledger.db", repr=False)
    read_database_url: str | None = field(default=None, repr=False)  # None: reads go where writes go
    origin: str = "localhost/log"
    signing_key_file: Path = Path("var/signing.key")
    programmes: tuple[Path, ...] = ()  # folders beside the built-in one

    @classmethod
    def from_environment(cls) -> "Settings":
        env = Env(prefix="LEDGER_", eager=False)

        def told(name: str, check: Callable[[str], None]) -> str | None:
            return env.str(name, None, validate=lambda value: check(value) if value else None) or None

        settings = cls(
            database_url=told("DATABASE_URL", is_database) or cls.database_url,
            read_database_url=told("READ_DATABASE_URL", is_database),
            origin=told("ORIGIN", is_origin) or cls.origin,
            signing_key_file=Path(told("SIGNING_KEY_FILE", is_no_folder) or cls.signing_key_file),
            programmes=paths(told("PROGRAMMES", are_folders) or ""),
        )
        try:
            env.seal()  # what was wrong above was only noted; it is raised here, all of it
        except EnvValidationError as error:
            assert isinstance(error.error_messages, Mapping)
            raise BadSettings(error.error_messages) from None
        return settings


def paths(text: str) -> tuple[Path, ...]:
    return tuple(Path(part) for part in text.split(":") if part)


def is_database(url: str) -> None:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValidationError("is no address") from None
    if parts.scheme not in DATABASES or not url.startswith(f"{parts.scheme}://"):
        raise ValidationError("is neither sqlite:///FILE nor postgresql://USER@HOST/NAME")
    # A database in memory is another one for each connection, and gone with the process.
    if parts.scheme == "sqlite" and (parts.netloc or parts.path in ("", "/", "/:memory:")):
        raise ValidationError("names no file: sqlite:///FILE, or sqlite:////FILE from the root")


def is_origin(text: str) -> None:
    """C2SP tlog-checkpoint and signed-note: the name of a log and of its key, an address without scheme and last slash."""
    if "+" in text or any(c.isspace() or not c.isprintable() for c in text):
        raise ValidationError("holds a space, a control character or a '+', which the name of a log may not")
    if "://" in text or text.endswith("/"):
        raise ValidationError("must be an address without scheme and without a slash at its end, like ledger.example/log")


def is_no_folder(text: str) -> None:
    if Path(text).is_dir():
        raise ValidationError("names a folder, not a file")


def are_folders(text: str) -> None:
    if missing := [str(path) for path in paths(text) if not path.is_dir()]:
        raise ValidationError(f"names no folder: {', '.join(missing)}")
