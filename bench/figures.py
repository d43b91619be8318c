"""Reading: scorecards and totals against hand-written SQL, an old state of knowledge against the present one, 304, and `check`.

Whatever is compared answers the same number first, else the run ends.
"""

import re
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any

from bench import bulk, byhand
from bench.appends import CONNECTIONS
from bench.load import drive, http_request
from bench.report import Row, Spread, in_turns, milliseconds, number, rate, ratios
from bench.scene import Scene
from bench.years import BEGINS, ENDS, centres_of, chain_of, operator_of
from ledger.actions.check import check
from ledger.actions.ledger import Ledger
from ledger.actions.score import TotalsRequest, scorecard, totals
from ledger.facts.actors import Actor
from ledger.facts.money import parse_in_unit
from ledger.proof.merkle import Frontier, leaf_hash

AUDITOR = Actor("auditor", "bench")
PROGRAMME = "hubei-2025"
REGION = "420000"
ON = ENDS  # the period is over: everything in it is counted, and what is not reached is missed
PLACE = 0  # of the centre that is scored
SCORECARD_PATH = f"/v1/programmes/{PROGRAMME}/scorecards/{{}}?on={ON.isoformat()}"
NAMED = {"hei_sme_times": "count", "region_times": "count", "form_deal_amount": "sum", "hei_enterprise_patents": "distinct patents"}


class Differs(Exception):
    """Two ways to one number that do not agree."""


def seconds_of(work: Callable[[], object]) -> float:
    begun = perf_counter()
    work()
    return perf_counter() - begun


# --- what is asked ---------------------------------------------------------------------------------------------------


def card(ledger: Ledger, centre: str, known_at: str | None = None) -> dict[str, Any]:
    with ledger.read() as reading:
        return dict(scorecard(reading, AUDITOR, PROGRAMME, centre, on=ON, known_at=known_at, level="recorded").answer())


def total(ledger: Ledger, metric: str, centre: str | None, known_at: str | None = None) -> int:
    """A figure over the whole period, in fen or as a count."""
    region = REGION if metric == "region_times" else None
    request = TotalsRequest(metric=metric, centre=centre, region=region, from_=BEGINS, to=ENDS, on=ON, known_at=known_at)
    with ledger.read() as reading:
        return exact(ledger, metric, totals(reading, AUDITOR, request).answer()["rows"][0]["value"])


def exact(ledger: Ledger, metric: str, value: str) -> int:
    """A figure's text as a whole number: fen, where it is money."""
    unit = ledger.catalogue.metrics[metric].unit
    return int(parse_in_unit(value, unit)) if ledger.catalogue.metrics[metric].is_money else int(value)


class ByHand:
    """The same, by hand."""

    def __init__(self, connection: Any, centre: str) -> None:
        self.connection = connection
        self.parameters = byhand.parameters(
            centre=centre, operator=operator_of(PLACE), industry=chain_of(PLACE), begins=BEGINS, ends=ENDS, on=ON,
            state_day=ENDS - timedelta(days=1),
        )  # fmt: skip

    def row(self, statement: str) -> tuple[int, ...]:
        with self.connection, self.connection.cursor() as cursor:
            cursor.execute(statement, self.parameters)
            return tuple(int(value) for value in cursor.fetchone())


# --- against SQL by hand ---------------------------------------------------------------------------------------------


def against_hand(scene: Scene) -> list[Row]:
    ledger, centre = scene.full.ledger, centres_of(scene.plan.rows)[PLACE]
    with bulk.connected(scene.full.url) as connection:
        hand = ByHand(connection, centre)
        rows = _scorecard_rows(scene, ledger, centre, hand)
        for (metric, of_centre), statement in byhand.TOTALS.items():
            asked = centre if of_centre else None
            agree(f"{metric} of {asked or 'the whole ledger'}", (total(ledger, metric, asked),), hand.row(statement))
            found = in_turns(scene.plan.looks, {
                "ours": partial(seconds_of, partial(total, ledger, metric, asked)),
                "hand": partial(seconds_of, partial(hand.row, statement)),
            })  # fmt: skip
            what = f"total, {'one centre' if of_centre else 'whole ledger'}, {NAMED[metric]}"
            by_hand = f"by hand {milliseconds(found['hand'])}"
            bars = (None, None) if of_centre else (5_000.0, 300.0) if NAMED[metric] == "distinct patents" else (1_500.0, 50.0)
            rows.append(Row(what, milliseconds(found["ours"]), by_hand, ratios(found["ours"], found["hand"]), better="less"))
            if bars[0] is not None:
                rows.append(Row(what, milliseconds(found["ours"]), "", in_milliseconds(found["ours"]), *bars, "less", "ms", True))
        return rows


def _scorecard_rows(scene: Scene, ledger: Ledger, centre: str, hand: ByHand) -> list[Row]:
    told = {target["id"]: target for target in card(ledger, centre)["targets"]}
    programme = ledger.catalogue.programmes[PROGRAMME]
    ours = []
    for id_ in byhand.TARGETS:
        target = programme.target(id_)
        assert target is not None
        assert target.metric is not None
        ours.append(exact(ledger, target.metric.id, told[id_]["value"]))
    agree(f"the scorecard of {centre}", tuple(ours), hand.row(byhand.SCORECARD))
    found = in_turns(scene.plan.looks, {
        "ours": partial(seconds_of, partial(card, ledger, centre)),
        "hand": partial(seconds_of, partial(hand.row, byhand.SCORECARD)),
    })  # fmt: skip
    (deals,) = hand.row(byhand.DEALS)
    what, by_hand = f"scorecard of a centre with {deals} deals", f"its 8 values by hand {milliseconds(found['hand'])}"
    return [
        Row(what, milliseconds(found["ours"]), "", in_milliseconds(found["ours"]), 40, 10, "less", "ms", True),
        Row(what, milliseconds(found["ours"]), by_hand, ratios(found["ours"], found["hand"]), better="less"),
    ]


