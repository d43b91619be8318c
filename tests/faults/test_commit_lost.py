"""The connection to PostgreSQL is lost in mid-commit, and the service cannot know whether the entry was kept.

It says 503 with Retry-After, and never 201 for what it has not heard of. Who sent a key sends the same again; who sent none looks,
after a dry run has been answered: that waits for the log's head, so by then nothing of the first attempt is still under way.
"""

import random
import socket
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from ledger.actions.check import check
from ledger.actions.publish import publish
from ledger.store.database import connect
from tests.faults.cluster import cluster
from tests.faults.doors import Door
from tests.faults.drill import Counts, Crew, Place, Tally, audit, serving, writing
from tests.faults.service import prepare
from tests.faults.wire import Cut, Wire, wire_to
from tests.postgres import wait_until

PATIENCE_SECONDS = 10.0
CUTS = (Cut.BEFORE, Cut.SENT, Cut.AFTER, Cut.ANYWHERE)
HOW_OFTEN = 0.25
SAID_WITHOUT_KEY = 8
KERNEL = ("TCP_USER_TIMEOUT", "TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT")


def through(wire: Wire, place: Place) -> Place:
    return replace(place, url=f"postgresql://postgres@127.0.0.1:{wire.port}/ledger")


def test_an_unknown_outcome_is_resolved_by_sending_again(luck: random.Random, tally: Tally, tmp_path: Path) -> None:
    with cluster() as primary, wire_to(primary, luck.randrange(2**32)) as wire:
        place = prepare(primary.url, tmp_path)
        fates = random.Random(luck.random())
        crew = Crew(place, 0, str(luck.random()), patience_seconds=PATIENCE_SECONDS)
        with serving(through(wire, place)) as server, writing(crew.at(server)):
            crew.wait_for(5)
            wire.plan = lambda: fates.choice(CUTS) if fates.random() < HOW_OFTEN else None
            wait_until(lambda: bool(crew.told.faults) or all(wire.cuts[cut] >= 2 for cut in CUTS), 60)
            wire.sever()  # and all of them at once, whatever they are doing
            wire.mend()
            crew.wait_for(5)
            told = crew.finish()
        tally.add(audit(place, told, server))
    # Whoever was answered nothing was told so, and found what was kept before the cut.
    assert told.unavailable >= wire.cuts.total() - wire.cuts[Cut.ANYWHERE]
    assert told.replayed >= wire.cuts[Cut.AFTER]


def test_an_unknown_outcome_without_a_key_is_resolved_by_looking(luck: random.Random, tally: Tally, tmp_path: Path) -> None:
    with cluster() as primary, wire_to(primary, luck.randrange(2**32)) as wire:
        place = prepare(primary.url, tmp_path)
        fates = [*CUTS, *(luck.choice(CUTS) for _ in range(SAID_WITHOUT_KEY - len(CUTS)))]
        luck.shuffle(fates)
        unheard: Counter[Cut] = Counter()
        with serving(through(wire, place)) as server:
            door = Door(place, server.port, "c1")
            for number, fate in enumerate(fates):
                fate_of_the_next = iter([fate])
                wire.plan = partial(next, fate_of_the_next, None)
                unheard[fate] += say_once(door, f"对接会 {number}")
            _a_connection_that_hangs_holds_up_nobody(wire, door)
            titles = Counter(entry["body"]["title"] for entry in door.entries("activity"))
            faults = server.complaints()
        with place.ledger() as ledger:
            publish(ledger)  # a checkpoint that was being signed when the service was stopped is signed again
            faults += [str(one) for one in check(replace(ledger, catalogue=replace(ledger.catalogue, programmes={})))]
    assert not faults
    assert titles == {f"对接会 {number}": 1 for number in range(SAID_WITHOUT_KEY)} | {"对接会 A": 1, "对接会 B": 1}
    for certain in (Cut.BEFORE, Cut.SENT, Cut.AFTER):
        assert unheard[certain] == fates.count(certain)
    tally.add(Counts(acknowledged=len(titles), unavailable=unheard.total() + 1, entries=len(titles)))


def _a_connection_that_hangs_holds_up_nobody(wire: Wire, door: Door) -> None:
    """The answer to a COMMIT never comes, though the connection stays open. Whoever asked is told when it ends."""
    wire.plan = partial(next, iter([Cut.FROZEN]), None)
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(door.say, "activity", activity("对接会 A"))
        wait_until(lambda: wire.cuts[Cut.FROZEN] == 1, PATIENCE_SECONDS)
        assert door.say("activity", activity("对接会 B")).status == 201
        assert not hanging.done()
        wire.mend()
        assert hanging.result(PATIENCE_SECONDS).status == 503


def activity(title: str) -> dict[str, Any]:
    """What no rule would refuse a second time."""
    return {"activity_type": "matchmaking", "title": title, "held_on": "2025-09-05", "firms": 3}


def say_once(door: Door, title: str) -> int:
    """Say it until it is there; how often that was not known."""
    body = activity(title)
    unheard = 0
    while True:
        if door.say("activity", body).status == 201:
            return unheard
        unheard += 1
        wait_until(lambda: door.say("activity", body, dry_run=True).status == 200, PATIENCE_SECONDS)
        if title in [entry["body"]["title"] for entry in door.entries("activity")]:
            return unheard


def test_a_machine_that_vanishes_is_given_up_within_seconds() -> None:
    """What the kernel is asked to do; nothing on one machine could swallow packets without the right to filter them."""
    with cluster() as primary:
        engine = connect(f"{primary.url}?keepalives_idle=7")
        with engine.connect() as connection, socket.socket(fileno=connection.connection.fileno()) as wire:
            try:
                asked = {name: wire.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) for name in KERNEL}
                alive = wire.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            finally:
                wire.detach()
        engine.dispose()
    assert alive == 1
    assert asked == {"TCP_USER_TIMEOUT": 20_000, "TCP_KEEPIDLE": 7, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}
