"""A bundle opens like any zip, holds what it has to and no more, and is the same to the byte whoever makes it and when."""

import base64
import hashlib
import io
import json
import tracemalloc
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from sqlalchemy import Engine, delete, insert, select, update

from ledger.actions.bundle import Bundle, bundle
from ledger.actions.ledger import Ledger
from ledger.actions.publish import publish
from ledger.actions.score import scorecard_of
from ledger.facts.actors import Actor, Role
from ledger.facts.problems import Refused
from ledger.kpi.language import load
from ledger.proof import leaves
from ledger.proof.archive import Opened
from ledger.proof.merkle import Damaged
from ledger.proof.policies import Policy, Witness
from ledger.proof.tiles import bundles_at, parse_entry_bundle, resources_at
from ledger.signing import load_key, new_key
from ledger.store import tables as t
from ledger.store.database import connect, reading, writing
from tests.actions.publishing import grow, key_of, ledger_in, sizes, with_settings
from tests.actions.scene import play, say
from tests.actions.test_check import Scene
from tests.filling import fill
from tests.proof.signers import Signer

AUDITOR = Actor("auditor", "auditor")
ON = date(2026, 3, 1)
SIZE = 34  # of the scene


@pytest.fixture
def ledger(engine: Engine, tmp_path: Path) -> Ledger:
    return ledger_in(tmp_path, engine)


@pytest.fixture
def at(ledger: Ledger) -> dict[str, int]:
    return play(ledger)


def asked(ledger: Ledger, actor: Actor = AUDITOR, **told: Any) -> Bundle:
    return bundle(ledger, actor, **{"programme": "hubei-2025", "subject": "c1", "on": ON} | told)


def made(ledger: Ledger, actor: Actor = AUDITOR, **told: Any) -> bytes:
    with asked(ledger, actor, **told) as one:
        return b"".join(one.chunks())


def files_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


def disclosed_in(files: dict[str, bytes]) -> dict[int, str]:
    lines = [json.loads(line) for line in files["disclosures.jsonl"].splitlines()]
    assert [line["index"] for line in lines] == sorted({line["index"] for line in lines})
    return {line["index"]: line["disclosure"] for line in lines}


def leaves_in(files: dict[str, bytes], size: int) -> list[bytes]:
    """All leaves, from the entry bundles."""
    return [leaf for tile in bundles_at(size) for leaf in parse_entry_bundle(files[f"log/{tile.path}"], tile.width)]


# --- what is in it ---------------------------------------------------------------------------------------------------


def test_a_bundle_has_its_members_in_order_and_in_the_one_spelling(ledger: Ledger, at: dict[str, int], tmp_path: Path) -> None:
    fill(ledger.engine, 600)
    (tmp_path / "bundle.zip").write_bytes(made(ledger))
    tiles = [tile.path for tile in (*resources_at(600), *bundles_at(600))]
    with Opened(tmp_path / "bundle.zip") as opened:
        assert list(opened.wrong()) == []
        assert opened.names == [
            "log/checkpoint", *(f"log/{path}" for path in tiles), "disclosures.jsonl", "policy.txt", "programmes/hubei-2025.toml",
            "scorecards.json", "manifest.json",
        ]  # fmt: skip


