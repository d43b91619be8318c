"""What the issuer of the settings says: its keys, and the claims of the tokens that it signed (OpenID Connect, RFC 7519, RFC 8725).

- Addresses come from the settings and, for the keys, from the issuer's own discovery document. Nothing in a token is ever an
  address (`jku`, `x5u`) or a key (`jwk`, `x5c`); no redirect is followed, and no more is read than a set of keys takes.
- A key is for signatures, public, and of a kind that its algorithm wants; the algorithm is one of those in the settings.
- The issuer is asked in a thread apart, no more than once in AGAIN_SECONDS, whatever is asked of us. While keys are known nobody
  waits for that, except for a key that is not among them: and then never more than half the threads of a worker.
- What is known is asked again after REFRESH_SECONDS, and used for KEEP_SECONDS where no answer comes.

A token is good, or it is not (None): no reason is told to anybody, and no piece of it gets into a message or a log. Where it cannot
be judged, because the issuer has not been heard, the answer is `unavailable`. Whom the claims speak for is not decided here.
"""

import base64
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Event, Lock, Thread
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key
from joserfc.jws import JWSRegistry
from joserfc.jwt import JWTClaimsRegistry

from ledger.actions.asking import NoReply, exchange
from ledger.config import LOOPBACK, is_address
from ledger.facts.problems import refuse
from schemas.sessions import BEARER_MAX

Claims = Mapping[str, Any]

LEEWAY_SECONDS: Final = 30  # how far apart the two clocks may be
AGAIN_SECONDS: Final = 10.0
REFRESH_SECONDS: Final = 300.0
KEEP_SECONDS: Final = 3600.0  # by then the tokens of an issuer that is away have run out themselves
TALK_SECONDS: Final = 5.0  # for both documents together
WAIT_SECONDS: Final = 2.0
WAITERS_MAX: Final = 2
TALKS_MAX: Final = 2  # at a time: one may be stuck with an issuer that sends byte by byte
ANSWER_BYTES_MAX: Final = 128 * 1024
KEYS_MAX: Final = 64
RSA_BITS_MIN, RSA_BITS_MAX = 2048, 8192
YEAR_10000: Final = 253_402_300_800

_JWT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_TYPES: Final = ("jwt", "at+jwt", "application/jwt", "application/at+jwt")  # not the issuer's word to log somebody out
_KINDS: Final = {"ES": "EC", "RS": "RSA", "PS": "RSA", "Ed": "OKP"}  # of keys, by the beginning of an algorithm's name
_CURVES: Final = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521", "Ed25519": "Ed25519"}
_PUBLIC: Final = ("kty", "kid", "use", "alg", "key_ops", "crv", "x", "y", "n", "e")

# What a library may raise on what a stranger wrote; RecursionError is json's answer to brackets without end.
_UNREADABLE: Final = (JoseError, ValueError, TypeError, KeyError, OverflowError, RecursionError)

_LOG: Final = structlog.get_logger("ledger.issuer")


def looks_like_jwt(bearer: str) -> bool:
    return len(bearer) <= BEARER_MAX and _JWT.fullmatch(bearer) is not None


class NoKeys(Exception):
    """The issuer did not tell its keys; the message says why, without quoting it."""


@dataclass(frozen=True, slots=True)
class _Known:
    keys: tuple[Key, ...]
    at: float  # when they were asked for


@dataclass(eq=False)
class _Talk:
    begun: float
    done: Event = field(default_factory=Event)


