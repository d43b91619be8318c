"""Bundles over HTTP: who gets one, what comes with it, and that one which breaks off cannot be taken for whole."""

import http.client
import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete
from werkzeug.test import TestResponse

from ledger.actions.demo import load_sample, sample_year
from ledger.actions.verify.cli import main as verify
from ledger.signing import load_key
from ledger.store import tables as t
from ledger.web import streaming
from ledger.web.context import keep_ledger
from tests.actions.publishing import sizes
from tests.actions.scene import patent, say
from tests.actions.test_check import Scene
from tests.web.service import Service, codes, gunicorn, problem_of, running

DOOR = "/v1/exports/bundle"
OWN = f"{DOOR}?programme=hubei-2025&subject=c1&on=2026-03-01"


def files_of(response: TestResponse) -> dict[str, bytes]:
    assert response.status_code == 200, response.text
    with zipfile.ZipFile(io.BytesIO(response.data)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def test_a_bundle_comes_as_a_file_with_a_name_and_a_tag(service: Service) -> None:
    response = service.as_("recorder", "c1").get(OWN)
    assert json.loads(files_of(response)["manifest.json"])["subject"] == "c1"
    assert response.content_type == "application/zip"
    assert response.headers["Content-Disposition"] == 'attachment; filename="hubei-2025_c1_2026-03-01_34.zip"'
    assert response.headers["Ledger-Size"] == "34"
    assert response.headers["Cache-Control"] == "private, no-cache"
    tag, weak = response.get_etag()
    assert tag
    assert not weak


def test_who_holds_a_bundle_is_not_sent_it_again(service: Service) -> None:
    caller = service.as_("recorder", "c1")
    at_a_size = OWN + "&known_at=34"
    tag = caller.get(at_a_size).headers["ETag"]
    say(service.ledger, "recorder", "c1", patent(50))
    again = caller.get(at_a_size, If_None_Match=tag)
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == tag
    assert again.headers["Ledger-Size"] == "35"
    assert "Content-Type" not in again.headers
    assert caller.get(OWN, If_None_Match=tag).status_code == 200  # today's is another
    assert service.as_("recorder", "c2").get(at_a_size, If_None_Match=tag).status_code == 403


@pytest.mark.parametrize(
    "changed",
    ["subject=c2", "on=2026-02-01", "known_at=30"],
)
def test_another_request_has_another_tag(service: Service, changed: str) -> None:
    name = changed.partition("=")[0]
    asked = {"programme": "hubei-2025", "subject": "c1", "on": "2026-03-01", "known_at": "34"}
    other = asked | {name: changed.partition("=")[2]}
    tags = {
        service.as_("auditor").ask("HEAD", DOOR, query_string=query).headers["ETag"] for query in (asked, other)
    }  # fmt: skip
    assert len(tags) == 2


def test_a_head_tells_the_same_and_writes_nothing(service: Service) -> None:
    caller = service.as_("auditor")
    got, headed = caller.get(OWN), caller.ask("HEAD", OWN)
    assert (headed.status_code, headed.data) == (200, b"")
    kept = ("Content-Type", "Content-Disposition", "ETag", "Ledger-Size", "Cache-Control", "Vary")
    assert {name: headed.headers.get(name) for name in kept} == {name: got.headers.get(name) for name in kept}


def test_the_database_is_let_go_however_an_answer_ends(service: Service) -> None:
    pool = service.ledger.read_engine.pool
    caller = service.as_("auditor")
    tag = caller.get(OWN).headers["ETag"]
    caller.get(OWN, If_None_Match=tag)
    caller.ask("HEAD", OWN)
    caller.get(f"{DOOR}?programme=hubei-2025&subject=nobody")
    assert pool.checkedout() == 0  # type: ignore[attr-defined]
    broken_off = caller.ask("GET", OWN)
    next(iter(broken_off.response))
    broken_off.close()
    assert pool.checkedout() == 0  # type: ignore[attr-defined]


def test_bundles_leave_threads_for_everybody_else(service: Service) -> None:
    caller = service.as_("auditor")
    begun = [caller.ask("GET", OWN) for _ in range(streaming.AT_ONCE)]
    refused = caller.ask("GET", OWN)
    assert (refused.status_code, problem_of(refused)["code"]) == (503, "unavailable")
    assert "Retry-After" in refused.headers
    assert caller.ask("HEAD", OWN).status_code == 200
    for response in begun:
        response.close()
    assert caller.get(OWN).status_code == 200
    assert service.ledger.read_engine.pool.checkedout() == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("query", "status", "wrong"),
    [
        ("", 422, {("programme", "invalid"), ("subject", "invalid")}),
        ("?programme=hubei-2025&subject=c1&level=recorded", 422, {("level", "invalid")}),
        ("?programme=hubei-2025&subject=c1&on=2026-02-30&known_at=-1", 422, {("on", "invalid"), ("known_at", "invalid")}),
        ("?programme=hubei-2025&subject=c1&subject=c2", 422, {("subject", "invalid")}),
        ("?programme=hubei-2025&subject=c1&known_at=99", 422, {("known_at", "unknown-size")}),
        ("?programme=nothing&subject=c1", 404, {("", "not-found")}),
        ("?programme=hubei-2025&subject=c9", 404, {("", "not-found")}),
        ("?programme=hubei-2022&subject=420000", 404, {("", "not-found")}),
    ],
)
def test_what_is_wrong_with_a_request_is_told_before_anything_is_published(
    service: Service, query: str, status: int, wrong: set[tuple[str, str]]
) -> None:
    response = service.as_("auditor").get(DOOR + query)
    assert (response.status_code, codes(response)) == (status, wrong)
    assert sizes(service.ledger) == []