def test_the_manifest_says_what_is_in_the_bundle(ledger: Ledger, at: dict[str, int]) -> None:
    files = files_of(made(ledger))
    published = publish(ledger)
    assert published is not None
    manifest = json.loads(files["manifest.json"])
    assert files["manifest.json"] == rfc8785.dumps(manifest)
    digest, signature = manifest.pop("digest"), base64.b64decode(manifest.pop("signature"))
    key = load_key(ledger.settings.signing_key_file).key
    assert signature[:4] == key.id
    assert key.verifies(f"pool-ledger-bundle/v1\n{digest}\n", signature[4:])
    assert digest == hashlib.sha256(rfc8785.dumps(manifest)).hexdigest()
    foreign = manifest.pop("foreign")
    told = ("disclosures.jsonl", "policy.txt", "programmes/hubei-2025.toml", "scorecards.json")
    assert manifest == {
        "format": "pool-ledger-bundle",
        "v": 1,
        "origin": "ledger.example/log",
        "checkpoint": {"size": SIZE, "root": files["log/checkpoint"].splitlines()[2].decode()},
        "programme": "hubei-2025",
        "programme_digest": ledger.catalogue.programmes["hubei-2025"].digest,
        "subject": "c1",
        "on": "2026-03-01",
        "known_at": SIZE,
        "streams": [{"stream": "c1", "entries": 17}],
        "contested": [],
        "files": {name: hashlib.sha256(files[name]).hexdigest() for name in told},
    }
    own = {index for index, leaf in enumerate(leaves_in(files, SIZE)) if leaves.parse_leaf(leaf).stream == "c1"}
    assert own | set(foreign) == disclosed_in(files).keys()
    assert own & set(foreign) == set()


def test_each_disclosure_opens_its_leaf_and_none_is_of_a_later_entry(ledger: Ledger, at: dict[str, int]) -> None:
    size = at["verdict"]
    files = files_of(made(ledger, known_at=str(size)))
    assert json.loads(files["manifest.json"])["known_at"] == size
    assert json.loads(files["manifest.json"])["checkpoint"]["size"] == SIZE
    told = leaves_in(files, SIZE)
    disclosed = disclosed_in(files)
    assert {leaves.parse_leaf(told[index]).digest for index in disclosed} == {leaves.digest(one) for one in disclosed.values()}
    assert all(leaves.parse_leaf(told[index]).digest == leaves.digest(one) for index, one in disclosed.items())
    assert max(disclosed) < size
    assert {index for index, leaf in enumerate(told[:size]) if leaves.parse_leaf(leaf).stream == "c1"} <= disclosed.keys()


def test_a_line_of_disclosures_is_canonical(ledger: Ledger, at: dict[str, int]) -> None:
    lines = files_of(made(ledger))["disclosures.jsonl"]
    assert lines == b"".join(rfc8785.dumps(json.loads(line)) + b"\n" for line in lines.splitlines())


def test_the_figures_are_those_that_the_service_answers(ledger: Ledger, at: dict[str, int]) -> None:
    for size in (at["verdict"], SIZE):
        cards = files_of(made(ledger, known_at=str(size)))["scorecards.json"]
        programme = ledger.catalogue.programmes["hubei-2025"]
        with ledger.read() as now:
            levels = ("recorded", "attested", "verified")
            told = {level: scorecard_of(now, programme, "c1", on=ON, size=size, level=level) for level in levels}
        assert cards == rfc8785.dumps(told)
    assert json.loads(cards)["recorded"]["targets"] != json.loads(cards)["verified"]["targets"]


def test_the_programme_comes_along_by_which_the_figures_were_counted(ledger: Ledger, at: dict[str, int], tmp_path: Path) -> None:
    (tmp_path / "programmes").mkdir()
    (tmp_path / "programmes" / "hubei-2025.toml").write_bytes(files_of(made(ledger))["programmes/hubei-2025.toml"])
    there = load(tmp_path / "programmes").programmes
    assert there["hubei-2025"].digest == ledger.catalogue.programmes["hubei-2025"].digest


def test_the_policy_names_the_log_and_whoever_must_have_signed(ledger: Ledger, at: dict[str, int]) -> None:
    assert Policy.parse(files_of(made(ledger))["policy.txt"].decode()) == Policy((key_of(ledger),))
    witness = Witness("w1", Signer("witness.example/w1", b"\7" * 32, 4).key)
    asking = with_settings(ledger, witnesses=Policy((), (witness,), (), None))
    assert Policy.parse(files_of(made(asking))["policy.txt"].decode()) == Policy((key_of(ledger),), (witness,))


def test_a_contested_line_is_named_with_the_deal_that_stands_in_its_way(ledger: Ledger, at: dict[str, int]) -> None:
    """The entry in the way belongs to another centre: its index is told, its content is not (RULINGS 9)."""
    files = files_of(made(ledger, subject="c2", known_at=str(at["reversal"])))
    holder = at["licence"] + 2
    assert json.loads(files["manifest.json"])["contested"] == [{"entry": at["claimed"], "line": 1, "by": holder}]
    assert holder not in disclosed_in(files)


