"""Master data over time: parties, centres, and the days on which a patent is in force (RULINGS 30, 32, 51 and 52)."""

import pytest

from ledger.facts.lines.fold import SILENT, rows_of
from ledger.facts.lines.registry import patent_state
from ledger.facts.lines.rows import FIRST_DAY, NEVER, CentreRow, InForce, PartyLine
from ledger.facts.mentions import Mention, mention
from tests.facts.book import Book, baseline, centre, day, participation, party, patent, publishes, status


@pytest.fixture
def book():
    return Book()


def party_spans(book: Book, party_id: str = "S1") -> list[tuple[str, str, str | None]]:
    rows = sorted(book.world.rows(mention("party", party_id)), key=lambda row: row.begins)
    return [(row.name, row.begins.isoformat(), None if row.ends == NEVER else row.ends.isoformat()) for row in rows]


# --- parties


def test_a_party_is_what_its_entry_says_from_its_day_on(book):
    told = {"name": "明纤", "size": "small", "region": "420502", "industry": "photonics", "chains": ("a", "b"), "tags": ("t",)}
    index = book.takes("c1", party("S1", size_basis="declared", **told))
    assert book.world.rows(mention("party", "S1")) == {
        PartyLine(
            entry=index, centre="c1", party_id="S1", name="明纤", kind="enterprise", size="small", region="420502",
            industry="photonics", chains=("a", "b"), tags=("t",), begins=day("2020-01-01"), ends=NEVER,
        )
    }  # fmt: skip


def test_what_a_party_leaves_out_it_does_not_have(book):
    book.takes("c1", party("S1"))
    (row,) = book.world.rows(mention("party", "S1"))
    assert (row.size, row.region, row.industry, row.chains, row.tags) == (None, None, None, (), ())


def test_each_record_replaces_the_whole_one_before_it(book):
    book.takes("c1", party("S1", name="one", size="small", valid_from=day("2020-01-01")))
    book.takes("c1", party("S1", name="three", valid_from=day("2024-01-01")))
    book.takes("c1", party("S1", name="two", valid_from=day("2022-01-01")))
    assert party_spans(book) == [
        ("one", "2020-01-01", "2022-01-01"),
        ("two", "2022-01-01", "2024-01-01"),
        ("three", "2024-01-01", None),
    ]
    assert book.world.party("S1", day("2021-12-31")).size == "small"
    assert book.world.party("S1", day("2022-01-01")).size is None
    assert book.world.party("S1", day("2019-12-31")) is None


def test_on_one_day_the_later_record_holds(book):
    book.takes("c1", party("S1", name="one"))
    book.takes("c2", party("S1", name="two"))
    assert party_spans(book) == [("two", "2020-01-01", None)]


def test_on_one_day_an_office_outranks_a_centre_whichever_came_first(book):
    book.takes("c1", party("S1", name="one"))
    book.takes("hb-ipo", party("S1", name="two"))
    assert party_spans(book) == [("two", "2020-01-01", None)]
    book.takes("c1", party("S1", name="three"))
    assert party_spans(book) == [("two", "2020-01-01", None)]
    book.takes("js-ipo", party("S1", name="four"))
    assert party_spans(book) == [("four", "2020-01-01", None)]
    book.takes("c1", party("S1", name="five", valid_from=day("2021-01-01")))
    assert party_spans(book) == [("four", "2020-01-01", "2021-01-01"), ("five", "2021-01-01", None)]


def test_a_reversed_record_uncovers_the_one_below_it(book):
    book.takes("c1", party("S1", name="one"))
    office = book.takes("hb-ipo", party("S1", name="two"))
    book.reversed("hb-ipo", office)
    assert party_spans(book) == [("one", "2020-01-01", None)]


# --- centres


def test_before_its_first_day_a_centre_has_its_first_values(book):
    book.takes("hb-ipo", centre("c9", "420900", operator="O1", valid_from=day("2024-01-01")))
    second = book.takes("hb-ipo", centre("c9", "420506", name="moved", valid_from=day("2025-01-01")))
    rows = sorted(book.world.rows(mention("centre", "c9")), key=lambda row: row.begins)
    assert rows == [
        CentreRow(
            entry=second - 1, code="c9", name="c9", centre_kind="centre", region="420900", operator="O1", begins=FIRST_DAY,
            ends=day("2025-01-01"),
        ),
        CentreRow(
            entry=second, code="c9", name="moved", centre_kind="centre", region="420506", operator=None, begins=day("2025-01-01"),
            ends=NEVER,
        ),
    ]  # fmt: skip
    assert book.world.centre("c9", day("1999-01-01")).region == "420900"
    assert book.world.centre("c9", day("2025-01-01")).region == "420506"


