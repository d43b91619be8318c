"""The measurements' own arithmetic and data: what a ratio says, when an answer is whole, and that both sides count the same.

How fast anything is, no test says.
"""

import json
import socket
import threading
from collections import Counter
from collections.abc import Iterator

import pytest

from bench import bulk, byhand, figures, years
from bench.load import Unexpected, drive, http_request, percentile, status_of
from bench.report import Row, Spread, in_turns, number, ratios, summary, table
from ledger.actions.ledger import Ledger
from ledger.config import Settings
from schemas.entries import load_batch

# --- arithmetic ------------------------------------------------------------------------------------------------------


def test_a_percentile_is_a_value_that_so_many_do_not_exceed():
    hundred = [float(n) for n in range(100, 0, -1)]
    assert [percentile(hundred, p) for p in (0, 1, 50, 99, 100)] == [1, 1, 50, 99, 100]
    assert percentile([7.0], 99) == 7
    assert percentile([1.0, 2.0, 3.0], 50) == 2


def test_ratios_are_taken_round_by_round():
    assert ratios([10, 30, 8], [10, 10, 4]) == Spread(median=2, least=1, greatest=3)
    with pytest.raises(ValueError, match="zip"):
        ratios([1, 2], [1])


def test_parties_are_measured_in_turns():
    order: list[str] = []

    def party(name: str, figure: float):
        return lambda: order.append(name) or figure

    assert in_turns(2, {"a": party("a", 1.5), "b": party("b", 2.5)}) == {"a": [1.5, 1.5], "b": [2.5, 2.5]}
    assert order == ["a", "b", "a", "b"]


@pytest.mark.parametrize(
    ("value", "better", "verdict"),
    [(0.14, "more", "BELOW BAR"), (0.15, "more", "bar met"), (0.30, "more", "aim met"),
     (0.31, "less", "BELOW BAR"), (0.30, "less", "bar met"), (0.15, "less", "aim met")],
)  # fmt: skip
def test_a_figure_below_its_bar_is_called_so(value, better, verdict):
    bar, aim = (0.15, 0.30) if better == "more" else (0.30, 0.15)
    row = Row("append", "1/s", "2/s", Spread(value, 0, 1), bar, aim, better)
    assert row.verdict == verdict
    assert verdict in table([row])
    assert summary([row]).startswith("1 of 1" if verdict == "BELOW BAR" else "0 of 1")


def test_a_bar_for_a_large_ledger_is_not_met_by_a_small_one():
    assert Row("append", "", "", Spread(0.9, 0, 1), 0.8, sized=True).verdict == "bar met at this size"
    assert Row("append", "", "", Spread(0.7, 0, 1), 0.8, sized=True).verdict == "BELOW BAR"


def test_the_median_is_judged_and_not_the_best_round():
    assert Row("append", "", "", Spread(0.1, 0.05, 0.9), 0.15).is_below


def test_without_a_bar_nothing_is_below_it():
    row = Row("check", "", "", Spread(0.0001, 0, 1))
    assert (row.verdict, row.is_below) == ("", False)


def test_numbers_are_told_with_three_figures():
    told = [number(value) for value in (0.00152, 0.15, 9.876, 45.67, 123.4, 45_678.9)]
    assert told == ["0.0015", "0.15", "9.88", "45.7", "123", "45 679"]


def test_columns_line_up_under_chinese_words():
    lines = table([Row("统计", "ours1", "2", Spread(1, 1, 1)), Row("count", "ours2", "2", Spread(1, 1, 1))]).splitlines()
    assert lines[2].index("ours1") + 2 == lines[3].index("ours2")  # each of the two characters is as wide as two letters


# --- the client ------------------------------------------------------------------------------------------------------