def test_a_region_s_bundle_discloses_every_stream(ledger: Ledger, at: dict[str, int]) -> None:
    take_part(ledger)
    files = files_of(made(ledger, programme="hubei-2022", subject="420000"))
    manifest = json.loads(files["manifest.json"])
    assert manifest["streams"] == [
        {"stream": "c1", "entries": 17}, {"stream": "c2", "entries": 4}, {"stream": "hb-ipo", "entries": 14},
    ]  # fmt: skip
    assert manifest["foreign"] == []
    assert list(disclosed_in(files)) == list(range(SIZE + 1))


def take_part(ledger: Ledger) -> None:
    """The province itself, in a programme of provinces."""
    told = {"programme": "hubei-2022", "subject": "420000", "state": "started", "on": "2025-08-01", "start_on": "2025-08-01"}
    say(ledger, "authority", "hb-ipo", ("participation", told))


# --- the same for ever -----------------------------------------------------------------------------------------------


def test_the_same_request_gives_the_same_bytes_for_ever(ledger: Ledger, at: dict[str, int]) -> None:
    """Whoever asks, whatever was recorded and signed since, and by whichever process."""
    first = made(ledger)
    with asked(ledger) as one:
        key = one.key
    grow(ledger, 50, 3)
    publish(ledger)
    elsewhere = connect(ledger.engine.url)
    another = replace(ledger, engine=elsewhere, read_engine=elsewhere, tile_roots={})
    assert made(another, Actor("recorder", "recorder@c1", "c1"), known_at=str(SIZE)) == first
    with asked(another, known_at=str(SIZE)) as one:
        assert one.key == key
        assert one.published.size == SIZE
    elsewhere.dispose()
    assert made(ledger) != first


@pytest.mark.postgresql
def test_the_same_log_gives_the_same_bytes_on_each_database(sqlite_url: str, postgresql_url: str, tmp_path: Path) -> None:
    engines = [connect(url) for url in (sqlite_url, postgresql_url)]
    ledgers = [ledger_in(tmp_path, engine) for engine in engines]
    play(ledgers[0], fillers=300)
    take_part(ledgers[0])
    publish(ledgers[0])
    carry(*engines)
    for told in ({}, {"known_at": "30"}, {"subject": "c2"}, {"programme": "hubei-2022", "subject": "420000"}):
        assert made(ledgers[0], **told) == made(ledgers[1], **told)
    for engine in engines:
        engine.dispose()


def carry(source: Engine, target: Engine) -> None:
    """Everything from one database to another, empty one."""
    with reading(source) as connection:
        rows = {table: [dict(row._mapping) for row in connection.execute(select(table))] for table in t.metadata.sorted_tables}
    with writing(target) as connection:
        connection.execute(update(t.log_head).values(rows.pop(t.log_head)[0]))
        for table, told in rows.items():
            if told:
                connection.execute(insert(table), told)


def test_what_tells_bundles_apart_is_in_their_keys(ledger: Ledger, at: dict[str, int]) -> None:
    signed = with_settings(ledger, witnesses=Policy((), (Witness("w1", Signer("w.example", b"\7" * 32, 4).key),), (), None))
    keys = set()
    for where, told in (
        (ledger, {}), (ledger, {"subject": "c2"}), (ledger, {"on": date(2026, 2, 1)}), (ledger, {"known_at": "20"}), (signed, {}),
    ):  # fmt: skip
        with asked(where, **told) as one:
            keys.add(one.key)
    grow(ledger, 60)
    with asked(ledger) as one:
        keys.add(one.key)
    assert len(keys) == 6