@pytest.mark.parametrize(
    ("role", "centre", "subject", "status"),
    [
        ("recorder", "c1", "c1", 200), ("signatory", "c1", "c1", 200), ("recorder", "c1", "c2", 403),
        ("authority", None, "c2", 200), ("auditor", None, "c2", 200), ("reader", None, "c2", 403),
    ],
)  # fmt: skip
def test_a_role_gets_what_it_may_read(service: Service, role: str, centre: str | None, subject: str, status: int) -> None:
    response = service.as_(role, centre).get(f"{DOOR}?programme=hubei-2025&subject={subject}")
    assert response.status_code == status
    if status == 403:
        assert problem_of(response)["code"] == "forbidden"


def test_while_nothing_can_be_published_the_answer_is_503_and_says_when_to_come_again(service: Service, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings = replace(service.ledger.settings, signing_key_file=tmp_path / "file" / "signing.key")
    keep_ledger(service.app, replace(service.ledger, settings=settings))
    response = service.as_("auditor").get(OWN)
    assert problem_of(response)["code"] == "unavailable"
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0


def test_a_bundle_that_breaks_off_is_no_answer(service: Service) -> None:
    """The status was sent long ago: all that is left is to drop the connection, so that no client takes it for the end."""
    with gunicorn(service) as port:
        whole = received(service, port)
        assert zipfile.ZipFile(io.BytesIO(whole)).testzip() is None
        lost = service.at["licence"]
        scene = Scene(service.ledger, service.ledger.engine, service.at)
        scene.alter(lambda c, _: c.execute(delete(t.disclosure).where(t.disclosure.c.entry == lost)))
        with pytest.raises(http.client.IncompleteRead) as broken:
            received(service, port)
    assert broken.value.partial
    assert whole.startswith(broken.value.partial)


def received(service: Service, port: int) -> bytes:
    """The body that a client is sent over a real connection, whatever becomes of it."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("GET", OWN, headers={"Authorization": f"Bearer {service.as_('auditor').token}"})
        response = connection.getresponse()
        assert response.status == 200
        with closing(response):
            return response.read()


# --- from the service to a stranger ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def year(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    file = shutil.copyfile(migrated_file, tmp_path_factory.mktemp("year") / "ledger.db")
    with running(f"sqlite:///{file}", origin="ledger.example/log") as service:
        load_sample(service.ledger, sample_year())
        service.ledger = replace(service.ledger, clock=lambda: datetime(2026, 11, 30, tzinfo=UTC))
        keep_ledger(service.app, service.ledger)
        yield service


@pytest.mark.slow
@pytest.mark.parametrize(
    ("programme", "subject", "known_at"),
    [
        ("hubei-2025", "wh-photonics", None),
        ("hubei-2025", "yc-laser", "2500"),
        ("jiangsu-2024-centre", "sz-display", None),
        ("jiangsu-2024-park", "sz-park", None),
    ],
)
def test_a_stranger_counts_the_figures_of_the_sample_year_again(
    year: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str], programme: str, subject: str, known_at: str | None
) -> None:
    query = f"?programme={programme}&subject={subject}&on=2026-11-30" + (f"&known_at={known_at}" if known_at else "")
    response = year.as_("auditor").get(DOOR + query)
    assert response.status_code == 200, response.text
    file = tmp_path / "bundle.zip"
    file.write_bytes(response.data)
    signer = load_key(year.ledger.settings.signing_key_file)
    assert signer is not None
    assert verify([str(file), "--key", str(signer.key)]) == 0, capsys.readouterr().out
