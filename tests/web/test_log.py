"""The public log over HTTP: what is published is there, in one spelling, to be kept by caches; nothing else is."""

import http.client
from collections.abc import Iterator
from contextlib import closing

import pytest
from flask import Flask

from ledger.actions.publish import publish
from ledger.facts.actors import ROLES
from ledger.proof.checkpoints import Checkpoint
from ledger.proof.notes import Note
from ledger.proof.tiles import bundles_at, resources_at
from ledger.signing import Fence, load_key
from ledger.web.paths import came_plain
from tests.actions import scene
from tests.web.service import Service, gunicorn, played, problem_of

TILE = "application/octet-stream"


@pytest.fixture(scope="module")
def log(house: Service) -> Service:
    """A service whose log is published as far as it goes."""
    publish(house.ledger)
    return house


def paths_at(size: int) -> list[str]:
    return [f"/log/{tile.path}" for tile in (*resources_at(size), *bundles_at(size))]


def test_the_checkpoint_is_a_note_that_every_reader_asks_for_again(log: Service) -> None:
    told = log.nobody.get("/log/checkpoint")
    assert told.status_code == 200
    assert told.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert told.headers["Cache-Control"] == "no-cache"
    origin, size, *_ = told.text.splitlines()
    assert (origin, size) == (log.ledger.settings.origin, str(log.size))


def test_whatever_the_checkpoint_speaks_of_is_there_and_may_be_kept(log: Service) -> None:
    assert len(paths_at(log.size)) == 2
    for path in paths_at(log.size):
        told = log.nobody.get(path)
        assert told.status_code == 200, path
        assert told.headers["Content-Type"] == TILE
        assert told.headers["Cache-Control"] == "public, max-age=604800, immutable"
        assert "Content-Encoding" not in told.headers
        assert "Vary" not in told.headers


def test_a_verifier_on_another_site_may_read_answers_and_refusals(log: Service) -> None:
    for path in ("/log/checkpoint", *paths_at(log.size), "/log/tile/0/001.p/1"):
        assert log.nobody.get(path, Origin="https://verifier.example").headers["Access-Control-Allow-Origin"] == "*", path
    assert "Access-Control-Allow-Origin" not in log.as_("auditor").get("/v1/entries").headers


@pytest.mark.parametrize("path", ["/log/checkpoint", "/log/tile/0/000.p/3", "/log/tile/entries/000.p/3"])
def test_a_head_says_what_a_get_would(log: Service, path: str) -> None:
    got, headed = log.nobody.get(path), log.nobody.ask("HEAD", path)
    assert (headed.status_code, headed.data) == (200, b"")
    for name in ("Content-Type", "Content-Length", "Cache-Control", "Access-Control-Allow-Origin"):
        assert headed.headers[name] == got.headers[name]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_is_written_to_the_log_by_this_door(log: Service, method: str) -> None:
    for path in ("/log/checkpoint", "/log/tile/0/000.p/3"):
        assert problem_of(log.nobody.ask(method, path))["code"] == "method-not-allowed"


