"""The lines and parts that follow from one deal number: dates, amounts, sides, standings and fingerprints."""

from dataclasses import replace

import pytest

from ledger.facts.lines.deals import claim_on, deal_state, digest_of, fingerprints
from ledger.facts.lines.rows import DealLine, DealPart, Standing
from ledger.facts.mentions import mention
from tests.facts.book import (
    Book,
    amendment,
    day,
    equity,
    licence,
    line,
    open_licence,
    payment,
    publishes,
    registration,
    termination,
    transfer,
    verdict,
)

A, B = "2025-09-10", "2025-10-20"


@pytest.fixture
def book():
    return Book()


def lines_of(book: Book, deal_no: str = "L-1", centre: str = "c1") -> list[DealLine]:
    rows = book.world.rows(mention("deal", centre, deal_no))
    return sorted((row for row in rows if isinstance(row, DealLine)), key=lambda row: row.line)


def parts_of(book: Book, deal_no: str = "L-1") -> list[DealPart]:
    rows = book.world.rows(mention("deal", "c1", deal_no))
    return sorted((row for row in rows if isinstance(row, DealPart)), key=lambda row: (row.entry, row.line))


def shares(book: Book) -> list[list[int]]:
    """The parts of each follower, in the order of the lines."""
    by_entry: dict[int, list[int]] = {}
    for part in parts_of(book):
        by_entry.setdefault(part.entry, []).append(part.amount)
    return list(by_entry.values())


# --- what a line says


def test_a_line_says_what_its_deal_says(book):
    index = book.takes(
        "c1",
        licence("L-1", "U1 > S1", "P1", effective_on="2025-09-01", matched_via="shelf", licence_type="sole", term_months=12),
    )
    assert lines_of(book) == [
        DealLine(
            entry=index, line=1, centre="c1", kind="licence", deal_no="L-1", patent_id="P1", grantors=("U1",), grantees=("S1",),
            amount=100_00, related_party=False, role="served", payment_mode="lump", matched_via="shelf", cause=None,
            licence_type="sole", term_months=12, signed_on=day("2025-08-20"), effective_on=day("2025-09-01"), registered_on=None,
            announced_on=None, registration_no=None, ended_on=None, moves_title=False, standing=Standing.RECORDED,
            registered_standing=Standing.RECORDED, announced_standing=Standing.RECORDED, fingerprint=None, complete_at=None,
        )
    ]  # fmt: skip


def test_each_kind_of_deal_gives_its_own_fields(book):
    book.takes("c1", publishes("O-1", "P1", "2025-01-01"))
    book.takes("c1", transfer("T-1", "U1 > S1", "P1", cause="judicial"))
    book.takes("c1", open_licence("O-9", "U1 > S1", "P1", "O-1", term_months=24))
    book.takes("c1", equity("E-1", "U1 > S1", "P1", "S1"))
    book.takes("c1", equity("E-2", "U1 > S1", "P2", "S1", title_transferred=False))
    told = {no: lines_of(book, no)[0] for no in ("T-1", "O-9", "E-1", "E-2")}
    assert [row.kind for row in told.values()] == ["transfer", "open_licence", "equity", "equity"]
    assert [row.cause for row in told.values()] == ["judicial", None, None, None]
    assert [row.licence_type for row in told.values()] == [None] * 4
    assert [row.term_months for row in told.values()] == [None, 24, None, None]
    assert [row.moves_title for row in told.values()] == [True, False, True, False]


def test_principals_stand_in_for_the_grantors_of_every_line(book):
    given = [line("P1", grantor="U1", grantee="S1"), line("P2")]
    book.takes("c1", licence("L-1", "U1 U2 > S1 S2", given, principals=("R1", "R2")))
    assert [(row.grantors, row.grantees) for row in lines_of(book)] == [(("R1", "R2"), ("S1",)), (("R1", "R2"), ("S1", "S2"))]


