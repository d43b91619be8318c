"""Many writers at once, threads of one process and processes of their own: one log comes of it, and everybody is answered rightly.

Each writer says things of its own, and races the others for a deal number and for an idempotency key.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import get_context
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from ledger.actions.check import check
from ledger.actions.ledger import Ledger
from ledger.actions.record import Answer, submit
from ledger.facts.actors import Actor
from ledger.facts.problems import Refused
from ledger.store import tables as t
from ledger.store.database import connect, reading
from schemas.entries import load_batch
from tests.actions.scene import Said, found, ledger_on, licence, patent, say

THREADS, PROCESSES, ROUNDS = 16, 4, 4
FOUND = 10 + ROUNDS  # entries that are there before the race begins
LAST_WORD_SECONDS = 60

Outcome = tuple[str, bytes, bool]  # of which request, the answer (or the codes of a refusal), whether it was replayed


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    made = ledger_on(engine)
    found(made)
    say(made, "recorder", "c1", *(patent(number) for number in range(ROUNDS)))
    return made


def write(ledger: Ledger, number: int, writers: int) -> list[Outcome]:
    """What one writer does, and what it is answered. Raises whatever is no answer."""
    centre = ("c1", "c2")[number % 2]
    outcomes: list[Outcome] = []

    def tell(name: str, *said: Said, key: str | None = None) -> None:
        items = load_batch({"entries": [{"kind": kind, "centre": centre, "body": body} for kind, body in said]})
        try:
            answer = submit(ledger, Actor("recorder", f"recorder@{centre}", centre), items, batch=True, key=key)
        except Refused as refusal:
            outcomes.append((name, ",".join(sorted({problem.code for problem in refusal.problems})).encode(), False))
        else:
            assert isinstance(answer, Answer)
            outcomes.append((name, answer.body, answer.replayed))

    for round_ in range(ROUNDS):
        own = 100 + number * ROUNDS + round_
        tell(f"own {own}", patent(own), licence(f"own-{own}", [own]), key=f"own-{own}")
        tell(f"number {centre} {round_}", licence(f"L-{round_}", [round_], amount=f"{1 + number}.00"))
        tell(f"key {centre} {round_}", ("activity", {"activity_type": "matchmaking", "title": f"第{round_}场",
             "held_on": "2025-09-05", "firms": 3}), key=f"key-{round_}")  # fmt: skip
        tell(f"refused {own}", patent(9000 + own), licence(f"bad-{own}", [9999]))
    return outcomes


Run = Callable[[str, Ledger], list[list[Outcome]]]


def in_threads(_: str, ledger: Ledger) -> list[list[Outcome]]:
    ready = Barrier(THREADS)

    def writer(number: int) -> list[Outcome]:
        ready.wait(LAST_WORD_SECONDS)
        return write(ledger, number, THREADS)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(writer, range(THREADS), timeout=LAST_WORD_SECONDS))


def in_processes(url: str, _: Ledger) -> list[list[Outcome]]:
    context = get_context("spawn")
    ready = context.Barrier(PROCESSES)
    with ProcessPoolExecutor(PROCESSES, context, initializer=_wait_for_all, initargs=(ready,)) as pool:
        asked = [pool.submit(_writer, url, number) for number in range(PROCESSES)]
        return [one.result(LAST_WORD_SECONDS) for one in asked]


def _wait_for_all(ready: Any) -> None:
    ready.wait(LAST_WORD_SECONDS)


def _writer(url: str, number: int) -> list[Outcome]:
    with opened(url) as ledger:
        return write(ledger, number, PROCESSES)


@contextmanager
def opened(url: str) -> Iterator[Ledger]:
    engine = connect(url)
    yield ledger_on(engine)
    engine.dispose()


@pytest.mark.parametrize("run", [in_threads, in_processes])
def test_writers_at_once_make_one_log(run: Run, database_url: str, ledger: Ledger) -> None:
    began = time.monotonic()
    by_writer = run(database_url, ledger)
    took = time.monotonic() - began
    outcomes = [outcome for one in by_writer for outcome in one]
    assert len(outcomes) == len(by_writer) * ROUNDS * 4
    entries = _what_belongs_to_one_writer_is_taken_and_the_rest_once(outcomes)

    with reading(ledger.engine) as connection:
        placed = connection.execute(select(t.entry.c.index.label("at"), t.entry.c.centre, t.entry.c.seq).order_by("at")).all()
        keys = connection.execute(select(func.count()).select_from(t.idempotency)).scalar_one()
    assert [row.at for row in placed] == list(range(FOUND + entries))
    for centre in {row.centre for row in placed}:
        seqs = [row.seq for row in placed if row.centre == centre]
        assert seqs == list(range(len(seqs)))
    assert keys == len(by_writer) * ROUNDS + 2 * ROUNDS
    assert list(check(replace(ledger, catalogue=replace(ledger.catalogue, programmes={})))) == []
    assert took < LAST_WORD_SECONDS


def _what_belongs_to_one_writer_is_taken_and_the_rest_once(outcomes: list[Outcome]) -> int:
    """Checks every answer; how many entries they tell of."""
    entries = 0
    contests: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        name, answer, replayed = outcome
        if name.startswith("own"):
            assert (answer[:9], replayed) == (b'{"first":', False)
            entries += 2
        elif name.startswith("refused"):
            assert answer == b"unknown-patent"
        else:
            contests.setdefault(name, []).append(outcome)
    assert len(contests) == 2 * 2 * ROUNDS
    for name, answered in contests.items():
        entries += 1
        if name.startswith("number"):
            told = Counter(answer if answer == b"deal-exists" else b"taken" for _, answer, _ in answered)
            assert told == {b"taken": 1, b"deal-exists": len(answered) - 1}, name
        else:
            assert len({answer for _, answer, _ in answered}) == 1, name
            assert sorted(replayed for *_, replayed in answered) == [False, *[True] * (len(answered) - 1)], name
    return entries