OTHER_SPELLINGS = [
    "/log", "/log/", "/log/checkpoint/", "/log//checkpoint", "//log/checkpoint", "/log/./checkpoint", "/log/Checkpoint",
    "/log/%63heckpoint", "/%6cog/checkpoint", "/log%2Fcheckpoint", "/log/checkpoint%00", "/log/checkpoint%20", "/log/checkpoint;a",
    "/log/tile", "/log/tile/", "/log/tile/0", "/log/tile/0/", "/log/tile/0/000.p", "/log/tile/0/000.p/", "/log/tile/0/000.p/3/",
    "/log/tile/0//000.p/3", "/log//tile/0/000.p/3", "/log/tile//0/000.p/3", "/log/tile/0/000.p//3", "/log/tile/0/000.p/03",
    "/log/tile/0/000.p/0", "/log/tile/0/000.p/+3", "/log/tile/0/000.p/3.0", "/log/tile/0/000.p/-3", "/log/tile/0/000.p/256",
    "/log/tile/00/000.p/3", "/log/tile/0/0.p/3", "/log/tile/0/00.p/3", "/log/tile/0/0000.p/3", "/log/tile/0/x000.p/3",
    "/log/tile/0/x000/000.p/3", "/log/tile/0/000/000.p/3", "/log/tile/0/X000/000.p/3", "/log/tile/64/000.p/3",
    "/log/tile/-1/000.p/3", "/log/tile/-0/000.p/3", "/log/tile/8/0/000.p/3", "/log/tile/data/000.p/3", "/log/tile/Entries/000.p/3",
    "/log/tile/%30/000.p/3", "/log/tile/0/00%30.p/3", "/log/tile/0/000%2ep/3", "/log/tile/0/000.p%2F3", "/log/tile/0%2F000.p%2F3",
    "/log/tile/0/000.p/%33", "/log/tile/%65ntries/000.p/3", "/log/tile/entries/000.p/3%0a", "/log/tile/0/000.p/3%00",
    "/log/tile/0/000.p/3%20", "/log/tile/0/000.p/%EF%BC%93", "/log/tile/０/000.p/3", "/log/tile/0/../0/000.p/3",
    "/log/tile/0/%2e%2e/0/000.p/3", "/log/tile/..%2f..%2fcheckpoint", "/log/%74ile/0/000.p/3",
    "/log/tile/0/" + "x000/" * 500 + "000.p/3", "/log/tile/0/" + "x999/" * 5 + "999", "/log/tile/0/" + "x999/" * 6 + "999",
]  # fmt: skip


@pytest.mark.parametrize("path", OTHER_SPELLINGS)
def test_a_resource_has_one_spelling(log: Service, path: str) -> None:
    told = log.nobody.get(path)
    assert problem_of(told)["code"] == "not-found"
    assert told.headers["Cache-Control"] == "no-store"


@pytest.fixture(scope="module")
def connection(log: Service) -> Iterator[http.client.HTTPConnection]:
    with gunicorn(log) as port, closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as opened:
        yield opened


def test_the_real_server_knows_the_same_spellings(log: Service, connection: http.client.HTTPConnection) -> None:
    for path in ("/log/checkpoint", "/log/checkpoint?x=%30", *paths_at(log.size), *map(ascii_only, OTHER_SPELLINGS)):
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == (404 if path in [*map(ascii_only, OTHER_SPELLINGS)] else 200), path


def ascii_only(path: str) -> str:
    return path.replace("０", "%EF%BC%90")


@pytest.mark.parametrize(
    ("environment", "plain"),
    [
        ({"PATH_INFO": "/log/checkpoint"}, True),
        ({"PATH_INFO": "/log/checkpoint", "RAW_URI": "/log/checkpoint?a=%20"}, True),
        ({"PATH_INFO": "/log/checkpoint", "RAW_URI": "https://ledger.example/log/checkpoint"}, True),
        ({"PATH_INFO": "/log/checkpoint", "RAW_URI": "/%E6%B1%A0/log/checkpoint", "SCRIPT_NAME": "/\xe6\xb1\xa0"}, True),
        ({"PATH_INFO": "/log/checkpoint", "RAW_URI": "/log/%63heckpoint"}, False),
        ({"PATH_INFO": "//log/checkpoint", "RAW_URI": "//log/checkpoint"}, False),
        ({"PATH_INFO": "//log/checkpoint"}, False),
        ({"PATH_INFO": "/log/checkpoint", "RAW_URI": "/log%2fcheckpoint"}, False),
    ],
)
def test_a_path_is_plain_where_the_request_line_ends_in_it(environment: dict[str, str], plain: bool) -> None:
    with Flask("x").test_request_context(environ_overrides={"RAW_URI": "", "REQUEST_URI": ""} | environment):
        assert came_plain() is plain