def test_on_one_day_the_later_record_of_a_centre_holds(book):
    book.takes("hb-ipo", centre("c9", "420900"))
    second = book.takes("hb-ipo", centre("c9", "420500"))
    (row,) = book.world.rows(mention("centre", "c9"))
    assert (row.entry, row.region, row.begins) == (second, "420500", FIRST_DAY)


def test_a_reversed_centre_is_not_registered(book):
    index = book.takes("hb-ipo", centre("c9", "420900"))
    assert book.world.is_registered("c9")
    book.reversed("hb-ipo", index)
    assert not book.world.is_registered("c9")
    assert book.world.centre("c9", day("2025-01-01")) is None


# --- the days on which a patent is in force


def spans(book: Book, patent_id: str = "X") -> list[tuple[str, str]]:
    rows = sorted((r for r in book.world.rows(mention("patent", patent_id)) if isinstance(r, InForce)), key=lambda r: r.begins)
    return [(row.begins.isoformat(), row.ends.isoformat()) for row in rows]


def happens(book: Book, code: str, on: str, by: str = "c1") -> int:
    return book.takes(by, status("X", code, on))


@pytest.mark.parametrize(
    ("right", "filed", "ends"),
    [
        ("invention", "2020-03-02", "2040-03-02"),
        ("utility_model", "2020-02-29", "2030-02-28"),
        ("design", "2021-05-31", "2031-05-31"),
        ("design", "2021-06-01", "2036-06-01"),
        ("invention", "2020-02-29", "2040-02-29"),
    ],
)
def test_a_term_runs_twenty_ten_or_fifteen_years_from_filing(book, right, filed, ends):
    book.takes("c1", patent("X", right=right, filed_on=filed))
    assert spans(book) == [("2022-05-10", ends)]


def test_a_stated_term_end_overrides_the_reckoned_one_and_is_exclusive(book):
    book.takes("c1", patent("X", term_end="2030-01-01"))
    assert spans(book) == [("2022-05-10", "2030-01-01")]
    assert book.world.in_force("X", day("2029-12-31"))
    assert not book.world.in_force("X", day("2030-01-01"))
    assert not book.world.in_force("X", day("2022-05-09"))


def test_granted_is_the_earliest_of_the_facts_and_of_gr01(book):
    book.takes("c1", patent("X", granted_on=None))
    assert spans(book) == []
    assert book.world.patent("X").granted is None
    happens(book, "GR01", "2023-01-01")
    assert spans(book) == [("2023-01-01", "2040-03-02")]
    happens(book, "GR01", "2022-07-01")
    assert spans(book) == [("2022-07-01", "2040-03-02")]
    book.takes("c1", patent("X", granted_on="2022-06-01"))
    assert spans(book) == [("2022-06-01", "2040-03-02")]


@pytest.mark.parametrize("code", ["CF01", "CX01", "AV01", "IW01"])
def test_an_ending_code_ends_the_span_from_its_day(book, code):
    book.takes("c1", patent("X"))
    happens(book, code, "2025-10-01")
    assert spans(book) == [("2022-05-10", "2025-10-01")]


@pytest.mark.parametrize("code", ["IP01", "other", "RR01"])
def test_other_codes_end_nothing(book, code):
    book.takes("c1", patent("X"))
    happens(book, code, "2025-10-01")
    assert spans(book) == [("2022-05-10", "2040-03-02")]


def test_a_restoration_opens_a_new_span(book):
    book.takes("c1", patent("X"))
    happens(book, "CF01", "2025-10-01")
    happens(book, "RR01", "2026-02-01")
    assert spans(book) == [("2022-05-10", "2025-10-01"), ("2026-02-01", "2040-03-02")]
    happens(book, "IW01", "2027-01-01")
    assert spans(book) == [("2022-05-10", "2025-10-01"), ("2026-02-01", "2027-01-01")]


def test_a_second_ending_changes_nothing_and_a_second_restoration_neither(book):
    book.takes("c1", patent("X"))
    happens(book, "CF01", "2025-10-01")
    happens(book, "IW01", "2025-12-01")
    happens(book, "RR01", "2026-02-01")
    happens(book, "RR01", "2026-03-01")
    assert spans(book) == [("2022-05-10", "2025-10-01"), ("2026-02-01", "2040-03-02")]