def agree(what: str, ours: tuple[int, ...], by_hand: tuple[int, ...]) -> None:
    if ours != by_hand:
        raise Differs(f"{what} is {ours} by the ledger and {by_hand} by hand")


def in_milliseconds(seconds: list[float]) -> Spread:
    return Spread.of([one * 1000 for one in seconds])


# --- as it was known earlier -----------------------------------------------------------------------------------------


def at_an_old_size(scene: Scene) -> list[Row]:
    """What was known before anything had followed the contracts, against what is known now."""
    ledger, centre = scene.full.ledger, centres_of(scene.plan.rows)[PLACE]
    old = str(scene.held.contracts)
    asked: dict[str, Callable[[str | None], object]] = {
        "scorecard of a centre": partial(card, ledger, centre),
        "total, whole ledger, sum": partial(total, ledger, "form_deal_amount", None),
    }
    rows = []
    for what, ask in asked.items():
        ask(old)
        found = in_turns(scene.plan.looks, {
            "old": partial(seconds_of, partial(ask, old)),
            "now": partial(seconds_of, partial(ask, None)),
        })  # fmt: skip
        rows.append(
            Row(f"{what}, as known at {old} of {scene.held.entries} entries", milliseconds(found["old"]),
                f"known now {milliseconds(found['now'])}", ratios(found["old"], found["now"]), 20, 3, "less", sized=True)
        )  # fmt: skip
    return rows


# --- over HTTP -------------------------------------------------------------------------------------------------------


def over_http(scene: Scene) -> list[Row]:
    """How long a scorecard takes to arrive, and how many unchanged ones are told in a second."""
    plan, port = scene.plan, scene.full.port
    path = SCORECARD_PATH.format(centres_of(plan.rows)[PLACE])
    token = {"Authorization": f"Bearer {scene.full.auditor}"}
    asking = http_request("GET", path, token)
    knowing = http_request("GET", path, token | {"If-None-Match": tag_of(port, asking)})
    bare = http_request("GET", "/", {})
    alone = [drive(port, again(asking), connections=1, seconds=plan.seconds, status=200) for _ in range(plan.rounds + 1)][1:]
    latencies = [one for each in alone for one in each.latencies_ms]
    p50, p99 = ([one.percentile_ms(percent) for one in alone] for percent in (50, 99))
    found = in_turns(plan.rounds, {
        "ours": lambda: drive(port, again(knowing), connections=CONNECTIONS, seconds=plan.seconds, status=304).per_second,
        "bare": lambda: drive(scene.bare, again(bare), connections=CONNECTIONS, seconds=plan.seconds, status=200).per_second,
    })  # fmt: skip
    many = f"{len(latencies)} answers"
    return [
        Row("scorecard over HTTP, 1 connection, p50", f"{number(median(p50))} ms", many, Spread.of(p50), better="less", unit="ms"),
        Row("scorecard over HTTP, 1 connection, p99", f"{number(median(p99))} ms", many, Spread.of(p99), better="less", unit="ms"),
        Row(f"304 on an unchanged scorecard, {CONNECTIONS} connections", rate(found["ours"]),
            f"bare endpoint {rate(found['bare'])}", ratios(found["ours"], found["bare"]), 0.4, 0.7),
    ]  # fmt: skip


def again(request: bytes) -> Iterator[bytes]:
    while True:
        yield request


def tag_of(port: int, request: bytes) -> str:
    """The ETag of an answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as asking:
        asking.sendall(request)
        head = b""
        while b"\r\n\r\n" not in head:
            head += asking.recv(65_536)
    found = re.search(rb"^etag: *(\S+)", head, re.I | re.M)
    assert found, head[:500]
    return found[1].decode()


# --- check -----------------------------------------------------------------------------------------------------------


def checked(scene: Scene) -> list[Row]:
    """Everything worked out again and compared, against nothing but hashing as many leaves into a tree."""
    ledger = scene.full.ledger
    with ledger.read() as reading:
        size = reading.size

    def ours() -> float:
        deviations: list[object] = []
        seconds = seconds_of(lambda: deviations.extend(check(ledger)))
        if deviations:
            raise Differs(f"check found {len(deviations)} deviations, first {deviations[0]}")
        return size / seconds

    found = in_turns(1, {"ours": ours, "tree": partial(tree, size)})
    return [
        Row(f"check of {size} entries", rate(found["ours"], " entries/s"), f"bare Merkle tree {rate(found['tree'])}",
            ratios(found["ours"], found["tree"]))
    ]  # fmt: skip


def tree(size: int) -> float:
    """Leaves a second that are hashed into a tree, and nothing else."""
    frontier, leaf = Frontier(), bytes(400)
    begun = perf_counter()
    frontier.extend(leaf_hash(leaf) for _ in range(size))
    frontier.root()
    return size / (perf_counter() - begun)