def test_an_answer_is_whole_when_its_body_is():
    answer = b"HTTP/1.1 201 CREATED\r\nServer: x\r\nContent-Length: 4\r\n\r\nbody"
    assert [status_of(answer[:end]) for end in (10, len(answer) - 1, len(answer))] == [None, None, 201]
    assert status_of(b"HTTP/1.1 304 NOT MODIFIED\r\nETag: x\r\n\r\n") == 304
    with pytest.raises(Unexpected):
        status_of(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")


def test_a_request_says_how_long_its_body_is():
    assert http_request("POST", "/x", {"A": "b"}, b"\xe4\xb8\x93") == (
        b"POST /x HTTP/1.1\r\nHost: 127.0.0.1\r\nA: b\r\nContent-Length: 3\r\n\r\n\xe4\xb8\x93"
    )
    assert b"Content-Length" not in http_request("GET", "/", {})


@pytest.fixture
def answering() -> Iterator[tuple[int, list[int]]]:
    """A server of one connection that answers 200 twice and 500 from then on; its port, and what it has answered."""
    said: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            taken, _ = listening.accept()
            with taken:
                while taken.recv(65_536):
                    said.append(200 if len(said) < 2 else 500)
                    taken.sendall(f"HTTP/1.1 {said[-1]} X\r\nContent-Length: 2\r\n\r\n{{}}".encode())

        thread = threading.Thread(target=serve)
        thread.start()
        yield listening.getsockname()[1], said
        thread.join()


def test_every_answer_is_counted_with_its_latency(answering):
    port, said = answering
    drove = drive(port, iter([http_request("GET", "/", {})]), connections=1, seconds=0, status=200)
    assert (len(drove.latencies_ms), said) == (1, [200])
    assert 0 < drove.latencies_ms[0] <= drove.seconds * 1000
    assert drove.per_second == pytest.approx(1 / drove.seconds)


def test_an_answer_of_another_status_ends_the_drive(answering):
    port, said = answering
    with pytest.raises(Unexpected, match="500 where 200"):
        drive(port, iter([http_request("GET", "/", {})] * 5), connections=1, seconds=60, status=200)
    assert said == [200, 200, 500]


def test_a_rate_is_read_from_what_pgbench_prints():
    told = "number of transactions actually processed: 9\nnumber of failed transactions: 0 (0.000%)\ntps = 1234.5 (without …)\n"
    assert bulk.tps_of(told) == 1234.5
    for broken in ("pgbench: error: connection failed", told.replace("failed transactions: 0", "failed transactions: 3")):
        with pytest.raises(RuntimeError):
            bulk.tps_of(broken)


def test_a_database_url_is_told_to_the_driver_with_its_socket_folder():
    told = bulk.dsn("postgresql+psycopg2://postgres@/bench?host=/tmp/x&port=5433")
    assert set(told.split()) == {"user=postgres", "dbname=bench", "host=/tmp/x", "port=5433"}


# --- the data --------------------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_years():
    once, again, other = ([batch.entries for batch in years.years(300, seed)] for seed in (1, 1, 2))
    assert json.dumps(once) == json.dumps(again)
    assert json.dumps(once) != json.dumps(other)


def test_years_are_as_large_as_asked():
    entries = [entry for batch in years.years(600) for entry in batch.entries]
    deals = [entry for entry in entries if entry["body"].get("lines")]
    assert sum(len(deal["body"]["lines"]) for deal in deals) == 600
    assert {deal["kind"] for deal in deals} == {"licence", "transfer", "equity"}
    assert Counter(deal["centre"] for deal in deals).keys() == set(years.centres_of(600))
    assert max(len(batch.entries) for batch in years.years(600)) <= years.BATCH


def test_verdicts_and_reversals_name_deals_by_their_place_in_the_log():
    said = {batch.first + n: entry for batch in years.years(600) for n, entry in enumerate(batch.entries)}
    ruled = [entry["body"]["entry"] for entry in said.values() if entry["kind"] in ("attestation", "reversal")]
    assert len(ruled) == len(set(ruled)) > 10
    assert {said[index]["kind"] for index in ruled} <= {"licence", "transfer", "equity"}


def test_no_two_measured_licences_are_of_one_number():
    made = [years.licence(series, n)["body"] for series in ("single", "batch") for n in range(2_000)]
    assert len({body["deal_no"] for body in made}) == len({body["registration_no"] for body in made}) == len(made)
    assert {len({line["patent_id"] for line in body["lines"]}) for body in made} == {3}
    assert len(load_batch({"entries": [years.licence("single", n) for n in range(50)]})) == 50


@pytest.fixture
def ledger(postgresql_url: str) -> Iterator[Ledger]:
    opened = Ledger.open(Settings(database_url=postgresql_url))
    yield opened
    opened.engine.dispose()


@pytest.mark.postgresql
def test_the_ledger_and_the_hand_count_the_same(ledger, postgresql_url):
    """The partner of a figure is worth something only while it is the same figure."""
    held = years.record_all(ledger, years.years(400))
    with bulk.connected(postgresql_url) as connection:
        hand = figures.ByHand(connection, "centre-01")
        told = {target["id"]: target["value"] for target in figures.card(ledger, "centre-01")["targets"]}
        programme = ledger.catalogue.programmes[figures.PROGRAMME]
        ours = [figures.exact(ledger, programme.target(id_).metric.id, told[id_]) for id_ in byhand.TARGETS]
        by_hand = {asked: hand.row(statement) for asked, statement in byhand.TOTALS.items()}
        assert tuple(ours) == hand.row(byhand.SCORECARD)
        assert 0 not in ours
    totals = {(metric, one): (figures.total(ledger, metric, "centre-01" if one else None),) for metric, one in byhand.TOTALS}
    assert totals == by_hand
    assert (0,) not in totals.values()
    with ledger.read() as reading:
        assert (held.lines, held.entries) == (400, reading.size)
    before = {target["id"]: target["value"] for target in figures.card(ledger, "centre-01", str(held.contracts))["targets"]}
    assert (before["patents"], before["events"]) == (told["patents"], told["events"])
    assert 0 < int(before["times"]) < int(told["times"])  # for some were registered later


@pytest.mark.postgresql
def test_twins_take_the_very_rows_that_a_batch_has_written(ledger, postgresql_url):
    held = years.record_all(ledger, years.years(0))
    years.record(ledger, "recorder", years.APPENDING, [years.licence("twin", n) for n in range(5)])
    with bulk.connected(postgresql_url) as connection:
        twins = bulk.Twins(connection)
        rows, texts = twins.rows_of(held.entries, 5), twins.text_of(held.entries, 5)
        assert [len(rows[table_name]) for table_name in ("entry", "disclosure", "deal_line")] == [5, 5, 15]
        assert twins.by_values(rows) > 0
        assert twins.by_copy(texts) > 0
        with connection, connection.cursor() as cursor:
            for table_name, written in rows.items():
                for route in bulk.ROUTES:
                    cursor.execute(f'SELECT * FROM by_{route}."{table_name}"')
                    assert sorted(map(repr, map(plain, cursor.fetchall()))) == sorted(map(repr, map(plain, written)))
        twins.close()


def plain(row: tuple[object, ...]) -> list[object]:
    """A row whose bytes can be compared: the driver gives each as a view of its own."""
    return [bytes(value) if isinstance(value, memoryview) else value for value in row]
