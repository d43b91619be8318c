"""Appending: one entry a request, a thousand a request, and what a long log costs."""

import json
from collections.abc import Iterator
from functools import partial
from itertools import count
from statistics import median

from bench import bulk
from bench.load import Drive, drive, http_request
from bench.report import Row, in_turns, number, rate, ratios
from bench.scene import Door, Scene
from bench.servers import database
from bench.years import licence

CONNECTIONS, MANY = 16, 64
BATCH = 1_000
CLIENTS = 8
JSON = {"Content-Type": "application/json"}

NUMBERS = count()  # of the licences of this run: none is said twice


def single(door: Door) -> Iterator[bytes]:
    headers = JSON | {"Authorization": f"Bearer {door.recorder}"}
    while True:
        yield http_request("POST", "/v1/entries", headers, json.dumps(licence("single", next(NUMBERS))).encode())


def idle() -> Iterator[bytes]:
    """The same body for the endpoint that does nothing with it."""
    request = http_request("POST", "/", JSON, json.dumps(licence("idle", 0)).encode())
    while True:
        yield request


def append_one(scene: Scene) -> list[Row]:
    plan = scene.plan
    sources = {
        "bare": (scene.bare, idle(), 200),
        "new": (scene.new.port, single(scene.new), 201),
        "full": (scene.full.port, single(scene.full), 201),
        "sqlite": (scene.sqlite.port, single(scene.sqlite), 201),
    }

    def driven(name: str, connections: int, seconds: float) -> Drive:
        port, requests, status = sources[name]
        return drive(port, requests, connections=connections, seconds=seconds, status=status)

    for name in sources:
        driven(name, CONNECTIONS, min(0.5, plan.seconds))  # workers import and compile on their first requests
    found = in_turns(plan.rounds, {n: lambda n=n: driven(n, CONNECTIONS, plan.seconds).per_second for n in sources})  # type: ignore[misc]
    bare = f"bare endpoint {rate(found['bare'])}"
    rows = [
        Row(f"append one, {where}, {CONNECTIONS} connections", rate(found[name]), bare, ratios(found[name], found["bare"]), *asked)
        for name, where, asked in (("new", "PostgreSQL", (0.15, 0.30)), ("sqlite", "SQLite", ()))
    ]
    drives: dict[str, list[Drive]] = {"bare": [], "new": []}
    for _ in range(plan.rounds):
        for name, found_drives in drives.items():
            found_drives.append(driven(name, MANY, plan.seconds))
    p99 = [one.percentile_ms(99) for one in drives["new"]]
    p50 = [one.percentile_ms(50) for one in drives["bare"]]
    rows.append(
        Row(f"append one, PostgreSQL, {MANY} connections: p99 against p50 of the bare endpoint", f"{number(median(p99))} ms",
            f"{number(median(p50))} ms", ratios(p99, p50), 10, 5, "less")
    )  # fmt: skip
    rows.append(
        Row(f"append one with {scene.held.lines} lines in the database", rate(found["full"]), f"with none {rate(found['new'])}",
            ratios(found["full"], found["new"]), 0.8, 0.95, sized=True)
    )  # fmt: skip
    return rows


class _Batches:
    """A batch over HTTP, and the same rows written by hand straight after it."""

    def __init__(self, door: Door, twins: bulk.Twins) -> None:
        self.door = door
        self.twins = twins
        self.first = 0

    def ours(self) -> float:
        headers = JSON | {"Authorization": f"Bearer {self.door.recorder}"}
        entries = [licence("batch", next(NUMBERS)) for _ in range(BATCH)]
        request = http_request("POST", "/v1/entries/batch", headers, json.dumps({"entries": entries}).encode())
        with self.door.ledger.read() as reading:
            self.first = reading.size
        return BATCH / drive(self.door.port, iter([request]), connections=1, seconds=0, status=201).seconds

    def by_values(self) -> float:
        return BATCH / self.twins.by_values(self.twins.rows_of(self.first, BATCH))

    def by_copy(self) -> float:
        return BATCH / self.twins.by_copy(self.twins.text_of(self.first, BATCH))


def append_batch(scene: Scene) -> list[Row]:
    """Batches against the same rows by hand, and against single transactions of the database alone and of pgledger."""
    program, seconds = bulk.pgbench_path(), scene.plan.seconds
    with bulk.connected(scene.new.url) as ours, database(scene.server, "bench_partner") as url:
        twins = bulk.Twins(ours)
        batches = _Batches(scene.new, twins)
        parties = {"ours": batches.ours, "values": batches.by_values, "copy": batches.by_copy}
        partners = {"values": "same rows by execute_values", "copy": "same rows by COPY"}
        with bulk.connected(url) as connection:
            if program:
                bulk.prepare_one_row(connection)
                parties["row"] = partial(bulk.pgbench, program, url, bulk.ONE_ROW, clients=CLIENTS, seconds=seconds)
                partners["row"] = f"pgbench, one row a transaction, {CLIENTS} clients"
            if program and scene.plan.pgledger:
                bulk.prepare_pgledger(connection, scene.plan.pgledger)
                parties["pgledger"] = partial(bulk.pgbench, program, url, bulk.TRANSFER, clients=CLIENTS, seconds=seconds)
                partners["pgledger"] = f"pgledger transfers, {CLIENTS} clients"
        batches.ours()  # the worker's first batch is not like the others
        found = in_turns(scene.plan.rounds, parties)
        twins.close()
    asked = {"pgledger": (1.0, 3.0)}
    return [
        Row(f"append batch of {BATCH}, PostgreSQL, 1 connection", rate(found["ours"]), f"{partner} {rate(found[name])}",
            ratios(found["ours"], found[name]), *asked.get(name, ()))
        for name, partner in partners.items()
    ]  # fmt: skip