class Issuer:
    """One issuer, as a process knows it. Good for any number of threads."""

    def __init__(
        self, address: str, audience: str, algorithms: Sequence[str], *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._address = address
        self._audience = audience
        self._algorithms = frozenset(algorithms)
        # What a token says beside what we know is ignored, as RFC 7515 has it; `crit`, by which it may insist, is refused below.
        self._registry = JWSRegistry(algorithms=list(algorithms), strict_check_header=False)
        self._monotonic = monotonic
        self._lock = Lock()
        self._waiting = BoundedSemaphore(WAITERS_MAX)
        self._known: _Known | None = None
        self._talks: list[_Talk] = []
        self._trouble: str | None = "has not been asked yet"  # why its last word is not to be had; None: it is
        self._told: str | None = None

    def claims(self, token: str, now: int) -> Claims | None:
        """The claims of a token that is good at `now` (seconds since 1970), else None.

        Raises Refused (`unavailable`) where the issuer has not been heard and that matters.
        """
        if not looks_like_jwt(token) or (header := _header(token)) is None:
            return None
        algorithm, kid = header["alg"], header.get("kid")
        if algorithm not in self._algorithms or (key := self._key(algorithm, kid)) is None:
            return None
        rules = JWTClaimsRegistry(
            now,
            LEEWAY_SECONDS,
            iss={"essential": True, "value": self._address},
            aud={"essential": True, "value": self._audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        try:
            found = jwt.decode(token, key, registry=self._registry).claims
            rules.validate(found)
            return found if found["exp"] < YEAR_10000 else None
        except _UNREADABLE:
            return None

    def ends_at(self, claims: Claims) -> int:
        """From when on the token of these claims is no longer good, in microseconds since 1970."""
        return int((claims["exp"] + LEEWAY_SECONDS) * 1_000_000)

    def keep_fresh(self) -> None:
        """Have the keys asked for if that is due; waits for nothing."""
        known = self._known
        if known is None or self._monotonic() - known.at > REFRESH_SECONDS:
            self._ask()

    # --- which key -----------------------------------------------------------------------------------------------------

    def _key(self, algorithm: str, kid: str | None) -> Key | None:
        self.keep_fresh()
        if found := self._found(algorithm, kid):
            # Without a name a key is taken only where no other could be meant.
            return found[0] if len(found) == 1 else None
        talk = self._ask()
        if talk is not None and self._waiting.acquire(blocking=False):
            try:
                talk.done.wait(WAIT_SECONDS)
            finally:
                self._waiting.release()
        trouble = self._trouble  # before the keys: what is told without trouble is there to be found
        if found := self._found(algorithm, kid):
            return found[0] if len(found) == 1 else None
        if trouble is None and self._usable() is not None:
            return None
        reason = trouble or "has not been heard for too long"
        raise refuse("unavailable", "", "暂时无法取得签发方的公钥", f"the issuer cannot be asked for its keys: it {reason}")

    def _usable(self) -> _Known | None:
        known = self._known
        return known if known is not None and self._monotonic() - known.at <= KEEP_SECONDS else None

    def _found(self, algorithm: str, kid: str | None) -> list[Key]:
        known = self._usable()
        return [] if known is None else [key for key in known.keys if _fits(key, algorithm, kid)]

    # --- asking --------------------------------------------------------------------------------------------------------

    def _ask(self) -> _Talk | None:
        """The talk with the issuer that is under way, or is begun now; None where it was asked a moment ago."""
        with self._lock:
            now = self._monotonic()
            if self._talks and now - self._talks[-1].begun < AGAIN_SECONDS:
                return None if self._talks[-1].done.is_set() else self._talks[-1]
            busy = [talk for talk in self._talks if not talk.done.is_set()]
            if len(busy) >= TALKS_MAX:
                return None
            talk = _Talk(now)
            self._talks = [*busy, talk]
            self._trouble = self._trouble or "has not answered yet"
            try:
                Thread(target=self._talk, args=(talk,), name="issuer", daemon=True).start()
            except RuntimeError:  # no more threads to be had
                self._trouble = "could not be asked"
                talk.done.set()
            return talk

    def _talk(self, talk: _Talk) -> None:
        try:
            keys, trouble = tuple(_fetched_keys(self._address, time.monotonic() + TALK_SECONDS)), None
        except NoKeys as error:
            keys, trouble = (), str(error)
        except Exception as error:
            keys, trouble = (), f"answers what nobody foresaw ({type(error).__name__})"
        with self._lock:
            if trouble is None and (self._known is None or talk.begun >= self._known.at):
                self._known = _Known(keys, talk.begun)
            if talk is self._talks[-1]:
                self._tell(trouble)
                self._trouble = trouble
        talk.done.set()

    def _tell(self, trouble: str | None) -> None:
        """Say once that keys are not to be had, and why, and once that they are again."""
        if trouble is not None and trouble != self._told:
            _LOG.error("no keys from the issuer", issuer=self._address, reason=trouble)
        elif trouble is None and self._told is not None:
            _LOG.info("keys from the issuer again", issuer=self._address)
        self._told = trouble


# --- tokens and keys as they are written ---------------------------------------------------------------------------------


def _header(token: str) -> Mapping[str, Any] | None:
    """The header, as far as it decides which key is looked for; nobody has vouched for it yet."""
    part = token.partition(".")[0]
    try:
        header = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except _UNREADABLE:
        return None
    if not isinstance(header, dict) or not isinstance(header.get("alg"), str) or "crit" in header or "b64" in header:
        return None
    if not isinstance(header.get("kid", ""), str):
        return None
    kind = header.get("typ", "jwt")
    return header if isinstance(kind, str) and kind.lower() in _TYPES else None


def _fits(key: Key, algorithm: str, kid: str | None) -> bool:
    if kid is not None and key.kid != kid:
        return False
    kind = key.key_type == _KINDS[algorithm[:2]] and key.get("crv") == _CURVES.get(algorithm)
    return kind and key.alg in (None, algorithm)


def _fetched_keys(address: str, deadline: float) -> Iterator[Key]:
    """The keys that an issuer publishes now. Raises NoKeys."""
    document = _fetched(address.rstrip("/") + "/.well-known/openid-configuration", deadline)
    if document.get("issuer") != address:
        raise NoKeys("calls itself by another name in its discovery document")
    where = document.get("jwks_uri")
    if not isinstance(where, str) or not _may_be_asked(where, address):
        raise NoKeys("names no address of its keys that may be asked")
    listed = _fetched(where, deadline).get("keys")
    if not isinstance(listed, list):
        raise NoKeys("answers with something that is no set of keys")
    keys = [key for one in listed[:KEYS_MAX] if (key := _imported(one)) is not None]
    if not keys:
        raise NoKeys("publishes no key that could be used")
    yield from keys


def _may_be_asked(where: str, address: str) -> bool:
    """Keys lie behind https; behind plain http only where the issuer itself is on this machine, and they are too."""
    try:
        parts = urlsplit(where)
        query = f"?{parts.query}" if parts.query else ""
        if "@" in parts.netloc or parts.fragment or not is_address(where.removesuffix(query)):
            return False
    except ValueError:
        return False
    return parts.scheme == "https" or (urlsplit(address).scheme == "http" and parts.hostname in LOOPBACK)


def _imported(told: object) -> Key | None:
    """A public key for signatures; None for any other, and for what is none."""
    if not isinstance(told, dict) or told.get("kty") not in _KINDS.values() or told.get("use", "sig") != "sig":
        return None
    if told["kty"] == "RSA" and not RSA_BITS_MIN <= _bits(told.get("n")) <= RSA_BITS_MAX:
        return None
    try:
        # A private key has no business there, and is certainly none of ours.
        return JWKRegistry.import_key({name: told[name] for name in _PUBLIC if name in told})
    except Exception:  # whatever two libraries make of it: one odd key takes nothing from the others
        return None


def _bits(number: object) -> int:
    if not isinstance(number, str):
        return 0
    try:
        return int.from_bytes(base64.urlsafe_b64decode(number + "=" * (-len(number) % 4)), "big").bit_length()
    except ValueError:
        return 0


def _fetched(url: str, deadline: float) -> Mapping[str, Any]:
    """The JSON object at an address. Raises NoKeys."""
    try:
        data = exchange(url, deadline, ANSWER_BYTES_MAX, headers={"Accept": "application/json"}, only_good=True).body
    except NoReply as error:
        raise NoKeys(error.en) from None
    try:
        found = json.loads(data)
    except _UNREADABLE:
        found = None
    if not isinstance(found, dict):
        raise NoKeys("answers with something that is no JSON object")
    return found
