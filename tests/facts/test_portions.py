"""A log cut into portions has the rows of the whole log, and every entry its one place."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.facts.encoding import KINDS, Undecodable, encode
from ledger.facts.entries import Entry
from ledger.facts.lines.deals import contested_in
from ledger.facts.lines.rows import Claim, DealLine, InForce, MemberLine, Row
from ledger.facts.mentions import mention
from ledger.facts.portions import (
    CONTEXT,
    OF_CONTEXT,
    SPEAKING,
    UNITS,
    Portions,
    histories_of,
    rows_from,
    rows_in,
    spoken_of,
    unit_of,
)
from ledger.facts.world import World
from ledger.kpi.judging import Rows
from ledger.kpi.language import load_all
from tests.facts.test_world import a_story, log_of
from tests.histories import histories, of_the_sample_year

CORNERS = load_all([Path(__file__).parents[1] / "store" / "metrics"])
DEAL = {"deal_no": "L-1", "lines": [{"patent_id": "P1"}, {"patent_id": "P2"}]}


def taken(entries: Sequence[Entry]) -> World:
    world = World()
    for entry in entries:
        world.take(entry)
    return world


def sorted_into(portions: Portions, entries: Sequence[Entry]) -> list[list[Entry]]:
    found: list[list[Entry]] = [[] for _ in range(2 * portions.number + 1)]
    for entry in entries:
        found[portions.place(entry.kind, encode(entry.fact), entry.centre, entry.index)].append(entry)
    return found


# --- units


def test_every_kind_has_a_unit_or_is_context_or_speaks_of_another_entry():
    placed = [*UNITS, "activity", *OF_CONTEXT, *SPEAKING]
    assert sorted(placed) == sorted(KINDS)


def test_a_deal_and_its_followers_are_one_unit_of_their_centre():
    units = {unit_of(kind, DEAL, "c1", 7) for kind in ("transfer", "licence", "open_licence", "equity", "registration", "payment")}
    assert units == {mention("deal", "c1", "L-1")}
    assert unit_of("amendment", DEAL, "c2", 8) == mention("deal", "c2", "L-1")


def test_a_pool_is_one_unit_whoever_speaks_of_it():
    body = {"pool_id": "Q1", "patents": ["P1"]}
    assert {unit_of(kind, body, centre, 1) for kind in ("pool", "admission", "withdrawal") for centre in ("c1", "c2")} == {
        mention("pool", "Q1")
    }


def test_loans_and_outputs_go_by_their_reference_and_an_activity_by_its_place():
    assert unit_of("pledge", {"loan_ref": "N-1"}, "c1", 3) == mention("loan", "c1", "N-1")
    assert unit_of("output", {"output_type": "survey", "ref_no": "F-1"}, "c1", 3) == mention("output", "c1", "survey", "F-1")
    assert unit_of("activity", {}, "c1", 3) == mention("activity", "3")


def test_what_figures_ask_about_beside_their_lines_is_context():
    assert {unit_of(kind, {}, "c1", 3) for kind in OF_CONTEXT} == {None}


@pytest.mark.parametrize(
    ("kind", "body", "why"),
    [
        ("licence", {}, "deal_no: str is wanted"),
        ("licence", {"deal_no": 7}, "deal_no: str is wanted"),
        ("output", {"output_type": "survey", "ref_no": None}, "ref_no: str is wanted"),
        ("patent", {"patent_id": ["P1"]}, "patent_id: str is wanted"),
        ("reversal", {}, "entry: int is wanted"),
        ("reversal", {"entry": -1}, "entry: int is wanted"),
        ("attestation", {"entry": True}, "entry: int is wanted"),
        ("gift", {}, "'gift' has no unit"),
        ("attest", {"entry": 1}, "'attest' has no unit"),
    ],
)
def test_words_that_tell_no_unit_are_refused(kind, body, why):
    with pytest.raises(Undecodable, match=why):
        Portions(2).place(kind, body, "c1", 9)


def test_only_verdicts_and_reversals_speak_of_another_entry():
    assert spoken_of("attestation", {"entry": 4}) == 4
    assert spoken_of("reversal", {"entry": 0}) == 0
    assert spoken_of("licence", {"entry": 4}) is None


# --- portions


def test_what_speaks_of_an_entry_goes_where_that_entry_went():
    portions = Portions(7)
    deal = portions.place("licence", DEAL, "c1", 10)
    assert 1 <= deal <= 7
    assert portions.place("attestation", {"entry": 10}, "hb-ipo", 13) == deal
    assert portions.place("reversal", {"entry": 13}, "hb-ipo", 14) == deal
    party = portions.place("party", {"party_id": "U1"}, "c1", 15)
    assert portions.place("reversal", {"entry": 15}, "c1", 16) == party == CONTEXT


@pytest.mark.parametrize("entry", [3, 11, 99])
def test_what_speaks_of_an_entry_that_was_not_told_goes_to_the_context(entry):
    portions = Portions(7)
    portions.place("licence", DEAL, "c1", 10)
    assert portions.place("reversal", {"entry": entry}, "hb-ipo", 12) == CONTEXT


def test_entries_out_of_order_are_our_own_mistake():
    portions = Portions(7)
    portions.place("licence", DEAL, "c1", 10)
    with pytest.raises(ValueError, match="in log order"):
        portions.place("licence", DEAL, "c1", 10)


def test_patents_lie_apart_and_the_named_ones_are_known():
    portions = Portions(3, asked=("admission", "licence"))
    assert {portions.place("patent", {"patent_id": f"P{n}"}, "c1", n) for n in range(40)} == {4, 5, 6}
    assert portions.place("reversal", {"entry": 7}, "c1", 50) == portions.place("patent_status", {"patent_id": "P7"}, "c1", 51)
    portions.place("admission", {"pool_id": "Q1", "patents": ["P1", "P3"]}, "c1", 52)
    portions.place("licence", DEAL, "c1", 53)
    portions.place("transfer", {"deal_no": "T-1", "lines": [{"patent_id": "P9"}]}, "c1", 54)
    assert portions.named == {"P1", "P2", "P3"}


def test_the_portion_of_an_entry_can_be_told_elsewhere_and_put_down_later():
    elsewhere, portions = Portions(7), Portions(7)
    deal = elsewhere.portion_of("licence", DEAL, "c1", 10)
    assert deal is not None
    assert deal == Portions(7).place("licence", DEAL, "c1", 10)
    assert elsewhere.portion_of("party", {}, "c1", 11) == CONTEXT
    assert elsewhere.portion_of("attestation", {"entry": 10}, "hb-ipo", 12) is None
    portions.put(10, deal)
    assert portions.place("attestation", {"entry": 10}, "hb-ipo", 12) == deal
    with pytest.raises(ValueError, match="in log order"):
        portions.put(12, deal)


def test_words_that_name_no_patents_name_none():
    portions = Portions(3, asked=("admission", "licence"))
    portions.place("admission", {"pool_id": "Q1", "patents": "P1"}, "c1", 1)
    portions.place("licence", {"deal_no": "L-1", "lines": [7, {"patent_id": 7}, {}]}, "c1", 2)
    assert portions.named == set()


def test_units_spread_over_all_portions():
    portions = Portions(4)
    counts = Counter(portions.place("licence", {"deal_no": f"L-{n}"}, "c1", n) for n in range(400))
    assert sorted(counts) == [1, 2, 3, 4]
    assert min(counts.values()) > 50


@pytest.mark.parametrize("number", [0, -1, 2**15])
def test_a_number_of_portions_that_two_bytes_do_not_hold_is_our_own_mistake(number):
    with pytest.raises(ValueError, match="portions"):
        Portions(number)


# --- rows


def but_claims(rows: Any) -> Counter[Row]:
    return Counter(row for row in rows if not isinstance(row, Claim))


def the_portions_have_the_rows_of_the_whole(entries: Sequence[Entry], number: int) -> None:
    world = taken(entries)
    portions = sorted_into(Portions(number), entries)
    found = [rows_from(portion) for portion in portions]
    assert but_claims(row for rows in found for row in rows) == but_claims(world.all_rows())
    for portion, rows in zip(portions, found, strict=True):
        histories = histories_of(portion)
        assert {subject: world.history(subject) for subject in histories} == histories
        of_the_world = but_claims(row for subject in histories for row in world.rows(subject))
        assert Counter(rows) == Counter(rows_in(histories)) == of_the_world


@pytest.mark.parametrize("number", [1, 2, 7])
def test_the_portions_of_the_sample_year_have_its_rows(number):
    the_portions_have_the_rows_of_the_whole(of_the_sample_year(), number)


@given(histories(CORNERS), st.integers(1, 9))
def test_the_portions_of_any_history_have_its_rows(entries, number):
    the_portions_have_the_rows_of_the_whole(entries, number)


def test_patents_and_lines_never_share_a_portion():
    context, *rest = (rows_from(portion) for portion in sorted_into(Portions(2), log_of(a_story())))
    assert not any(isinstance(row, DealLine | MemberLine | InForce) for row in context)
    assert {type(row) for rows in rest[2:] for row in rows} == {InForce}
    assert InForce not in {type(row) for rows in rest[:2] for row in rows}


def test_what_speaks_of_an_unknown_entry_is_of_no_subject():
    entries = log_of(a_story())
    verdict = next(entry for entry in entries if entry.kind == "attestation")
    spoken = entries[spoken_of(verdict.kind, encode(verdict.fact)) or 0]
    assert histories_of([verdict]) == {}
    assert histories_of([spoken, verdict]) == {mention("deal", "c2", "L-1"): [spoken, verdict]}


# --- claims


def the_lines_tell_what_is_contested(entries: Sequence[Entry]) -> None:
    rows = list(taken(entries).all_rows())
    lines = [row for row in rows if isinstance(row, DealLine)]
    laid = Rows.of(rows)
    holders = {claim.fingerprint: claim.entry for claim in rows if isinstance(claim, Claim)}
    expected = {(one.entry, one.line): holders[str(one.fingerprint)] for one in lines if laid.is_contested(one)}
    assert contested_in(lines) == expected
    by_parts = [[line for line in lines if (line.fingerprint or "0")[0] in some] for some in ("01234567", "89abcdef")]
    assert contested_in(by_parts[0]) | contested_in(by_parts[1]) == expected


@given(histories(CORNERS))
def test_the_lines_alone_tell_which_are_contested_and_by_which_entry(entries):
    the_lines_tell_what_is_contested(entries)


def test_a_claim_that_moves_contests_the_others():
    entries = log_of(a_story())
    for size in range(len(entries) + 1):
        the_lines_tell_what_is_contested(entries[:size])


def test_the_second_centre_is_contested_by_the_first():
    entries = log_of(a_story())
    (first,) = [e.index for e in entries if e.kind == "licence" and e.centre == "c1"][:1]
    (second,) = [e.index for e in entries if e.kind == "licence" and e.centre == "c2"]
    (third,) = [e.index for e in entries if e.kind == "transfer"]
    lines = [row for row in taken(entries[: third + 1]).all_rows() if isinstance(row, DealLine)]
    assert contested_in(lines) == {(second, 1): first, (third, 1): first}