def test_where_a_witness_is_reached_is_told_nobody(ledger: Ledger, at: dict[str, int]) -> None:
    key = Signer("w.example", b"\7" * 32, 4).key
    keys, texts = set(), set()
    for url in (None, "https://user:secret@10.0.0.7/w"):
        with asked(with_settings(ledger, witnesses=Policy((), (Witness("w1", key, url),), (), None))) as one:
            keys.add(one.key)
            texts.add(one.policy.text)
    assert len(keys) == 1
    assert len(texts) == 1
    assert "secret" not in texts.pop()


def test_the_smallest_published_checkpoint_that_covers_the_size_is_taken(ledger: Ledger, at: dict[str, int]) -> None:
    publish(ledger)
    grow(ledger, 50, 2)
    publish(ledger)
    for known_at, size in (("1", SIZE), (str(SIZE), SIZE), (str(SIZE + 1), SIZE + 2)):
        with asked(ledger, known_at=str(max(int(known_at), 9))) as one:
            assert one.published.size == size
    assert sizes(ledger) == [SIZE, SIZE + 2]
    grow(ledger, 60)
    with asked(ledger) as one:  # none covers it yet
        assert one.published.size == SIZE + 3


# --- who gets it -----------------------------------------------------------------------------------------------------

OUTSIDE = "420500"  # the region of c2, and not of c1 or the office


@pytest.mark.parametrize(
    ("role", "centre", "region", "may"),
    [
        ("auditor", None, None, {"c1", "c2", "420000"}),
        ("authority", "hb-ipo", None, {"c1", "c2", "420000"}),
        ("authority", "hb-ipo", OUTSIDE, {"c2"}),
        ("recorder", "c1", None, {"c1"}),
        ("signatory", "c1", None, {"c1"}),
        ("recorder", "hb-ipo", None, set()),
        ("reader", None, None, set()),
    ],
)
def test_a_bundle_is_for_those_who_may_read_what_it_discloses(
    ledger: Ledger, at: dict[str, int], role: Role, centre: str | None, region: str | None, may: set[str]
) -> None:
    take_part(ledger)
    actor = Actor(role, "somebody", centre, region)
    got = set()
    for subject, programme in (("c1", "hubei-2025"), ("c2", "hubei-2025"), ("420000", "hubei-2022")):
        try:
            made(ledger, actor, programme=programme, subject=subject)
            got.add(subject)
        except Refused as refused:
            assert refused.code == "forbidden"
    assert got == may


def test_an_office_gets_all_streams_only_while_all_of_them_lie_in_its_region(ledger: Ledger, at: dict[str, int]) -> None:
    """What counts is what the bundle would disclose: streams that began later are not in it."""
    take_part(ledger)
    region = {"programme": "hubei-2022", "subject": "420000"}
    office = Actor("authority", "authority@hb-ipo", "hb-ipo")
    before = SIZE + 1
    found_another_office(ledger)
    with pytest.raises(Refused, match="js-ipo are not yours"):
        made(ledger, office, **region)
    assert made(ledger, AUDITOR, **region)
    assert made(ledger, office, known_at=str(before), **region)
    with pytest.raises(Refused) as refused:
        made(ledger, Actor("authority", "authority@js-ipo", "js-ipo"), known_at=str(before), **region)
    assert refused.value.code == "forbidden"


def found_another_office(ledger: Ledger) -> None:
    from ledger.actions.offices import found

    found(ledger, code="js-ipo", name="江苏省知识产权局", centre_kind="province_office", region="320000")


