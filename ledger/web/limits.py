"""How much of the service one caller may have: requests a second where the settings say so, and always, sign-ins.

- `LEDGER_RATE_LIMIT` is for the whole service. Each worker counts by itself and allows its share of it, over the shortest time in
  which that share is a whole number: with 5 a second and 2 workers each allows 5 in two seconds.
- A caller is whoever has signed in, by whatever way; where nobody has to, the address.
- Beyond FAILURES in FAILURE_SECONDS, credentials from an address that are not good are told to wait. Good ones from there pass
  all the same: who fails on purpose behind the same address shuts nobody out.
- Page sessions are kept for good, so whoever holds a token opens no more than SIGN_INS in SIGN_IN_SECONDS, at each worker. They are
  counted by identity: those cannot be made up as addresses can, and nobody pays for another's script.
- Addresses are counted in so many drawers and no more, so a flood of them fills no memory; which share one nobody can know.

What an exact limit takes, and what a slow client costs, is a proxy's business: docs/limits.md.
"""

import os
import secrets
import time
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address
from math import ceil, gcd
from typing import Final

from flask import Flask, current_app, request
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

from ledger.actions.access import Identity

FAILURES: Final = 20
FAILURE_SECONDS: Final = 60
SIGN_INS: Final = 30
SIGN_IN_SECONDS: Final = 60
DRAWERS: Final = 4096
WORKERS: Final = "WEB_CONCURRENCY"  # how many there are; gunicorn.conf.py writes down the true number

_EXTENSION: Final = "pool-ledger-limits"
_FAILED: Final = RateLimitItemPerSecond(FAILURES, FAILURE_SECONDS, "failed")
_SIGNED_IN: Final = RateLimitItemPerSecond(SIGN_INS, SIGN_IN_SECONDS, "signed-in")


class TooManySignIns(TooManyRequests):
    """Somebody whose token is good has signed in too often: unlike those who fail, they do have to wait."""


class Limits:
    """The counts of one worker. `per_second` is what a caller may ask of the whole service; None: as much as they like."""

    def __init__(self, per_second: int | None = None) -> None:
        self.per_second = per_second
        self._salt = secrets.token_bytes(16)
        self._storage = MemoryStorage()
        self._counts = FixedWindowRateLimiter(self._storage)
        self._clock = time.time()
        self._share: RateLimitItem | None = None

    def request(self, caller: str) -> None:
        """Count a request, where any are counted. Raises TooManyRequests beyond the caller's share."""
        if self.per_second is not None:
            if self._share is None:
                # Not before the first request: a server may load the application first, and start its workers afterwards.
                self._share = share(self.per_second, workers())
            self._count(self._share, caller)

    def failure(self, address: str) -> None:
        """Count credentials that are not good. Raises TooManyRequests where an address has shown too many of them."""
        self._count(_FAILED, self.drawer(address))

    def sign_in(self, caller: str) -> None:
        """Count a session that is about to be opened. Raises TooManySignIns where the caller has opened too many."""
        self._count(_SIGNED_IN, caller, TooManySignIns)

    def drawer(self, address: str) -> str:
        found = int.from_bytes(blake2b(network(address).encode(), digest_size=4, key=self._salt).digest())
        return str(found % DRAWERS)

    def _count(self, item: RateLimitItem, key: str, refusal: type[TooManyRequests] = TooManyRequests) -> None:
        now = time.time()
        if now < self._clock - 1:
            self._storage.reset()  # a clock that was set back: windows would last until it has caught up with itself
        self._clock = now
        if not self._counts.hit(item, key):
            left = self._counts.get_window_stats(item, key).reset_time - time.time()
            raise refusal(retry_after=max(1, ceil(left)))


def share(per_second: int, of: int) -> RateLimitItem:
    """What one of so many workers allows, as a whole number of requests in a whole number of seconds."""
    common = gcd(per_second, of)
    return RateLimitItemPerSecond(per_second // common, of // common, "requests")


def workers() -> int:
    told = os.environ.get(WORKERS, "")
    return max(1, int(told)) if told.isascii() and told.isdigit() else 1


def network(address: str) -> str:
    """What counts as one address: of IPv6 the /64 that a subscriber is given; a word that is no address as it stands."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return f"{int(found) >> 64:x}/64"
    return str(found)


def register_limits(app: Flask, per_second: int | None) -> None:
    app.extensions[_EXTENSION] = Limits(per_second)
    app.before_request(_nowhere)


def admit(who: Identity | None) -> None:
    """Count this request for whoever asks; without an identity for the address. Raises TooManyRequests."""
    limits = _limits()
    if limits.per_second is not None:
        limits.request(f"address:{limits.drawer(_address())}" if who is None else _name(who))


def failed() -> None:
    """Count for the address of this request that its credentials are not good. Raises TooManyRequests."""
    _limits().failure(_address())


def signs_in(who: Identity) -> None:
    """Count that whoever this is opens a page session. Raises TooManySignIns."""
    _limits().sign_in(_name(who))


def _nowhere() -> None:
    # Requests that reach no guard: to paths that are not there, by methods that do not apply.
    if request.routing_exception is not None:
        admit(None)


def _name(who: Identity) -> str:
    return f"token:{who.token}" if who.token is not None else f"subject:{who.subject}"


def _address() -> str:
    return request.remote_addr or ""


def _limits() -> Limits:
    found: Limits = current_app.extensions[_EXTENSION]
    return found
