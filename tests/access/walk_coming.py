"""The walk of those who come in: by a cookie, by the issuer's word, with a token that is over, to a log that is not open."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

from ledger.actions.access import create_token, list_tokens, revoke_token
from ledger.web import auth
from tests.access.answers import Deviation, filled, marks_beyond
from tests.access.doors import doors
from tests.access.house import BARRED, CALLERS, EVERYBODY, EXPIRED, SHUT_OUT, House, expired_session, kept_session
from tests.access.scenery import party
from tests.issuer import ec


def by_cookie(house: House, only: str = "") -> Iterator[Deviation]:
    """Whoever signs in on a page sees what the token shows, and writes only from a page of ours."""
    house.forget_sign_ins()
    for who in ("recorder", "narrowed", "reader"):
        client = house.app.test_client()
        opened = house.send(client, "POST", "/session", {"token": house.tokens[who]})
        if opened.status_code != 201:
            yield Deviation("cookie", who, "signs in", 201, opened.status_code)
            continue
        csrf = opened.json["csrf"]  # type: ignore[index]
        for door in doors(EVERYBODY):
            if door.method == "GET" and ("/v1/entries" in door.path or "/v1/deals" in door.path or "/v1/totals" in door.path):
                response = house.send(client, "GET", filled(door.path, house))
                if response.status_code != door.expected[who]:
                    yield Deviation("cookie", who, door.path, door.expected[who], response.status_code)
                if beyond := marks_beyond(who, response):
                    yield Deviation("marks", who, door.path, [], beyond)
        entry = {"kind": "party", "centre": CALLERS[who][1] or "wh-optics", "body": party("ORG:new")}
        good = 403 if who == "reader" else 200
        for what, headers, expected in (
            ("without its word", {}, 403),
            ("with a wrong word", {"X_CSRF_Token": "A" * 43}, 403),
            ("from another site", {"X_CSRF_Token": csrf, "Sec_Fetch_Site": "cross-site"}, 403),
            ("from another origin", {"X_CSRF_Token": csrf, "Origin": "https://elsewhere.example"}, 403),
            ("from our page", {"X_CSRF_Token": csrf, "Sec_Fetch_Site": "same-origin"}, good),
        ):
            given = house.send(client, "POST", "/v1/entries?dry_run=true", entry, **headers).status_code
            if given != expected:
                yield Deviation("cookie", who, f"writes {what}", expected, given)
        # A token in the request is who asks, whatever the cookie says.
        bearer = {"Authorization": f"Bearer {house.tokens['stranger']}"}
        given = house.send(client, "GET", "/v1/deals/wh-optics/L-1", **bearer).status_code
        if given != 403:
            yield Deviation("cookie", who, "with another's token", 403, given)
        cookie = f"ledger={client.get_cookie('ledger').value}"  # type: ignore[union-attr]
        for what, headers, expected in (
            ("without its word", {}, 403),
            ("from another site", {"X_CSRF_Token": csrf, "Sec_Fetch_Site": "cross-site"}, 403),
            ("as it should be", {"X_CSRF_Token": csrf}, 204),
            ("when it is over, from another site", {"Sec_Fetch_Site": "cross-site"}, 403),
        ):
            given = house.send(client, "POST", "/session/end", **headers).status_code
            if given != expected:
                yield Deviation("cookie", who, f"signs out {what}", expected, given)
        for held in (client, house.app.test_client(use_cookies=False)):
            if (given := house.send(held, "GET", "/session", Cookie=cookie).status_code) != 401:
                yield Deviation("cookie", who, "after signing out", 401, given)
    # A session ends with the token that opened it.
    client, token = house.app.test_client(), create_token(house.ledger, role="auditor")
    house.send(client, "POST", "/session", {"token": token})
    revoke_token(house.ledger, list_tokens(house.ledger)[-1].id)
    if (given := house.send(client, "GET", "/session").status_code) != 401:
        yield Deviation("cookie", "auditor", "after the token was revoked", 401, given)
    over = {"Cookie": f"ledger={expired_session(house.ledger)}"}
    if (given := house.send(house.app.test_client(use_cookies=False), "GET", "/session", **over).status_code) != 401:
        yield Deviation("cookie", "auditor", "by a session that is over", 401, given)
    for who, headers, expected in (("revoked", {}, 401), (EXPIRED, {}, 401), ("recorder", {"Sec_Fetch_Site": "cross-site"}, 403)):
        given = house.send(house.app.test_client(), "POST", "/session", {"token": house.tokens[who]}, **headers).status_code
        if given != expected:
            yield Deviation("cookie", who, f"signs in {headers}", expected, given)


def by_old_tokens(house: House, only: str = "") -> Iterator[Deviation]:
    """A token that has run out opens nothing from then on; and a log that is not open asks for one."""
    for path in ("/v1/entries", "/v1/totals?metric=pools", "/metrics", "/session"):
        if (given := house.ask(EXPIRED, "GET", path).status_code) != 401:
            yield Deviation("old", EXPIRED, path, 401, given)
    with patch.object(auth, "log_is_open", lambda: False):
        for route in ("/log/checkpoint", f"/log/tile/0/000.p/{len(house.at)}", f"/log/tile/entries/000.p/{len(house.at)}"):
            for who in EVERYBODY:
                given, expected = house.ask(who, "GET", route).status_code, 401 if who in SHUT_OUT else 200
                if given != expected:
                    yield Deviation("old", who, f"{route} of a log that is not open", expected, given)


def by_the_issuers_word(house: House, only: str = "") -> Iterator[Deviation]:
    """Whom the issuer vouches for, here and now, sees what a token shows; whomever it does not is nobody."""
    house.ledger.__dict__.pop("issuer", None)  # as a process that has just begun: its keys are not known yet
    issuer, now = house.issuer, datetime.now(UTC)
    seconds = int(now.timestamp())
    secret_key, good = issuer.keys[1], {"ledger_role": "auditor"}
    told: list[tuple[str, dict[str, Any], int]] = [
        ("as it should be", {}, 200),
        ("by another issuer", {"iss": "https://elsewhere.example"}, 401),
        ("for another service", {"aud": "another"}, 401),
        ("that has ended", {"exp": seconds - 60}, 401),
        ("that has not begun", {"nbf": seconds + 60}, 401),
        ("to sign somebody out", {"header": {"typ": "logout+jwt"}}, 401),
        ("by a key of another name", {"key": issuer.keys[0], "header": {"kid": "another"}}, 401),
        ("by a key that is for secrets", {"key": secret_key}, 401),
        ("by somebody else's key", {"key": ec("ours")}, 401),
        ("on somebody barred", {"sub": BARRED}, 401),
        ("on a name that is not whole", {"sub": " reader-1"}, 403),
        ("on somebody of two roles", {"ledger_role": ["recorder", "auditor"], "ledger_centre": "wh-optics"}, 403),
        ("on somebody of no role", {"ledger_role": "director"}, 403),
        ("on a recorder of an office", {"ledger_role": "recorder", "ledger_centre": "hb-ipo"}, 403),
    ]
    for what, how, expected in told:
        headers = {"Authorization": f"Bearer {issuer.token(now, **(good | how))}"}
        given = house.send(house.app.test_client(use_cookies=False), "GET", "/v1/entries", **headers).status_code
        if given != expected:
            yield Deviation("jwt", "the issuer's word", what, expected, given)
    for what, session, expected in (
        ("of its subject", {"subject": "reader-1", "issuer": issuer.url}, 200),
        ("of somebody barred", {"subject": BARRED, "issuer": issuer.url}, 401),
        ("of another issuer's subject", {"subject": "reader-1", "issuer": "https://elsewhere.example"}, 401),
    ):
        cookie = {"Cookie": f"ledger={kept_session(house.ledger, 3_600_000_000, **session)}"}
        given = house.send(house.app.test_client(use_cookies=False), "GET", "/v1/entries", **cookie).status_code
        if given != expected:
            yield Deviation("jwt", "a session", what, expected, given)
