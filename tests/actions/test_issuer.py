"""The issuer's word: what is taken for it and what is not, and what happens while the issuer is slow, silent, huge or gone."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from ledger.actions import issuer as under_test
from ledger.actions.issuer import Issuer
from ledger.facts.problems import Refused
from schemas.sessions import BEARER_MAX
from tests import issuer as issuers
from tests.actions.scene import NOW
from tests.issuer import AUDIENCE, RSA, ec, ed, public, signed, with_secret, written
from tests.listening import Reply

ALGORITHMS = ("ES256", "RS256", "Ed25519")
SECONDS = int(NOW.timestamp())


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Desk:
    """An issuer, and the service that believes it; time passes when it is told to."""

    issuer: issuers.Issuer
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.service = Issuer(self.issuer.url, AUDIENCE, ALGORITHMS, monotonic=self.clock)

    def subject(self, token: str, now: int = SECONDS) -> str | None:
        """Who is let in with a token."""
        claims = self.service.claims(token, now)
        return None if claims is None else claims["sub"]

    def token(self, **told: Any) -> str:
        return self.issuer.token(NOW, **told)

    def later(self, seconds: float) -> None:
        self.clock.now += seconds

    def settled(self) -> None:
        """Whatever was asked of the issuer is answered."""
        for talk in self.service._talks:
            assert talk.done.wait(10)


@pytest.fixture
def desk() -> Iterator[Desk]:
    with issuers.issuer() as issuer:
        yield Desk(issuer)


@pytest.fixture
def busy_desk() -> Iterator[Desk]:
    with issuers.issuer(RSA, ed("ed-1"), ec("ec-1")) as issuer:
        yield Desk(issuer)


# --- what is good ----------------------------------------------------------------------------------------------------


def test_a_token_of_the_issuer_is_good_whichever_of_its_keys_signed_it(busy_desk: Desk) -> None:
    for key in busy_desk.issuer.keys:
        assert busy_desk.subject(busy_desk.token(key=key)) == "reader-1"


@pytest.mark.parametrize("audience", [AUDIENCE, [AUDIENCE], ["account", AUDIENCE]])
def test_a_token_may_be_meant_for_several_as_long_as_we_are_among_them(desk: Desk, audience: Any) -> None:
    assert desk.subject(desk.token(aud=audience)) == "reader-1"


@pytest.mark.parametrize("kind", ["JWT", "at+jwt", "application/at+jwt", None])
def test_a_token_is_good_under_every_name_of_its_kind(desk: Desk, kind: str | None) -> None:
    assert desk.subject(desk.token(header={"typ": kind})) == "reader-1"


@pytest.mark.parametrize(
    "told", [{"exp": SECONDS - 29}, {"nbf": SECONDS + 30}, {"iat": SECONDS + 30}, {"iat": None}, {"exp": SECONDS + 0.5}]
)
def test_clocks_may_be_half_a_minute_apart(desk: Desk, told: dict[str, Any]) -> None:
    assert desk.subject(desk.token(**told)) == "reader-1"


def test_a_token_ends_when_it_is_no_longer_accepted(desk: Desk) -> None:
    claims = desk.issuer.claims(NOW, exp=SECONDS + 0.5)
    end = desk.service.ends_at(claims) / 1_000_000
    assert end == SECONDS + 30.5
    token = desk.token(exp=SECONDS + 0.5)
    assert desk.subject(token, int(end)) == "reader-1"
    assert desk.subject(token, int(end) + 1) is None


def test_a_token_without_a_key_id_is_good_where_one_key_only_could_be_meant(busy_desk: Desk) -> None:
    assert busy_desk.subject(busy_desk.token(header={"kid": None})) == "reader-1"
    busy_desk.issuer.keys.append(ec("ec-2"))
    busy_desk.later(400)
    busy_desk.service.keep_fresh()
    busy_desk.settled()
    for key in busy_desk.issuer.keys[-2:]:
        assert busy_desk.subject(busy_desk.token(key=key, header={"kid": None})) is None
        assert busy_desk.subject(busy_desk.token(key=key)) == "reader-1"


@pytest.mark.parametrize(
    "other",
    [
        ECKey.generate_key("P-384", {"kid": "ec-1"}),
        ECKey.generate_key("P-256", {"kid": "ec-1", "use": "enc"}),
        ECKey.generate_key("P-256", {"kid": "ec-1", "alg": "ECDH-ES"}),
        ed("ec-1"),
    ],
    ids=["another curve", "encryption", "another algorithm", "another kind"],
)
@pytest.mark.parametrize("kid", ["ec-1", None])
def test_a_key_for_something_else_stands_in_nobodys_way(other: Any, kid: str | None) -> None:
    with issuers.issuer(other, ec("ec-1")) as issuer:
        assert Desk(issuer).subject(issuer.token(NOW, header={"kid": kid})) == "reader-1"


# --- what is not -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "told",
    [
        pytest.param({"iss": "https://elsewhere.example"}, id="another issuer"),
        pytest.param({"iss": None}, id="no issuer"),
        pytest.param({"iss": ["https://elsewhere.example"]}, id="a list of issuers"),
        pytest.param({"aud": "account"}, id="meant for another service"),
        pytest.param({"aud": ["account", "pool-ledger-test"]}, id="meant for others"),
        pytest.param({"aud": []}, id="meant for nobody"),
        pytest.param({"aud": None}, id="without audience"),
        pytest.param({"aud": [AUDIENCE, 5]}, id="an audience that is none"),
        pytest.param({"exp": SECONDS - 31}, id="expired"),
        pytest.param({"exp": SECONDS - 30}, id="expired by just so much"),
        pytest.param({"exp": None}, id="without end"),
        pytest.param({"exp": "tomorrow"}, id="an end that is no number"),
        pytest.param({"exp": True}, id="an end that is a truth"),
        pytest.param({"exp": 10**30}, id="an end beyond the calendar"),
        pytest.param({"exp": float("inf")}, id="an infinite end"),
        pytest.param({"exp": float("nan")}, id="an end that compares with nothing"),
        pytest.param({"nbf": SECONDS + 31}, id="not yet good"),
        pytest.param({"nbf": "now"}, id="a beginning that is no number"),
        pytest.param({"iat": SECONDS + 31}, id="issued in the future"),
        pytest.param({"sub": None}, id="of nobody"),
        pytest.param({"sub": ""}, id="of somebody without a name"),
        pytest.param({"sub": 7}, id="of a number"),
    ],
)
def test_claims_that_do_not_fit_open_nothing(desk: Desk, told: dict[str, Any]) -> None:
    assert desk.subject(desk.token()) == "reader-1"
    assert desk.subject(desk.token(**told)) is None


Forger = Callable[[issuers.Issuer, dict[str, Any]], str]
MINE = ECKey.generate_key("P-256", {"kid": "mine"})


def _bent(part: int) -> Forger:
    def forge(issuer: issuers.Issuer, claims: dict[str, Any]) -> str:
        parts = issuer.token(NOW, ledger_role="auditor").split(".")
        parts[part] = issuer.token(NOW, header={"typ": "at+jwt"}, sub="somebody-else").split(".")[part]
        return ".".join(parts)

    return forge


FORGERIES: dict[str, Forger] = {
    "no signature, and it says so": lambda i, c: f"{written({'alg': 'none', 'kid': 'rsa-1'}, c)}.",
    "none with a signature": lambda i, c: signed({"alg": "none", "kid": "rsa-1"}, c, RSA),
    "None in another spelling": lambda i, c: signed({"alg": "nOnE", "kid": "rsa-1"}, c, RSA),
    "a signature that is missing": lambda i, c: f"{written({'alg': 'RS256', 'kid': 'rsa-1'}, c)}.",
    "the public key as a secret": lambda i, c: with_secret({"alg": "HS256", "kid": "rsa-1"}, c, public(RSA).as_pem()),  # type: ignore[union-attr]
    "its DER as a secret": lambda i, c: with_secret({"alg": "HS256", "kid": "rsa-1"}, c, public(RSA).as_der()),  # type: ignore[union-attr]
    "its modulus as a secret": lambda i, c: with_secret({"alg": "HS256", "kid": "rsa-1"}, c, str(RSA.as_dict()["n"]).encode()),
    "nothing as a secret": lambda i, c: with_secret({"alg": "HS256", "kid": "rsa-1"}, c, b""),
    "an algorithm that is not in the settings": lambda i, c: signed({"alg": "RS512", "kid": "rsa-1"}, c, RSA, "RS512"),
    "another algorithm in the header than was used": lambda i, c: signed({"alg": "RS256", "kid": "rsa-1"}, c, RSA, "PS256"),
    "an algorithm of another kind of key": lambda i, c: signed({"alg": "ES256", "kid": "rsa-1"}, c, MINE),
    "an algorithm that is no text": lambda i, c: signed({"alg": ["RS256"], "kid": "rsa-1"}, c, RSA),
    "no algorithm": lambda i, c: signed({"kid": "rsa-1"}, c, RSA),
    "a key of mine under their name": lambda i, c: signed({"alg": "ES256", "kid": "ec-1"}, c, MINE),
    "a key of mine in the header": lambda i, c: signed({"alg": "ES256", "jwk": MINE.as_dict(private=False)}, c, MINE),
    "the same, with its name": lambda i, c: signed({"alg": "ES256", "kid": "ec-1", "jwk": MINE.as_dict(private=False)}, c, MINE),
    "a chain of mine in the header": lambda i, c: signed({"alg": "ES256", "kid": "ec-1", "x5c": ["MIIB"]}, c, MINE),
    "an extension that we must know": lambda i, c: signed({"alg": "RS256", "kid": "rsa-1", "crit": ["exp"], "exp": 1}, c, RSA),
    "an empty list of such extensions": lambda i, c: signed({"alg": "RS256", "kid": "rsa-1", "crit": []}, c, RSA),
    "extensions that are no list": lambda i, c: signed({"alg": "RS256", "kid": "rsa-1", "crit": 5}, c, RSA),
    "a body that is not encoded": lambda i, c: signed({"alg": "RS256", "kid": "rsa-1", "b64": False, "crit": ["b64"]}, c, RSA),
    "a key id that is no text": lambda i, c: signed({"alg": "RS256", "kid": {"a": 1}}, c, RSA),
    "a word to log somebody out": lambda i, c: signed({"alg": "RS256", "kid": "rsa-1", "typ": "logout+jwt"}, c, RSA),
    "a kind that is no text": lambda i, c: signed({"alg": "RS256", "kid": "rsa-1", "typ": 1}, c, RSA),
    "an ES256 signature of zeros": lambda i, c: f"{written({'alg': 'ES256', 'kid': 'ec-1'}, c)}.{issuers.b64(bytes(64))}",
    "an ES256 signature that is too long": lambda i, c: f"{i.token(NOW)}AA",
    "an ES256 signature in DER": lambda i, c: f"{written({'alg': 'ES256', 'kid': 'ec-1'}, c)}.{issuers.b64(b'0' * 70)}",
    "another header over the same signature": _bent(0),
    "another body over the same signature": _bent(1),
    "claims that are no object": lambda i, c: signed({"alg": "RS256", "kid": "rsa-1"}, [c], RSA),
    "claims that are no JSON": lambda i, c: signed({"alg": "RS256", "kid": "rsa-1"}, b"sub=1", RSA),
    "claims that are no text": lambda i, c: signed({"alg": "RS256", "kid": "rsa-1"}, b"\xff\xfe", RSA),
    "brackets without end": lambda i, c: signed({"alg": "RS256", "kid": "rsa-1"}, b"[" * 5000, RSA),
    "a header that is no object": lambda i, c: signed(["alg", "kid"], c, RSA),
    "a header of brackets": lambda i, c: signed(b"[" * 5000, c, RSA),
    "a header that is no JSON": lambda i, c: signed(b"alg", c, RSA),
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
def test_what_the_issuer_did_not_sign_opens_nothing(busy_desk: Desk, forge: Forger) -> None:
    claims = busy_desk.issuer.claims(NOW, ledger_role="auditor")
    assert busy_desk.subject(busy_desk.token()) == "reader-1"
    token = forge(busy_desk.issuer, claims)
    assert token != busy_desk.token()
    assert busy_desk.subject(token) is None


@pytest.mark.parametrize("where", ["jku", "x5u"])
def test_no_address_in_a_token_is_ever_asked(desk: Desk, where: str) -> None:
    assert desk.subject(desk.token()) == "reader-1"
    with issuers.issuer(MINE) as mine:
        head = {"alg": "ES256", "kid": "mine", where: f"{mine.url}/certs"}
        desk.later(60)
        assert desk.subject(signed(head, desk.issuer.claims(NOW), MINE)) is None
        assert mine.asked == []
        assert desk.subject(desk.token(header={where: f"{mine.url}/certs"})) == "reader-1"
        assert mine.asked == []


@pytest.mark.parametrize(
    "bearer",
    ["", ".", "..", "a.b", "a.b.c.d.e", "a.b.", ".b.c", "a b.c.d", "ä.b.c", "a+b.c.d", "a=.b.c", "a.b.c\n", "e30.e30.e30"],
)
def test_what_has_not_the_form_of_a_token_asks_nobody(desk: Desk, bearer: str) -> None:
    assert desk.subject(bearer) is None
    assert desk.issuer.asked == []


def test_a_token_beyond_all_measure_is_not_even_read(desk: Desk) -> None:
    fits = len(desk.token(more=""))
    longest = (BEARER_MAX - fits) * 3 // 4
    assert desk.subject(desk.token(more="x" * (longest - 10))) == "reader-1"
    asked = len(desk.issuer.asked)
    assert desk.subject(desk.token(more="x" * (longest + 10), kid="unknown")) is None
    assert len(desk.issuer.asked) == asked


# --- keys ------------------------------------------------------------------------------------------------------------


def test_keys_are_asked_for_once_and_known_from_then_on(desk: Desk) -> None:
    for _ in range(20):
        assert desk.subject(desk.token()) == "reader-1"
    assert [path.rpartition("/")[2] for path in desk.issuer.asked] == ["openid-configuration", "certs"]
    assert desk.issuer.agents == {"pool-ledger"}


def test_a_new_key_is_good_with_its_first_token_and_the_old_one_as_long_as_it_is_published(desk: Desk) -> None:
    old = desk.token()
    assert desk.subject(old) == "reader-1"
    desk.issuer.keys.append(ec("ec-2"))
    desk.later(11)
    assert desk.subject(desk.token()) == "reader-1"
    assert desk.subject(old) == "reader-1"
    del desk.issuer.keys[0]
    desk.later(301)
    desk.service.keep_fresh()
    desk.settled()
    assert desk.subject(old) is None
    assert desk.subject(desk.token()) == "reader-1"


def test_another_key_under_the_same_name_replaces_it(desk: Desk) -> None:
    old = desk.token()
    assert desk.subject(old) == "reader-1"
    desk.issuer.keys[:] = [ec("ec-1")]
    desk.later(301)
    desk.service.keep_fresh()
    desk.settled()
    assert desk.subject(desk.token()) == "reader-1"
    assert desk.subject(old) is None


def test_a_flood_of_unknown_keys_is_no_flood_of_requests(desk: Desk) -> None:
    assert desk.subject(desk.token()) == "reader-1"
    desk.later(11)
    unknown = [desk.token(header={"kid": f"no-such-key-{n}"}) for n in range(200)]
    assert {desk.subject(token) for token in unknown} == {None}
    assert len(desk.issuer.asked) == 4  # discovery and keys: when the service began, and for the flood
    for _ in range(3):
        desk.later(9)
        desk.subject(unknown[0])
    assert len(desk.issuer.asked) <= 8


def test_while_the_issuer_is_slow_no_more_than_two_wait_and_known_keys_hold_up_nobody(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(under_test, "WAIT_SECONDS", 0.6)
    good = desk.token()
    assert desk.subject(good) == "reader-1"
    open_again = Event()

    def slow(path: str, reply: Reply) -> Reply:
        open_again.wait(10)
        return reply

    desk.issuer.mood = slow
    desk.later(11)

    def ask(n: int) -> tuple[float, object]:
        begun = time.monotonic()
        try:
            found: object = desk.subject(desk.token(header={"kid": f"unknown-{n}"}))
        except Refused as refusal:
            found = refusal.code
        return time.monotonic() - begun, found

    with ThreadPoolExecutor(8) as threads:
        strangers = [threads.submit(ask, n) for n in range(7)]
        begun = time.monotonic()
        assert desk.subject(good) == "reader-1"
        assert time.monotonic() - begun < 0.5
        answers = [one.result() for one in strangers]
    open_again.set()
    desk.settled()
    assert {found for _, found in answers} == {"unavailable"}
    assert sum(seconds > 0.5 for seconds, _ in answers) == 2
    assert desk.subject(desk.token(header={"kid": "unknown-0"})) is None  # now that the issuer was heard


@pytest.mark.parametrize(
    "spoilt",
    [
        pytest.param({"kty": "oct", "k": "c2VjcmV0", "kid": "x"}, id="a secret"),
        pytest.param({"kty": "AKP", "kid": "x", "pub": "AA"}, id="a kind of tomorrow"),
        pytest.param({"kty": "RSA", "kid": "x", "n": "AQAB", "e": "AQAB"}, id="an RSA key that anybody can break"),
        pytest.param({"kty": "RSA", "kid": "x", "n": "_" * 1500, "e": "AQAB"}, id="an RSA key of endless length"),
        pytest.param({"kty": "RSA", "kid": "x", "n": 5, "e": "AQAB"}, id="a number that is none"),
        pytest.param({"kty": "EC", "kid": "x", "crv": "P-256", "x": "AA", "y": "AA"}, id="a point beside the curve"),
        pytest.param({"kty": "EC", "kid": "x", "crv": "P-999", "x": "AA", "y": "AA"}, id="a curve that is none"),
        pytest.param({"kty": "EC", "kid": 5}, id="half a key"),
        pytest.param("a key", id="text"),
        pytest.param(None, id="nothing"),
    ],
)
def test_one_odd_key_takes_nothing_from_the_others(desk: Desk, spoilt: Any) -> None:
    def mood(path: str, reply: Reply) -> Reply:
        if not path.endswith("/certs"):
            return reply
        keys = json.loads(reply.body)["keys"]
        return Reply(200, json.dumps({"keys": [spoilt, *keys]}).encode())

    desk.issuer.mood = mood
    assert desk.subject(desk.token()) == "reader-1"
    assert desk.service._known is not None
    assert len(desk.service._known.keys) == 1


def test_a_secret_that_is_published_makes_no_tokens_good() -> None:
    secret = OctKey.import_key("a-secret-that-everybody-can-read", {"kid": "oct-1"})
    with issuers.issuer(ec("ec-1")) as issuer:
        desk = Desk(issuer)
        issuer.keys.append(secret)
        desk.issuer.mood = lambda path, reply: (
            Reply(200, json.dumps({"keys": [key.as_dict(private=True) for key in issuer.keys]}).encode())
            if path.endswith("/certs")
            else reply
        )
        token = with_secret({"alg": "HS256", "kid": "oct-1"}, issuer.claims(NOW), b"a-secret-that-everybody-can-read")
        assert desk.subject(issuer.token(NOW, key=issuer.keys[0])) == "reader-1"
        assert desk.subject(token) is None
        assert desk.service._known is not None
        assert [key.is_private for key in desk.service._known.keys] == [False]


@pytest.mark.parametrize("told", [{"use": "enc"}, {"alg": "RS512"}, {"key_ops": ["encrypt"]}])
def test_a_key_for_something_else_verifies_nothing(told: dict[str, Any]) -> None:
    key = RSAKey.import_key({name: value for name, value in RSA.as_dict(private=True).items() if name != "use"} | told)
    with issuers.issuer(key, ec("ec-1")) as issuer:
        desk = Desk(issuer)
        assert desk.subject(issuer.token(NOW)) == "reader-1"
        head = {"alg": "RS256", "kid": "rsa-1"}
        assert desk.subject(signed(head, issuer.claims(NOW), RSA)) is None


# --- an issuer that misbehaves ---------------------------------------------------------------------------------------


def _only(end: str, reply: Reply) -> issuers.Mood:
    return lambda path, honest: reply if path.endswith(end) else honest


def _dripping(path: str, reply: Reply) -> Reply:
    time.sleep(1.5)
    return reply


MOODS: dict[str, tuple[issuers.Mood, str]] = {
    "an error": (_only("configuration", Reply(500)), "answers with status 500"),
    "an error at length": (_only("certs", Reply(500, b" " * (under_test.ANSWER_BYTES_MAX + 1))), "answers with status 500"),
    "an error for its keys": (_only("certs", Reply(404)), "answers with status 404"),
    "no JSON": (_only("certs", Reply(200, b"<html>")), "no JSON object"),
    "brackets without end": (_only("certs", Reply(200, b"[" * 100_000)), "no JSON object"),
    "a list": (_only("configuration", Reply(200, b"[]")), "no JSON object"),
    "no set of keys": (_only("certs", Reply(200, b'{"keys": {}}')), "no set of keys"),
    "no keys": (_only("certs", Reply(200, b'{"keys": []}')), "no key that could be used"),
    "too much": (_only("certs", Reply(200, b" " * (under_test.ANSWER_BYTES_MAX + 1))), "at too great a length"),
    "too late": (_dripping, "did not answer in time"),
}


@pytest.mark.parametrize(("mood", "reason"), MOODS.values(), ids=MOODS.keys())
def test_without_keys_the_answer_is_unavailable_and_the_reason_is_logged_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], mood: issuers.Mood, reason: str
) -> None:
    monkeypatch.setattr(under_test, "TALK_SECONDS", 1.0)
    desk.issuer.mood = mood
    token = desk.token()
    for _ in range(3):
        with pytest.raises(Refused) as refusal:
            desk.subject(token)
        desk.settled()
        desk.later(11)
    assert refusal.value.code == "unavailable"
    assert reason in refusal.value.problems[0].en
    told = capsys.readouterr()
    assert (told.out + told.err).count("no keys from the issuer") == 1
    desk.issuer.mood = lambda path, reply: reply
    assert desk.subject(token) == "reader-1"
    desk.settled()
    told = capsys.readouterr()
    assert (told.out + told.err).count("keys from the issuer again") == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(desk: Desk, status: int) -> None:
    with issuers.issuer() as elsewhere:
        desk.issuer.mood = _only("certs", Reply(status, location=f"{elsewhere.url}/certs"))
        with pytest.raises(Refused, match=f"answers with status {status}"):
            desk.subject(desk.token())
        assert elsewhere.asked == []


@pytest.mark.parametrize(
    "told",
    [
        pytest.param({"issuer": "https://elsewhere.example"}, id="another name"),
        pytest.param({"issuer": None}, id="no name"),
        pytest.param({"jwks_uri": None}, id="no address"),
        pytest.param({"jwks_uri": ["http://127.0.0.1/"]}, id="an address that is no text"),
        pytest.param({"jwks_uri": "file:///etc/passwd"}, id="a file"),
        pytest.param({"jwks_uri": "ftp://127.0.0.1/keys"}, id="another way to fetch"),
        pytest.param({"jwks_uri": "http://192.0.2.1/keys"}, id="another machine without https"),
        pytest.param({"jwks_uri": "http://169.254.169.254/latest/meta-data"}, id="the machine's own secrets"),
        pytest.param({"jwks_uri": "https://user:word@127.0.0.1/keys"}, id="a password"),
        pytest.param({"jwks_uri": "http://127.0.0.1:99999/keys"}, id="a port that is none"),
        pytest.param({"jwks_uri": "http://[::1/keys"}, id="a broken address"),
        pytest.param({"jwks_uri": "http:///keys"}, id="an address without host"),
        pytest.param({"jwks_uri": "/certs"}, id="a path"),
    ],
)
def test_a_discovery_that_is_not_the_issuers_own_is_not_believed(desk: Desk, told: dict[str, Any]) -> None:
    desk.issuer.told = told
    with pytest.raises(Refused, match=r"calls itself by another name|names no address"):
        desk.subject(desk.token())
    assert len(desk.issuer.asked) == 1


@pytest.mark.parametrize(
    ("address", "where", "may"),
    [
        ("https://login.example/realms/a", "https://keys.example/a?v=1", True),
        ("https://login.example/realms/a", "http://login.example/a", False),
        ("https://login.example/realms/a", "http://127.0.0.1:9000/a", False),
        ("http://localhost:8080/realms/a", "http://127.0.0.1:8080/a", True),
        ("http://localhost:8080/realms/a", "https://keys.example/a", True),
        ("http://localhost:8080/realms/a", "http://login.example/a", False),
    ],
)
def test_keys_are_fetched_by_https_or_within_the_machine(address: str, where: str, may: bool) -> None:
    assert under_test._may_be_asked(where, address) is may


def test_an_issuer_is_believed_over_https_only_where_its_certificate_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = issuers.certificate(tmp_path / "issuer.pem")
    with issuers.issuer(tls=path) as issuer:
        desk = Desk(issuer)
        with pytest.raises(Refused, match=r"cannot be reached \(SSLCertVerificationError\)"):
            desk.subject(desk.token())
        assert issuer.asked == []
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
        desk.later(11)
        assert desk.subject(desk.token()) == "reader-1"


def test_while_the_issuer_is_away_its_keys_hold_for_an_hour(desk: Desk) -> None:
    token = desk.token(exp=SECONDS + 10_000)
    assert desk.subject(token) == "reader-1"
    desk.issuer.mood = lambda path, reply: Reply(503)
    for _ in range(11):
        desk.later(320)
        assert desk.subject(token) == "reader-1"
        desk.settled()
    desk.later(320)
    with pytest.raises(Refused) as refusal:
        desk.subject(token)
    assert refusal.value.code == "unavailable"
    desk.settled()
    desk.issuer.mood = lambda path, reply: reply
    desk.later(11)
    assert desk.subject(token) == "reader-1"


def test_a_new_key_cannot_be_judged_while_the_issuer_is_away(desk: Desk) -> None:
    assert desk.subject(desk.token()) == "reader-1"
    desk.issuer.mood = lambda path, reply: Reply(503)
    desk.issuer.keys.append(ec("ec-2"))
    desk.later(11)
    with pytest.raises(Refused) as refusal:
        desk.subject(desk.token())
    assert refusal.value.code == "unavailable"


def test_an_issuer_that_cannot_be_reached_is_told_apart_from_a_bad_token() -> None:
    with issuers.issuer() as issuer:
        token = issuer.token(NOW)
    with pytest.raises(Refused, match="cannot be reached"):
        Issuer(issuer.url, AUDIENCE, ALGORITHMS).claims(token, SECONDS)


def test_talks_that_hang_are_left_alone_and_do_not_pile_up(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(under_test, "WAIT_SECONDS", 0.05)
    open_again = Event()

    def stuck(*_: Any) -> Any:
        open_again.wait(10)
        raise under_test.NoKeys("was stuck")

    monkeypatch.setattr(under_test, "_fetched", stuck)
    for _ in range(5):
        with pytest.raises(Refused):
            desk.subject(desk.token())
        desk.later(11)
    assert len(desk.service._talks) == 2
    monkeypatch.undo()
    talks = list(desk.service._talks)
    open_again.set()
    assert all(talk.done.wait(5) for talk in talks)
    assert desk.subject(desk.token()) == "reader-1"


def test_many_threads_that_begin_at_once_ask_once(desk: Desk) -> None:
    token = desk.token()

    def ask(_: int) -> str | None:
        for _ in range(50):
            try:
                return desk.subject(token)
            except Refused:
                time.sleep(0.05)
        return None

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(ask, range(8))) == {"reader-1"}
    assert len(desk.issuer.asked) == 2


def test_time_is_told_by_whoever_asks(desk: Desk) -> None:
    token = desk.issuer.token(NOW + timedelta(days=400))
    assert desk.subject(token) is None
    assert desk.subject(token, SECONDS + 400 * 86_400) == "reader-1"
