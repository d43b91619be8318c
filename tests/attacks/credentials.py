"""W: getting in without being somebody, or as somebody else."""

import hashlib
import json
from datetime import UTC, datetime

from ledger.actions.access import create_token, list_tokens, revoke_token
from ledger.actions.subjects import bar
from ledger.web.limits import FAILURES
from tests.attacks.stage import Answers, Attack, Book, Foe, Stage
from tests.issuer import b64, public, signed, with_secret, written
from tests.web.service import ADDRESSES, Caller

attack = Book("W")

READS = ("/v1/entries", "/v1/entries/0", "/v1/pools", "/v1/totals?metric=hei_sme_times", "/metrics", "/session")
HERE = READS[0]
BAD_CHARACTERS = " \t\"'\\,;\x7f"


@attack("a token that was never made: guessed, cut short, made longer, with a letter changed, its SHA-256 in its place",
        by="anybody",
        answers="401 unauthenticated")  # fmt: skip
def forged(stage: Stage) -> Answers:
    good = stage.service.as_("auditor").token or ""
    other = "B" if good[0] == "A" else "A"
    digest = hashlib.sha256(good.encode())
    for token in (
        "A" * 43, good[:-1], f"{good}A", other + good[1:], good.swapcase(), digest.hexdigest(), b64(digest.digest()), "null", "0",
        "' OR 1=1 --", "%", "*", "../" * 9, "{}", f"{good}%00", f"{good}\u00e9", "1", "-1",
    ):  # fmt: skip
        for path in READS:
            yield stage.bearing(token).get(path)


@attack("a token after it was revoked, in the same second", by="a former recorder", answers="200 · 401 unauthenticated")
def revoked(stage: Stage) -> Answers:
    ledger = stage.service.ledger
    foe = stage.bearing(create_token(ledger, role="recorder", centre="c1"))
    foe.blind_to = ["c2"]
    yield foe.get(HERE)
    revoke_token(ledger, max(token.id for token in list_tokens(ledger)))
    for path in READS:
        yield foe.get(path)


@attack("a good token in a wrong place: the query, a cookie, Basic, a made-up scheme, a header of the proxy's", by="anybody",
        answers="401 unauthenticated")  # fmt: skip
def misplaced(stage: Stage) -> Answers:
    good = stage.service.as_("auditor").token or ""
    for query in ("access_token", "token", "authorization", "bearer"):
        yield stage.nobody.get(f"{HERE}?{query}={good}")
    for header in (
        {"Authorization": f"Basic {good}"}, {"Authorization": good}, {"Authorization": f"Token {good}"},
        {"Authorization": f"Bearer: {good}"}, {"Authorization": f"Bearer {good}, Bearer {good}"},
        {"Authorization": f"Bearer {good} {good}"}, {"Cookie": f"ledger={good}"}, {"Cookie": f"token={good}; Authorization={good}"},
        {"X-Authorization": f"Bearer {good}"}, {"Proxy-Authorization": f"Bearer {good}"}, {"X-Remote-User": "auditor"},
        {"X-Forwarded-User": "auditor", "Remote-User": "auditor"},
    ):  # fmt: skip
        yield stage.nobody.get(HERE, **header)


@attack("tokens tried one after the other from one address that pretends to be many", by="anybody",
        answers="401 unauthenticated · 429 too-many-requests")  # fmt: skip
def guessed(stage: Stage) -> Answers:
    address = next(ADDRESSES)
    for number in range(FAILURES + 5):
        told = {"X-Forwarded-For": f"203.0.113.{number}", "X-Real-IP": f"203.0.113.{number}",
                "Forwarded": f"for=198.51.100.{number}"}
        yield Foe(Caller(stage.service.app, f"{number:043}", told, address)).get(HERE)


@attack("a JWT without a signature, by an algorithm of the forger's choice, or by a key that it brings along", by="anybody",
        answers="401 unauthenticated")  # fmt: skip
def forged_jwt(stage: Stage) -> Answers:
    issuer = stage.issuer
    now, key = datetime.now(UTC), issuer.keys[-1]
    claims = issuer.claims(now, ledger_role="auditor")
    own = stage.own_key
    shared = json.dumps(public(key).as_dict(private=False)).encode()
    for algorithm in ("none", "None", "NONE", "", "HS256", "ES256K", None):
        head = {"alg": algorithm, "typ": "JWT", "kid": key.kid}
        yield stage.bearing(f"{written(head, claims)}.").get(HERE)
        yield stage.bearing(with_secret(head, claims, shared)).get(HERE)
    for header in ({"jwk": own.as_dict(private=False)}, {"jku": "http://127.0.0.1:9/"}, {"x5u": "http://127.0.0.1:9/"},
                   {"crit": ["exp"]},
                   {"kid": "../../../dev/null"}, {"kid": "' OR '1'='1"}, {"kid": "x" * 3000}, {"kid": None},
                   {"b64": False}):  # fmt: skip
        yield stage.bearing(signed({"alg": "ES256", "typ": "JWT", "kid": key.kid} | header, claims, own)).get(HERE)
    good = issuer.token(now, ledger_role="auditor")
    head, body, signature = good.split(".")
    for token in (f"{head}.{body}.", f"{head}.{b64(json.dumps(claims | {'sub': 'root'}).encode())}.{signature}", f"{good}.",
                  f".{good}",
                  f"{head}..{signature}", "..", "." * 4000, f"{b64(b'{' * 3000)}.{body}.{signature}"):  # fmt: skip
        yield stage.bearing(token).get(HERE)


