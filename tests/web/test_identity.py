"""The issuer's tokens at the door: who is let in, how others are answered, and that no token is ever written down anywhere."""

import http.client
import logging
import re
import shutil
import warnings
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ledger.actions import access, subjects
from ledger.store import tokens
from tests import issuer as issuers
from tests.actions.scene import patent
from tests.actions.test_issuer import FORGERIES, MINE
from tests.issuer import AUDIENCE, RSA, ec, ed, signed
from tests.web.service import Caller, Service, gunicorn, played, problem_of

HERE = "/v1/entries"  # open to every role but the reader


@pytest.fixture(scope="module")
def issuer() -> Iterator[issuers.Issuer]:
    with issuers.issuer(RSA, ed("ed-1"), ec("ec-1")) as one:
        yield one


@pytest.fixture(scope="module")
def house(issuer: issuers.Issuer, migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    path = shutil.copyfile(migrated_file, tmp_path_factory.mktemp("identity") / "ledger.db")
    with played(f"sqlite:///{path}", oidc_issuer=issuer.url, oidc_audience=AUDIENCE) as service:
        subjects.bar(service.ledger, "barred-1")
        yield service


def now() -> datetime:
    return datetime.now(UTC)


def test_a_recorder_of_the_issuer_reads_and_writes_for_their_centre(house: Service, issuer: issuers.Issuer) -> None:
    token = issuer.token(now(), sub="u-17", ledger_role="recorder", ledger_centre="c1")
    caller = Caller(house.app, token)
    assert caller.get("/v1/entries").status_code == 200
    kind, body = patent(60)
    entry = {"kind": kind, "centre": "c1", "body": body}
    assert caller.post("/v1/entries?dry_run=true", entry).status_code == 200
    assert caller.post("/v1/entries?dry_run=true", entry | {"centre": "c2"}).status_code == 403


def test_whoever_is_known_and_has_no_place_is_forbidden_and_told_which_claim(house: Service, issuer: issuers.Issuer) -> None:
    answer = Caller(house.app, issuer.token(now(), ledger_role="recorder", ledger_centre="c1", ledger_region="420000")).get(HERE)
    told = problem_of(answer)
    assert answer.status_code == 403
    assert [error["path"] for error in told["errors"]] == ["ledger_region"]
    assert "WWW-Authenticate" not in answer.headers


@pytest.mark.parametrize("told", [{"exp": 1}, {"aud": "account"}, {"iss": "https://elsewhere.example"}])
def test_a_token_that_is_not_good_is_answered_like_any_other(house: Service, issuer: issuers.Issuer, told: dict[str, Any]) -> None:
    answer = Caller(house.app, issuer.token(now(), ledger_role="auditor", **told)).get(HERE)
    assert (answer.status_code, problem_of(answer)["code"]) == (401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="pool-ledger", error="invalid_token"'


def test_an_issuer_that_is_away_is_no_fault_of_the_caller(migrated_file: Path, tmp_path: Path) -> None:
    with issuers.issuer() as gone:
        token = gone.token(now(), ledger_role="auditor")
    path = shutil.copyfile(migrated_file, tmp_path / "ledger.db")
    with played(f"sqlite:///{path}", oidc_issuer=gone.url, oidc_audience=AUDIENCE) as service:
        answer = Caller(service.app, token).get(HERE)
        assert (answer.status_code, problem_of(answer)["code"]) == (503, "unavailable")
        assert int(answer.headers["Retry-After"]) > 0
        assert gone.url not in answer.text  # which machine is away, is for the log
        assert service.as_("auditor").get(HERE).status_code == 200


# --- no token is written down ----------------------------------------------------------------------------------------


def pieces(token: str) -> list[str]:
    """The parts that a log may not hold: of a JWT the claims and the signature, in full or in part. Its header is no secret."""
    parts = token.split(".")[1:] if "." in token else [token]
    return [part[n : n + 24] for part in parts for n in range(0, max(len(part) - 23, 1), 12) if len(part) >= 16]


def bad_bearers(service: Service, issuer: issuers.Issuer) -> list[str]:
    """One of each way to fail, and a few that succeed."""
    at = now()
    good = issuer.claims(at, ledger_role="auditor")
    revoked, ended = (access.create_token(service.ledger, role="reader", name=name) for name in ("revoked", "fine"))
    access.revoke_token(service.ledger, next(t.id for t in access.list_tokens(service.ledger) if t.name == "revoked"))
    return [
        *(forge(issuer, good) for forge in FORGERIES.values()),
        *(issuer.token(at, **told) for told in ({"exp": 1}, {"aud": "x"}, {"iss": "x"}, {"sub": "barred-1"}, {"sub": "a\nb"})),
        *(issuer.token(at, ledger_role=role) for role in ("recorder", "owner", None, "auditor")),
        issuer.token(at, header={"kid": "unknown-kid-of-mine"}),
        signed({"alg": "ES256", "kid": "mine", "jku": f"{issuer.url}/certs"}, good, MINE),
        issuer.token(at, more="x" * 9000),
        "x" * 200_000,
        "A" * 43,
        revoked,
        ended,
    ]


def test_no_failure_writes_a_token_down(
    house: Service, issuer: issuers.Issuer, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sent = bad_bearers(house, issuer)
    statuses = set()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        for token in sent:
            for scheme in ("Bearer", "bearer", "Basic"):
                answer = Caller(house.app, None, {"Authorization": f"{scheme} {token}"}).get(HERE)
                statuses.add(answer.status_code)
                assert not [piece for piece in pieces(token) if piece in answer.text]
                assert not [piece for piece in pieces(token) if any(piece in value for value in answer.headers.values())]
    assert statuses >= {200, 401, 403}
    assert not any(status >= 500 for status in statuses)
    assert warned == []
    told = capsys.readouterr()
    written = told.out + told.err + caplog.text
    assert written.count('"event": "request"') >= len(sent)
    for token in sent:
        assert not [piece for piece in pieces(token) if piece in written]


def test_an_accident_on_the_way_writes_no_token_down_either(
    house: Service, issuer: issuers.Issuer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    token = issuer.token(now(), ledger_role="auditor")

    def fails(*_: object) -> None:
        raise RuntimeError("an accident")

    for module, name in ((subjects, "_role"), (access, "speaker"), (tokens, "is_barred")):
        with monkeypatch.context() as patched:
            patched.setattr(module, name, fails)
            assert Caller(house.app, token).get(HERE).status_code == 500
    told = capsys.readouterr()
    assert told.err.count("unexpected error") == 3
    assert not [piece for piece in pieces(token) if piece in told.out + told.err]


@pytest.mark.slow
def test_the_real_server_writes_no_token_down_and_in_the_end_when_they_were_used(
    house: Service, issuer: issuers.Issuer, tmp_path: Path
) -> None:
    files = {name: tmp_path / name for name in ("access.log", "error.log")}
    words = ["--access-logfile", str(files["access.log"]), "--error-logfile", str(files["error.log"]), "--capture-output",
             "--log-level", "debug"]  # fmt: skip
    used = access.create_token(house.ledger, role="auditor", name="used by the server")
    known = issuer.token(now(), ledger_role="auditor")
    sent = [used, known, *bad_bearers_again(issuer)]
    settings = {"LEDGER_OIDC_ISSUER": issuer.url, "LEDGER_OIDC_AUDIENCE": AUDIENCE}
    with gunicorn(house, words=words, more=settings) as port:
        for token in sent:
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
                connection.request("GET", HERE, headers={"Authorization": f"Bearer {token}"})
                answer = connection.getresponse()
                assert answer.status == 200 if token in (used, known) else 400 <= answer.status < 500, answer.read()
    written = "".join(path.read_text(encoding="utf-8") for path in files.values())
    assert written.count(f"GET {HERE}") >= len(sent) - 1  # one header was too long to be a request
    assert '"event": "request"' in written
    for token in sent:
        assert not [piece for piece in pieces(token) if piece in written]
    kept = next(token for token in access.list_tokens(house.ledger) if token.name == "used by the server")
    assert kept.last_used_at is not None


def bad_bearers_again(issuer: issuers.Issuer) -> list[str]:
    at = now()
    return [
        issuer.token(at, sub="barred-1"),
        issuer.token(at, exp=1),
        issuer.token(at, header={"kid": "unknown-kid-of-mine"}),
        issuer.token(at, ledger_role="owner"),
        *(forge(issuer, issuer.claims(at)) for name, forge in FORGERIES.items() if re.search(r"secret|of mine|brackets", name)),
        "x" * 20_000,
        "A" * 43,
    ]