def test_a_line_with_its_own_parties_leaves_the_others_out(book):
    given = [line("P1", grantor="U2"), line("P2", grantee="S2"), line("P3")]
    book.takes("c1", licence("L-1", "U1 U2 > S1 S2", given))
    assert [(row.grantors, row.grantees) for row in lines_of(book)] == [
        (("U2",), ("S1", "S2")),
        (("U1", "U2"), ("S2",)),
        (("U1", "U2"), ("S1", "S2")),
    ]


# --- amounts


@pytest.mark.parametrize(
    ("amount", "expected"), [(100, [34, 33, 33]), (101, [34, 34, 33]), (2, [1, 1, 0]), (100_00, [3334, 3333, 3333])]
)
def test_without_line_amounts_the_sum_is_split_equally_in_fen_the_first_lines_getting_the_rest(book, amount, expected):
    book.takes("c1", licence("L-1", "U1 > S1", "P1 P2 P3", amount=amount))
    assert [row.amount for row in lines_of(book)] == expected


def test_line_amounts_stand_as_given(book):
    book.takes("c1", licence("L-1", "U1 > S1", [line("P1", amount=99_99), line("P2", amount=1)], amount=100_00))
    assert [row.amount for row in lines_of(book)] == [99_99, 1]


def test_an_unknown_amount_is_unknown_on_every_line_and_a_free_one_is_nought(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1 P2", amount=None))
    book.takes("c1", licence("L-2", "U1 > S1", "P1 P2", amount=0, payment_mode="free"))
    assert [row.amount for row in lines_of(book)] == [None, None]
    assert [row.amount for row in lines_of(book, "L-2")] == [0, 0]


def test_changes_are_spread_in_proportion_to_line_amounts(book):
    book.takes("c1", licence("L-1", "U1 > S1", [line("P1", amount=75_00), line("P2", amount=25_00)], amount=100_00))
    book.takes("c1", amendment("L-1", 10_00))
    book.takes("c1", amendment("L-1", -10))
    book.takes("c1", payment("L-1", 2))
    # 75 % and 25 % of 10 fen are 7.5 and 2.5: equal remainders, so the first line gets the fen. Of 2 fen: 1.5 and 0.5.
    assert shares(book) == [[7_50, 2_50], [-8, -2], [2, 0]]


def test_a_line_of_no_amount_has_no_share_while_another_has_one(book):
    book.takes("c1", licence("L-1", "U1 > S1", [line("P1", amount=0), line("P2", amount=3)], amount=3))
    book.takes("c1", amendment("L-1", 10))
    assert shares(book) == [[0, 10]]


def test_an_end_without_a_change_leaves_the_payments_in_their_parts(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1 P2"))
    book.takes("c1", termination("L-1"))
    book.takes("c1", payment("L-1", 5))
    assert shares(book) == [[3, 2]]


def test_changes_are_spread_equally_without_line_amounts_however_uneven_the_fen_were(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1 P2", amount=1))
    book.takes("c1", amendment("L-1", 100))
    assert [row.amount for row in lines_of(book)] == [1, 0]
    assert shares(book) == [[50, 50]]


def test_changes_are_spread_equally_over_line_amounts_of_nought(book):
    given = [line("P1", amount=0), line("P2", amount=0), line("P3", amount=0)]
    book.takes("c1", licence("L-1", "U1 > S1", given, amount=0, payment_mode="royalty"))
    book.takes("c1", amendment("L-1", 100))
    book.takes("c1", amendment("L-1", -100))
    assert shares(book) == [[34, 33, 33], [-34, -33, -33]]


def test_a_payment_and_its_refund_mirror_each_other(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1 P2 P3"))
    book.takes("c1", payment("L-1", 50))
    book.takes("c1", payment("L-1", -50))
    assert shares(book) == [[17, 17, 16], [-17, -17, -16]]


def test_payments_of_a_deal_of_unknown_amount_are_spread_equally(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1 P2", amount=None))
    book.takes("c1", payment("L-1", 51))
    assert shares(book) == [[26, 25]]


def test_a_part_names_the_entry_that_brought_it_and_the_line_it_belongs_to(book):
    deal = book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    change = book.takes("c1", amendment("L-1", 7, on="2026-01-05"))
    paid = book.takes("c1", payment("L-1", 9, on="2025-10-02"))
    ended = book.takes("c1", termination("L-1", "2026-06-01", amount_change=-3))
    book.verified(paid)
    told = {"line": 1, "deal": deal, "centre": "c1"}
    assert parts_of(book) == [
        DealPart(entry=change, received=False, on=day("2026-01-05"), amount=7, standing=Standing.RECORDED, **told),
        DealPart(entry=paid, received=True, on=day("2025-10-02"), amount=9, standing=Standing.VERIFIED, **told),
        DealPart(entry=ended, received=False, on=day("2026-06-01"), amount=-3, standing=Standing.RECORDED, **told),
    ]


def test_a_termination_ends_the_lines_and_leaves_them_standing(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1 P2"))
    book.takes("c1", termination("L-1", "2026-06-01"))
    assert [row.ended_on for row in lines_of(book)] == [day("2026-06-01")] * 2
    assert parts_of(book) == []


def test_sums_run_over_the_live_changes_and_payments_only(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", amount=100))
    book.takes("c1", amendment("L-1", 30))
    gone = book.takes("c1", amendment("L-1", 500))
    book.takes("c1", payment("L-1", 40))
    unpaid = book.takes("c1", payment("L-1", 700))
    book.takes("c1", termination("L-1", amount_change=-20))
    book.reversed("c1", gone)
    book.reversed("c1", unpaid)
    state = book.world.deal("c1", "L-1")
    assert (state.contract_sum(), state.received()) == (100 + 30 - 20, 40)
    assert shares(book) == [[30], [-20], [40]] or shares(book) == [[30], [40], [-20]]


def test_an_unknown_sum_stays_unknown(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", amount=None))
    assert book.world.deal("c1", "L-1").contract_sum() is None


# --- recordals


def test_line_dates_and_numbers_come_before_the_deals(book):
    given = [line("P1"), line("P2", registered_on=B, registration_no="N-2", announced_on="2025-11-01")]
    book.takes("c1", licence("L-1", "U1 > S1", given, registered_on=A, registration_no="N-1", announced_on="2025-10-01"))
    assert [(row.registered_on, row.registration_no, row.announced_on) for row in lines_of(book)] == [
        (day(A), "N-1", day("2025-10-01")),
        (day(B), "N-2", day("2025-11-01")),
    ]


def test_a_registration_dates_the_lines_it_names(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1 P2 P3"))
    book.takes("c1", registration("L-1", A, registration_no="N-1", announced_on="2025-10-01", lines=(1, 3)))
    assert [(row.registered_on, row.registration_no, row.announced_on) for row in lines_of(book)] == [
        (day(A), "N-1", day("2025-10-01")),
        (None, None, None),
        (day(A), "N-1", day("2025-10-01")),
    ]
    book.takes("c1", registration("L-1", B, lines=(2,)))
    assert [row.registered_on for row in lines_of(book)] == [day(A), day(B), day(A)]


def test_a_registration_without_lines_dates_them_all(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1 P2"))
    book.takes("c1", registration("L-1", A))
    assert [(row.registered_on, row.registration_no, row.announced_on) for row in lines_of(book)] == [(day(A), None, None)] * 2


def test_a_second_registration_fills_only_what_stood_empty_and_changes_no_date(book):
    deal = book.takes("c1", licence("L-1", "U1 > S1", "P1", registered_on=A))
    number = book.takes("c1", registration("L-1", A, registration_no="N-1", lines=(1,)))
    day_told = book.takes("c1", registration("L-1", A, registration_no="N-1", announced_on="2025-10-01", lines=(1,)))
    state = book.world.deal("c1", "L-1").lines[0]
    assert [entry.index for entry in book.world.deal("c1", "L-1").registrations] == [number, day_told]
    assert state.registered_on == (day(A), deal)
    assert state.registration_no == ("N-1", number)
    assert state.announced_on == (day("2025-10-01"), day_told)


def test_a_rejected_registration_is_as_if_not_written(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1 P2"))
    first = book.takes("c1", registration("L-1", A, registration_no="N-1", announced_on="2025-10-01"))
    book.verified(first, "rejected", lines=(2,))
    assert [(row.registered_on, row.registration_no, row.announced_on) for row in lines_of(book)] == [
        (day(A), "N-1", day("2025-10-01")),
        (None, None, None),
    ]
    book.takes("c1", registration("L-1", B, lines=(2,)))
    assert [row.registered_on for row in lines_of(book)] == [day(A), day(B)]


def test_a_rejection_of_one_line_leaves_the_lines_after_it_dated(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1 P2"))
    first = book.takes("c1", registration("L-1", A))
    book.verified(first, "rejected", lines=(1,))
    assert [row.registered_on for row in lines_of(book)] == [None, day(A)]


def test_a_reversed_registration_leaves_the_lines_undated(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    first = book.takes("c1", registration("L-1", A))
    book.reversed("c1", first)
    assert lines_of(book)[0].registered_on is None
    book.takes("c1", registration("L-1", B))
    assert lines_of(book)[0].registered_on == day(B)


# --- standings


def test_a_dated_line_stands_no_higher_than_the_registration_that_dated_it(book):
    deal = book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    dated = book.takes("c1", registration("L-1", A))
    announced = book.takes("c1", registration("L-1", A, announced_on="2025-10-01", lines=(1,)))

    def standings() -> tuple[int, int, int]:
        row = lines_of(book)[0]
        return row.standing, row.registered_standing, row.announced_standing

    book.verified(deal)
    assert standings() == (Standing.VERIFIED, Standing.RECORDED, Standing.RECORDED)
    book.verified(dated)
    assert standings() == (Standing.VERIFIED, Standing.VERIFIED, Standing.RECORDED)
    book.verified(announced)
    book.verified(deal, "contested")
    assert standings() == (Standing.CONTESTED, Standing.CONTESTED, Standing.CONTESTED)


def test_a_date_given_by_the_deal_itself_stands_as_the_deal_does(book):
    deal = book.takes("c1", licence("L-1", "U1 > S1", "P1", registered_on=A, announced_on="2025-10-01"))
    book.verified(deal)
    row = lines_of(book)[0]
    assert (row.registered_standing, row.announced_standing) == (Standing.VERIFIED, Standing.VERIFIED)


def test_a_verdict_with_lines_speaks_of_those_lines_only(book):
    deal = book.takes("c1", licence("L-1", "U1 > S1", "P1 P2"))
    dated = book.takes("c1", registration("L-1", A))
    book.verified(deal, lines=(1,))
    book.verified(dated)
    assert [(row.standing, row.registered_standing) for row in lines_of(book)] == [
        (Standing.VERIFIED, Standing.VERIFIED),
        (Standing.RECORDED, Standing.RECORDED),
    ]


def test_a_verdict_on_lines_of_a_registration_speaks_of_those_lines_only(book):
    deal = book.takes("c1", licence("L-1", "U1 > S1", "P1 P2"))
    dated = book.takes("c1", registration("L-1", A))
    book.verified(deal)
    book.verified(dated, "contested", lines=(2,))
    assert [row.registered_standing for row in lines_of(book)] == [Standing.RECORDED, Standing.CONTESTED]


# --- a number used again


def test_a_reversed_deal_takes_everything_that_followed_it_along(book):
    deal = book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    book.takes("c1", registration("L-1", A))
    book.takes("c1", amendment("L-1", 5))
    book.takes("c1", payment("L-1", 5))
    book.reversed("c1", deal)
    assert book.world.rows(mention("deal", "c1", "L-1")) == frozenset()
    assert book.world.deal("c1", "L-1") is None


def test_followers_stay_with_the_deal_that_was_live_when_they_were_recorded(book):
    old = book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    book.takes("c1", registration("L-1", A))
    book.takes("c1", termination("L-1", "2026-06-01", amount_change=-5))
    book.reversed("c1", old)
    new = book.takes("c1", licence("L-1", "U1 > S1", "P1 P2"))
    assert [(row.entry, row.registered_on, row.ended_on) for row in lines_of(book)] == [(new, None, None)] * 2
    book.takes("c1", registration("L-1", B))
    assert [row.registered_on for row in lines_of(book)] == [day(B)] * 2
    assert parts_of(book) == []


def test_a_history_without_a_deal_has_no_state():
    assert deal_state([]) is None


# --- fingerprints


def test_a_number_and_a_patent_make_a_fingerprint_whatever_else_differs(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", registered_on=A, registration_no="N-1"))
    completed = book.takes("c1", transfer("L-2", "U2 > S2", "P1"))
    assert (lines_of(book, "L-2")[0].fingerprint, lines_of(book, "L-2")[0].complete_at) == (None, None)
    completed = book.takes("c1", registration("L-2", B, registration_no="N-1"))
    first, second = lines_of(book)[0], lines_of(book, "L-2")[0]
    assert first.fingerprint == second.fingerprint == digest_of("number", "N-1", "P1")
    assert second.complete_at == completed


def test_without_a_number_kind_patent_grantees_and_day_make_a_fingerprint(book):
    first = book.takes("c1", licence("L-1", "U1 > S1 S2", "P1", registered_on=A))
    told = lines_of(book)[0]
    assert (told.fingerprint, told.complete_at) == (digest_of("dated", "licence", "P1", "S1", "S2", A), first)
    others = {
        "same": licence("M-1", "U2 > S2 S1", "P1", registered_on=A),
        "kind": transfer("M-2", "U1 > S1 S2", "P1", registered_on=A),
        "patent": licence("M-3", "U1 > S1 S2", "P2", registered_on=A),
        "grantees": licence("M-4", "U1 > S1", "P1", registered_on=A),
        "day": licence("M-5", "U1 > S1 S2", "P1", registered_on=B),
        "number": licence("M-6", "U1 > S1 S2", "P1", registered_on=A, registration_no="N-1"),
    }
    for deal in others.values():
        book.takes("c1", deal)
    same = {name for name, deal in others.items() if lines_of(book, deal.deal_no)[0].fingerprint == told.fingerprint}
    assert same == {"same"}


def test_a_line_with_its_own_grantee_has_a_fingerprint_of_its_own(book):
    book.takes("c1", licence("L-1", "U1 > S1 S2", [line("P1", grantee="S2")], registered_on=A))
    assert lines_of(book)[0].fingerprint == digest_of("dated", "licence", "P1", "S2", A)


def test_a_number_that_comes_later_replaces_the_dated_fingerprint(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", registered_on=A))
    numbered = book.takes("c1", registration("L-1", A, registration_no="N-1", lines=(1,)))
    told = lines_of(book)[0]
    assert (told.fingerprint, told.complete_at) == (digest_of("number", "N-1", "P1"), numbered)


def test_the_fingerprints_of_a_deal_are_those_of_its_dated_lines(book):
    given = [line("P1", registered_on=A), line("P2", registration_no="N-2"), line("P3")]
    index = book.takes("c1", licence("L-1", "U1 > S1", given))
    assert fingerprints(book.world.entry(index)) == {
        digest_of("dated", "licence", "P1", "S1", A),
        digest_of("number", "N-2", "P2"),
    }


def test_of_two_claims_completed_at_once_the_first_line_holds(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", registered_on=A))
    row = lines_of(book)[0]
    twins = [replace(row, line=2), replace(row, line=1), replace(row, centre="c2", entry=row.entry + 1, complete_at=row.entry + 1)]
    held = claim_on(twins)
    assert (held.centre, held.entry, held.line) == ("c1", row.entry, 1)


def test_a_verdict_is_not_asked_of_lines_that_it_does_not_name(book):
    deal = book.takes("c1", licence("L-1", "U1 > S1", "P1 P2"))
    book.takes("hb-ipo", verdict(deal, "rejected", lines=(2,)))
    assert [row.standing for row in lines_of(book)] == [Standing.RECORDED, Standing.REJECTED]