@attack("a JWT of the true issuer that is meant for others, has ended, has not begun, or belongs to somebody barred", by="anybody",
        answers="401 unauthenticated")  # fmt: skip
def borrowed_jwt(stage: Stage) -> Answers:
    now = datetime.now(UTC)
    seconds = int(now.timestamp())
    bar(stage.service.ledger, "barred")
    for claims in ({"aud": "another service"}, {"aud": None}, {"aud": []}, {"iss": "https://evil.example"}, {"exp": seconds - 3600},
                   {"exp": None}, {"exp": "tomorrow"}, {"nbf": seconds + 3600}, {"iat": seconds + 3600},
                   {"sub": "barred"}):  # fmt: skip
        yield stage.bearing(stage.issuer.token(now, ledger_role="auditor", **claims)).get(HERE)


@attack("a JWT of the true issuer whose claims make its holder more than the contract knows", by="an account of the issuer",
        answers="403 forbidden · 401 unauthenticated")  # fmt: skip
def odd_claims(stage: Stage) -> Answers:
    now = datetime.now(UTC)
    for claims in (
        {"ledger_role": "root"}, {"ledger_role": ["reader", "auditor"]}, {"ledger_role": None}, {"ledger_role": {"$ne": ""}},
        {"ledger_role": "recorder"}, {"ledger_role": "recorder", "ledger_centre": "hb-ipo"},
        {"ledger_role": "authority", "ledger_centre": "c1"}, {"ledger_role": "authority", "ledger_centre": "hb-ipo",
                                                              "ledger_region": "110000"},
        {"ledger_role": "auditor", "ledger_centre": "c1"}, {"ledger_role": "recorder", "ledger_centre": ["c1", "c2"]},
        {"sub": "x" * 300}, {"sub": None}, {"sub": "a\nb"}, {"sub": 7},
    ):  # fmt: skip
        yield stage.bearing(stage.issuer.token(now, **claims)).get(HERE)


@attack("a page of another site that has a signed-in browser write, sign in or sign out", by="another site",
        answers="403 forbidden")
def cross_site(stage: Stage) -> Answers:
    token = stage.service.as_("recorder", "c1").token
    opened = stage.service.nobody.post("/session", {"token": token})
    cookie = opened.headers["Set-Cookie"].partition(";")[0]
    csrf = opened.json["csrf"]  # type: ignore[index]
    entry = {"kind": "patent", "centre": "c1", "body": {}}
    foe = stage.nobody
    for site in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"},
                 {"Origin": "null"}):
        yield foe.post("/v1/entries", entry, Cookie=cookie, X_CSRF_Token=csrf, **site)
        yield foe.post("/session", {"token": token}, Cookie=cookie, **site)
        yield foe.post("/session/end", {}, Cookie=cookie, X_CSRF_Token=csrf, **site)
    for known in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": "A" * 43}, {"X-CSRF-Token": csrf[:-1]}, {"X-CSRF-Token": "\u00e9"}):
        yield foe.post("/v1/entries", entry, Cookie=cookie, **known)
    for form in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        yield foe.post("/v1/entries", raw=b'{"kind":"patent"}', Cookie=cookie, Content_Type=form)


@attack("a session planted beforehand, guessed, or used after signing out", by="whoever had the browser before",
        answers="401 unauthenticated")  # fmt: skip
def fixed_session(stage: Stage) -> Answers:
    caller = stage.service.nobody
    token = stage.service.as_("recorder", "c1").token
    planted = "A" * 43
    first = caller.post("/session", {"token": token}, Cookie=f"ledger={planted}")
    second = caller.post("/session", {"token": token}, Cookie=first.headers["Set-Cookie"].partition(";")[0])
    cookies = [f"ledger={planted}", first.headers["Set-Cookie"].partition(";")[0], "ledger=", "ledger=*", f"ledger={token}"]
    cookie, csrf = second.headers["Set-Cookie"].partition(";")[0], second.json["csrf"]  # type: ignore[index]
    assert caller.post("/session/end", {}, Cookie=cookie, X_CSRF_Token=csrf).status_code == 204
    for one in (*cookies, cookie, f"__Host-{cookie}"):
        yield stage.nobody.get(HERE, Cookie=one)


CREDENTIALS: list[Attack] = attack.attacks