def test_lapse_and_restoration_of_one_day_speak_by_index(book):
    book.takes("c1", patent("X"))
    happens(book, "CF01", "2025-10-01")
    happens(book, "RR01", "2025-10-01")
    assert book.world.in_force("X", day("2025-10-01"))
    happens(book, "CF01", "2025-10-01")
    assert not book.world.in_force("X", day("2025-10-01"))
    assert spans(book) == [("2022-05-10", "2025-10-01")]


def test_events_speak_by_their_days_and_not_by_the_order_of_telling(book):
    book.takes("c1", patent("X"))
    happens(book, "RR01", "2026-02-01")
    happens(book, "CF01", "2025-10-01")
    assert spans(book) == [("2022-05-10", "2025-10-01"), ("2026-02-01", "2040-03-02")]


def test_what_ended_before_the_grant_is_not_in_force_on_it(book):
    book.takes("c1", patent("X"))
    happens(book, "CF01", "2021-01-01")
    assert spans(book) == []
    happens(book, "RR01", "2022-01-01")
    assert spans(book) == [("2022-05-10", "2040-03-02")]


def test_an_ending_on_the_day_of_the_grant_leaves_no_day(book):
    book.takes("c1", patent("X"))
    happens(book, "AV01", "2022-05-10")
    assert spans(book) == []


def test_a_restoration_after_the_term_restores_nothing(book):
    book.takes("c1", patent("X", term_end="2030-01-01"))
    happens(book, "CF01", "2031-01-01")
    happens(book, "RR01", "2031-02-01")
    assert spans(book) == [("2022-05-10", "2030-01-01")]


def test_a_term_that_ends_on_the_day_of_the_grant_leaves_no_day(book):
    book.takes("c1", patent("X", term_end="2022-05-10"))
    assert spans(book) == []


def test_a_reversed_event_did_not_happen(book):
    book.takes("c1", patent("X"))
    lapse = happens(book, "CF01", "2025-10-01")
    book.reversed("c1", lapse)
    assert spans(book) == [("2022-05-10", "2040-03-02")]


# --- the facts of a patent


def test_a_field_that_stood_empty_is_filled_and_nothing_else_changes(book):
    first = book.takes("c1", patent("X", granted_on=None, title="one"))
    second = book.takes("c2", patent("X", title="two", publication_no="CN1A", ipc=("G02B",), owners=("U1",)))
    state = book.world.patent("X")
    assert (state.title, state.publication_no, state.ipc, state.owners) == ("one", "CN1A", ("G02B",), ("U1",))
    assert (state.granted, state.entries) == (day("2022-05-10"), (first, second))
    book.takes("c1", patent("X", publication_no="CN2A", owners=("U2",)))
    assert (book.world.patent("X").publication_no, book.world.patent("X").owners) == ("CN1A", ("U1",))


def test_an_office_replaces_the_facts_it_gives_and_keeps_the_rest(book):
    book.takes("c1", patent("X", title="one", publication_no="CN1A"))
    book.takes("hb-ipo", patent("X", title="two", filed_on="2019-01-01", granted_on=None))
    state = book.world.patent("X")
    assert (state.title, state.filed_on) == ("two", day("2019-01-01"))
    assert (state.granted_on, state.publication_no) == (day("2022-05-10"), "CN1A")
    assert spans(book) == [("2022-05-10", "2039-01-01")]


def test_a_reversed_registration_of_a_patent_takes_its_facts_back(book):
    first = book.takes("c1", patent("X"))
    book.reversed("c1", first)
    assert book.world.patent("X") is None
    assert spans(book) == []
    second = book.takes("c1", patent("X", title="anew", granted_on="2023-01-01"))
    assert (book.world.patent("X").title, book.world.patent("X").entries) == ("anew", (second,))
    assert spans(book) == [("2023-01-01", "2040-03-02")]
    assert patent_state([]) is None


# --- from a subject to its rows


def test_what_programmes_and_offers_are_about_has_no_rows(book):
    book.takes("c1", publishes("O-1", "P1", "2025-01-01"))
    book.takes("hb-ipo", participation("c1"))
    book.takes("c1", baseline("c1"))
    spoken_of = ("statement", "c1", "O-1"), ("participation", "two-years", "c1"), ("baseline", "times", "c1")
    for subject in (mention(*parts) for parts in spoken_of):
        assert subject.what in SILENT
        assert book.world.history(subject)
        assert rows_of(subject, book.world.history(subject)) == frozenset()


def test_a_subject_of_no_sort_has_no_fold():
    with pytest.raises(KeyError):
        rows_of(Mention("weather", "today"), [])
