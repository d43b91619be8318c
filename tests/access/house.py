"""Who comes to the house of two provinces, and what they are answered."""

import hashlib
import json
import logging
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Any, Final

import structlog
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ledger.actions.access import create_token, list_tokens, revoke_token
from ledger.actions.ledger import Ledger
from ledger.actions.publish import publish
from ledger.actions.subjects import bar
from ledger.facts.actors import Actor
from ledger.facts.days import micros
from ledger.store import sessions, tokens
from ledger.store.database import writing
from ledger.web import limits
from tests.access.scenery import play
from tests.issuer import AUDIENCE, Issuer, ec, ed, issuer
from tests.web.service import running

# What each caller's token says: role, centre, region.
CALLERS: Final[Mapping[str, tuple[str, str | None, str | None]]] = {
    "recorder": ("recorder", "wh-optics", None),
    "signatory": ("signatory", "wh-optics", None),
    "neighbour": ("recorder", "yc-chem", None),
    "colleague": ("signatory", "yc-chem", None),
    "park": ("recorder", "wh-park", None),
    "stranger": ("recorder", "nj-soft", None),
    "province": ("authority", "hb-ipo", None),
    "narrowed": ("authority", "hb-ipo", "420500"),
    "city": ("authority", "wh-ipo", None),
    "abroad": ("authority", "js-ipo", None),
    "reader": ("reader", None, None),
    "auditor": ("auditor", None, None),
}
SHUT_OUT: Final = ("nobody", "revoked")  # no token at all; an auditor's, until it was revoked
EXPIRED: Final = "expired"  # an auditor's too, which was good until a moment ago
EVERYBODY: Final = (*SHUT_OUT, *CALLERS)
BARRED: Final = "barred"  # a subject whom the issuer goes on vouching for

AUDITOR: Final[Mapping[str, Any]] = {"role": "auditor", "name": "gone", "centre": None, "region": None}

# Failed sign-ins are slowed for each address, and that is no question of access: everybody here calls from a place of their own.
_PLACES: Final = count(1)


@dataclass
class House:
    """The application, the ledger behind it, where its entries stand, and a token for every caller."""

    app: Flask
    ledger: Ledger
    at: Mapping[str, int]
    tokens: Mapping[str, str]
    issuer: Issuer  # who may say who somebody is, too

    @cached_property
    def names(self) -> Mapping[int, str]:
        return {index: name for name, index in self.at.items()}

    def ask(self, who: str, method: str, path: str, value: Any = None, **headers: str) -> TestResponse:
        if who in self.tokens:
            headers["Authorization"] = f"Bearer {self.tokens[who]}"
        return self.send(self.app.test_client(use_cookies=False), method, path, value, **headers)

    def send(self, client: FlaskClient, method: str, path: str, value: Any = None, **headers: str) -> TestResponse:
        told: dict[str, Any] = {} if value is None else {"data": json.dumps(value), "content_type": "application/json"}
        sent = {name.replace("_", "-"): text for name, text in headers.items()}
        place = next(_PLACES)
        address = f"10.{place >> 16 & 255}.{place >> 8 & 255}.{place & 255}"
        # Taken in at once, for a file that is sent would stay open; but a bundle is only begun.
        told["buffered"] = "/exports/" not in path
        return client.open(path, method=method, headers=sent, environ_base={"REMOTE_ADDR": address}, **told)

    def forget_sign_ins(self) -> None:
        """They are counted, and that is no question of access either: a walk that is slowed would take it for a refusal."""
        self.app.extensions[limits._EXTENSION] = limits.Limits()

    def actor(self, who: str) -> Actor:
        """The caller as the actions see them."""
        role, centre, region = CALLERS[who]
        return Actor(role, who, centre, region)  # type: ignore[arg-type]  # the roles above are roles


@contextmanager
def opened(url: str) -> Iterator[House]:
    keys = (ed("ed"), ec("for secrets", use="enc"), ec("ours"))
    with issuer(*keys) as vouches, running(url, oidc_issuer=vouches.url, oidc_audience=AUDIENCE) as service:
        at = play(service.ledger)
        publish(service.ledger)
        made = {who: create_token(service.ledger, role=r, centre=c, region=g) for who, (r, c, g) in CALLERS.items()}
        made["revoked"] = create_token(service.ledger, role="auditor")
        revoke_token(service.ledger, list_tokens(service.ledger)[-1].id)
        made[EXPIRED] = expired_token(service.ledger)
        bar(service.ledger, BARRED)
        with silence():
            yield House(service.app, service.ledger, at, made, vouches)


@contextmanager
def silence() -> Iterator[None]:
    """Thousands of requests need no lines in the log."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(**before)


def expired_token(ledger: Ledger) -> str:
    """The command makes none that has ended before it is made, so this one is put where it would be kept."""
    token, now = secrets.token_urlsafe(32), micros(ledger.clock())
    with writing(ledger.engine) as connection:
        tokens.keep(connection, hash_=_hash(token), created_at=now - 2, expires_at=now - 1, **AUDITOR)
    return token


def expired_session(ledger: Ledger) -> str:
    """One that was opened by a token which is good still."""
    return kept_session(ledger, -1, token=list_tokens(ledger)[0].id)


def kept_session(
    ledger: Ledger, lasts: int, *, token: int | None = None, subject: str | None = None, issuer: str | None = None
) -> str:
    """An auditor's, for so many microseconds from now."""
    secret, now = secrets.token_urlsafe(32), micros(ledger.clock())
    kept = sessions.Session(
        hash=_hash(secret), token=token, subject=subject, issuer=issuer, created_at=now - 2, expires_at=now + lasts, **AUDITOR
    )  # fmt: skip
    with writing(ledger.engine) as connection:
        sessions.keep(connection, kept)
    return secret


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
