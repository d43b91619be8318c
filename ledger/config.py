"""The settings of a service: read once from the environment, checked together, passed on as a value.

- A default is fit for production and safe to publish; addresses of databases may hold a password and stay out of `repr`.
- Whatever is wrong is said at once, for every variable, and without quoting an address.
- A variable that only looks like one of ours is no fault, and is for whoever starts to tell: `unknown_variables`.
- An empty variable counts as unset, so that a line of an environment file can be switched off by emptying it.

Whether a database answers or a key fits its log is not asked here: that is found out where they are used.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Literal, TypeVar, cast, get_args
from urllib.parse import urlsplit

from environs import Env, EnvValidationError, ValidationError

from ledger.proof.policies import BadPolicy, Policy

T = TypeVar("T")
NOBODY = Policy()
PREFIX = "LEDGER_"
LogAccess = Literal["open", "token"]

DATABASES = ("sqlite", "postgresql", "postgresql+psycopg2", "postgres")
WITNESS_TIMEOUT_MIN, WITNESS_TIMEOUT_MAX = 0.1, 60
PUBLISH_SECONDS_MAX = 3600
RATE_LIMIT_MAX = 1_000_000
PROXIES_MAX = 9
LOOPBACK = ("127.0.0.1", "::1", "localhost")
ALGORITHMS = ("ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "Ed25519")


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
    witnesses: Policy = NOBODY  # who must have cosigned a checkpoint before it is published: nobody
    witness_timeout_seconds: float = 2.0  # for all that is said to one witness about one checkpoint
    publish_seconds: int = 5  # between two looks whether the log has grown
    log_access: LogAccess = "open"
    programmes: tuple[Path, ...] = ()  # folders beside the built-in one
    command_log: Path | None = None  # where commands append a line for what they change; None: nowhere
    rate_limit: int | None = None  # requests a second that each caller may make; None: as many as they like
    proxies: int = 0  # in front of the service, each of which tells whom it speaks for
    oidc_issuer: str | None = None  # None: tokens of our own are the only way in
    oidc_audience: str | None = None  # whom its tokens must be meant for: this service
    oidc_algorithms: tuple[str, ...] = ("ES256", "RS256", "Ed25519")
    oidc_role_claim: str = "ledger_role"
    oidc_centre_claim: str = "ledger_centre"
    oidc_region_claim: str = "ledger_region"

    @classmethod
    def from_environment(cls) -> "Settings":
        env = Env(prefix=PREFIX, eager=False)

        def told(name: str, check: Callable[[str], None]) -> str | None:
            return env.str(name, None, validate=lambda value: check(value) if value else None) or None

        def parsed(name: str, parse: Callable[[str], T], default: T) -> T:
            found: list[T] = []
            told(name, lambda value: found.append(parse(value)))
            return found[0] if found else default

        settings = cls(
            database_url=told("DATABASE_URL", is_database) or cls.database_url,
            read_database_url=told("READ_DATABASE_URL", is_database),
            origin=told("ORIGIN", is_origin) or cls.origin,
            signing_key_file=Path(told("SIGNING_KEY_FILE", is_no_folder) or cls.signing_key_file),
            witnesses=parsed("WITNESSES", policy, cls.witnesses),
            witness_timeout_seconds=parsed("WITNESS_TIMEOUT_SECONDS", timeout_seconds, cls.witness_timeout_seconds),
            publish_seconds=parsed("PUBLISH_SECONDS", publish_seconds, cls.publish_seconds),
            log_access=parsed("LOG_ACCESS", log_access, cls.log_access),
            programmes=paths(told("PROGRAMMES", are_folders) or ""),
            command_log=parsed("COMMAND_LOG", command_log, cls.command_log),
            rate_limit=parsed("RATE_LIMIT", rate_limit, cls.rate_limit),
            proxies=parsed("PROXIES", proxies, cls.proxies),
            oidc_issuer=told("OIDC_ISSUER", is_issuer),
            oidc_audience=told("OIDC_AUDIENCE", is_word),
            oidc_algorithms=parsed("OIDC_ALGORITHMS", algorithms, cls.oidc_algorithms),
            oidc_role_claim=told("OIDC_ROLE_CLAIM", is_word) or cls.oidc_role_claim,
            oidc_centre_claim=told("OIDC_CENTRE_CLAIM", is_word) or cls.oidc_centre_claim,
            oidc_region_claim=told("OIDC_REGION_CLAIM", is_word) or cls.oidc_region_claim,
        )
        problems: dict[str, list[str]] = {}
        try:
            env.seal()  # what was wrong above was only noted; it is raised here, all of it
        except EnvValidationError as error:
            assert isinstance(error.error_messages, Mapping)
            problems |= error.error_messages
        if settings.oidc_issuer and not settings.oidc_audience:
            # Without it whatever the issuer hands out for any other service would open ours.
            problems.setdefault("LEDGER_OIDC_AUDIENCE", ["is needed with LEDGER_OIDC_ISSUER"])
        if problems:
            raise BadSettings(problems)
        return settings


def unknown_variables(environment: Iterable[str]) -> list[tuple[str, str | None]]:
    """The variables of our prefix that say nothing to us, each with the one that may have been meant."""
    known = [PREFIX + one.name.upper() for one in fields(Settings)]
    found = sorted(name for name in environment if name.startswith(PREFIX) and name not in known)
    return [(name, next(iter(get_close_matches(name, known, 1, 0.8)), None)) for name in found]


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


def command_log(text: str) -> Path:
    is_no_folder(text)
    if not Path(text).absolute().parent.is_dir():
        raise ValidationError("names a file in a folder that is not there")
    return Path(text)


def are_folders(text: str) -> None:
    if missing := [str(path) for path in paths(text) if not path.is_dir()]:
        raise ValidationError(f"names no folder: {', '.join(missing)}")


def policy(path: str) -> Policy:
    """The policy in a file: every fault is told with its line, and so is a quorum that we could never gather."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise ValidationError(f"names a file that cannot be read: {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ValidationError(f"names a file that is not UTF-8: {path}") from None
    try:
        found = Policy.parse(text)
    except BadPolicy as error:
        raise ValidationError([f"{path}: {fault}" for fault in error.faults]) from None
    if wrong := [one.name for one in found.witnesses if one.url is not None and not is_address(one.url)]:
        raise ValidationError([f"{path}: the url of witness {name} is neither http:// nor https://" for name in wrong])
    if not found.is_met([one.name for one in found.witnesses if one.url is not None]):
        raise ValidationError(f"{path}: the witnesses that have a url, and so can be asked, do not make up the quorum")
    return found


def is_issuer(url: str) -> None:
    """OpenID Connect Discovery: an https address without query and fragment; plain http only within the machine."""
    try:
        parts = urlsplit(url)
        whole = is_address(url) and "@" not in parts.netloc and not url.endswith(("?", "#"))
    except ValueError:
        whole = False
    if not whole or any(c.isspace() or not c.isprintable() for c in url):
        raise ValidationError("is no address of an issuer, like https://login.example/realms/ledger")
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise ValidationError("must be an https:// address: who could change its answers could let anybody in")


def is_word(text: str) -> None:
    if len(text) > 200 or any(c.isspace() or not c.isprintable() for c in text):
        raise ValidationError("holds a space or a control character, or more than 200 characters")


def algorithms(text: str) -> tuple[str, ...]:
    """Those of signatures by a private key: with a shared secret, or with none, whoever verifies could also sign."""
    found = tuple(dict.fromkeys(part.strip() for part in text.split(",")))
    if unknown := [repr(one) for one in found if one not in ALGORITHMS]:
        raise ValidationError(f"names no algorithm that is accepted here: {', '.join(unknown)} ({', '.join(ALGORITHMS)} are)")
    return found


def is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        whole = bool(parts.hostname) and parts.port != 0 and not (parts.query or parts.fragment)
        return whole and parts.scheme in ("http", "https")
    except ValueError:  # a bracket or a port that is none
        return False


def timeout_seconds(text: str) -> float:
    """A whole or decimal number of seconds; not all that Python takes for one, as `nan`."""
    seconds = float(text) if re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,6})?", text) else 0.0
    if not WITNESS_TIMEOUT_MIN <= seconds <= WITNESS_TIMEOUT_MAX:
        raise ValidationError(f"is not a number of seconds from {WITNESS_TIMEOUT_MIN} to {WITNESS_TIMEOUT_MAX}")
    return seconds


def publish_seconds(text: str) -> int:
    seconds = int(text) if re.fullmatch(r"[0-9]{1,4}", text) else 0
    if not 1 <= seconds <= PUBLISH_SECONDS_MAX:
        raise ValidationError(f"is not a whole number of seconds from 1 to {PUBLISH_SECONDS_MAX}")
    return seconds


def rate_limit(text: str) -> int | None:
    number = int(text) if re.fullmatch(r"[0-9]{1,7}", text) else 0
    if not 1 <= number <= RATE_LIMIT_MAX:
        raise ValidationError(f"is not a whole number of requests a second from 1 to {RATE_LIMIT_MAX}")
    return number


def proxies(text: str) -> int:
    if not re.fullmatch(r"[0-9]", text):
        raise ValidationError(f"is not the number of proxies in front of the service, from 0 to {PROXIES_MAX}")
    return int(text)


def log_access(text: str) -> LogAccess:
    if text not in get_args(LogAccess):
        raise ValidationError(f"is neither {' nor '.join(get_args(LogAccess))}")
    return cast("LogAccess", text)