# --- what is refused, and when ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"programme": "nothing"}, "not-found"),
        ({"subject": "hb-ipo"}, "not-found"),
        ({"subject": "nobody"}, "not-found"),
        ({"known_at": "3"}, "not-found"),
        ({"known_at": "35"}, "unknown-size"),
        ({"known_at": "2027-01-01T00:00:00Z"}, "unknown-size"),
        ({"known_at": "soon"}, "invalid"),
    ],
)
def test_a_refusal_comes_before_anything_is_published(ledger: Ledger, at: dict[str, int], told: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refused:
        asked(ledger, **told)
    assert refused.value.code == code
    assert sizes(ledger) == []


def unavailable(ledger: Ledger) -> str:
    with pytest.raises(Refused) as refused:
        asked(ledger)
    assert refused.value.code == "unavailable"
    return str(refused.value)


def test_without_a_checkpoint_there_is_no_bundle(ledger: Ledger, at: dict[str, int], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    unavailable(with_settings(ledger, signing_key_file=tmp_path / "file" / "signing.key"))


def test_without_the_key_that_signed_nobody_can_say_whose_log_it_is(ledger: Ledger, at: dict[str, int], tmp_path: Path) -> None:
    publish(ledger)
    assert "not on this machine" in unavailable(with_settings(ledger, signing_key_file=tmp_path / "none"))
    new_key(tmp_path / "other", "ledger.example/log")
    assert "not on this machine" in unavailable(with_settings(ledger, signing_key_file=tmp_path / "other"))
    (tmp_path / "broken").write_text("PRIVATE+KEY+")
    assert "whole private key" in unavailable(with_settings(ledger, signing_key_file=tmp_path / "broken"))


def test_a_database_that_lags_behind_gives_no_bundle_it_cannot_fill(sqlite_url: str, tmp_path: Path) -> None:
    engine = connect(sqlite_url)
    ledger = ledger_in(tmp_path, engine)
    play(ledger)
    engine.dispose()
    (tmp_path / "replica.db").write_bytes((tmp_path / "ledger.db").read_bytes())
    replica = connect(f"sqlite:///{tmp_path / 'replica.db'}")
    unavailable(replace(ledger, read_engine=replica))
    assert sizes(ledger) == [SIZE]  # it is published, and there the next time
    assert made(ledger)
    replica.dispose()
    engine.dispose()


def test_a_bundle_that_cannot_be_finished_has_no_end(ledger: Ledger, at: dict[str, int]) -> None:
    """What was written until then is no zip file, so nobody can take it for a whole one."""
    with asked(ledger) as one:
        whole = b"".join(one.chunks())
    lost = at["licence"]
    Scene(ledger, ledger.engine, at).alter(lambda c, _: c.execute(delete(t.disclosure).where(t.disclosure.c.entry == lost)))
    begun: list[bytes] = []
    with asked(ledger) as one, pytest.raises(Damaged):
        begun.extend(one.chunks())
    data = b"".join(begun)
    assert len(data) > 1000
    assert whole.startswith(data)
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(data))


def test_a_bundle_lets_go_of_the_database_when_it_is_closed(ledger: Ledger, at: dict[str, int]) -> None:
    pool: Any = ledger.read_engine.pool
    free = pool.checkedout()
    one = asked(ledger)
    next(one.chunks())
    assert pool.checkedout() == free + 1
    one.close()
    one.close()
    assert pool.checkedout() == free
    with pytest.raises(Refused):
        asked(ledger, subject="nobody")
    assert pool.checkedout() == free


# --- its size --------------------------------------------------------------------------------------------------------


def test_progress_is_told_in_entries_up_to_the_last(ledger: Ledger, at: dict[str, int]) -> None:
    fill(ledger.engine, 600)
    told: list[tuple[int, int]] = []
    with asked(ledger) as one:
        for _ in one.chunks(lambda done, total: told.append((done, total))):
            pass
    foreign = len(json.loads(files_of(made(ledger))["manifest.json"])["foreign"])
    total = 600 + (17 + 600 - SIZE) + foreign
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert {total for _, total in told} == {total}
    assert told[-1] == (total, total)


@pytest.mark.slow
def test_a_long_log_takes_no_more_memory_than_a_short_one(ledger: Ledger, at: dict[str, int]) -> None:
    peaks = []
    for size in (3_000, 30_000):
        fill(ledger.engine, size)
        peaks.append(peak_of(ledger))
    assert peaks[1] < peaks[0] + 1_000_000, f"{peaks} bytes"


def peak_of(ledger: Ledger) -> int:
    """What is held at most while a bundle is written, after one that has filled all caches."""
    made(ledger)
    written = 0
    tracemalloc.start()
    with asked(ledger) as one:
        for piece in one.chunks():
            written += len(piece)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert written > peak
    return peak