def test_nothing_is_there_before_something_is_published_and_no_cache_keeps_that(service: Service) -> None:
    paths = ["/log/checkpoint", *paths_at(service.size)]
    for path in paths:
        told = service.nobody.get(path)
        assert problem_of(told)["code"] == "not-found"
        assert told.headers["Cache-Control"] == "no-store"
    publish(service.ledger)
    assert {service.nobody.get(path).status_code for path in paths} == {200}


def test_what_is_recorded_shows_when_it_is_published_and_what_was_there_stays(service: Service) -> None:
    publish(service.ledger)
    before = {path: service.nobody.get(path).data for path in paths_at(service.size)}
    scene.say(service.ledger, "recorder", "c1", scene.patent(60))
    checkpoint = service.nobody.get("/log/checkpoint").text
    for path in paths_at(service.size):
        told = service.nobody.get(path)
        assert problem_of(told)["code"] == "not-found"
        assert told.headers["Cache-Control"] == "no-store"
    publish(service.ledger)
    assert service.nobody.get("/log/checkpoint").text != checkpoint
    for (path, data), grown in zip(before.items(), paths_at(service.size), strict=True):
        assert service.nobody.get(path).data == data
        assert service.nobody.get(grown).data.startswith(data)


def test_after_a_restore_nothing_is_given_that_is_older_than_readers_have_seen(service: Service) -> None:
    """The fence beside the key tells of a checkpoint that the database has not the entries for."""
    publish(service.ledger)
    paths = ["/log/checkpoint", *paths_at(service.size)]
    settings = service.ledger.settings
    signer = load_key(settings.signing_key_file)
    assert signer is not None
    text = Checkpoint(settings.origin, service.size + 1, bytes(32)).text
    fence = Fence(settings.signing_key_file)
    before = fence.read()
    assert before is not None
    fence.write(Note(text, (signer.sign(text),)).to_bytes())
    for path in paths:
        told = service.nobody.get(path)
        assert (told.status_code, problem_of(told)["code"]) == (503, "unavailable")
        assert told.headers["Cache-Control"] == "no-store"
    assert service.as_("auditor").get("/metrics").status_code == 200
    fence.write(before)
    assert {service.nobody.get(path).status_code for path in paths} == {200}


@pytest.fixture(scope="module")
def closed(migrated_file: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    import shutil

    path = shutil.copyfile(str(migrated_file), tmp_path_factory.mktemp("closed") / "ledger.db")
    with played(f"sqlite:///{path}", log_access="token") as service:
        publish(service.ledger)
        yield service


@pytest.mark.parametrize("authorization", [None, "", "Bearer x", "Basic YTpi"])
def test_where_the_settings_ask_for_a_token_nobody_reads_without(closed: Service, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    for path in ("/log/checkpoint", *paths_at(closed.size), "/log/tile/0/001.p/1"):
        told = closed.nobody.get(path, **headers)
        assert (told.status_code, problem_of(told)["code"]) == (401, "unauthenticated")
        assert told.headers["Cache-Control"] == "no-store"
        assert "Access-Control-Allow-Origin" not in told.headers


@pytest.mark.parametrize("role", ROLES)
def test_where_the_settings_ask_for_a_token_any_role_will_do_and_no_shared_cache_keeps_it(closed: Service, role: str) -> None:
    caller = closed.as_(role, {"recorder": "c1", "signatory": "c1"}.get(role))
    checkpoint = caller.get("/log/checkpoint")
    assert (checkpoint.status_code, checkpoint.headers["Cache-Control"]) == (200, "private, no-cache")
    for path in paths_at(closed.size):
        told = caller.get(path)
        assert (told.status_code, told.headers["Cache-Control"]) == (200, "private, max-age=604800, immutable")
        assert told.headers["Vary"] == "Authorization"
    assert problem_of(caller.get("/log/tile/0/001.p/1"))["code"] == "not-found"


def test_a_closed_log_is_told_the_same(closed: Service) -> None:
    with closed.ledger.read() as reading:
        assert reading.size == closed.size
    assert closed.as_("reader").get(paths_at(closed.size)[0]).content_type == TILE
