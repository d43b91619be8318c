"""What an entry is about, and what it merely names."""

import pytest

from ledger.facts.kinds.outcomes import Attendee, PledgedRight
from ledger.facts.mentions import Mention, mention, names, subjects
from tests.facts.book import (
    Book,
    activity,
    admits,
    amendment,
    baseline,
    centre,
    closes,
    closing,
    equity,
    licence,
    line,
    open_licence,
    opens,
    output,
    participation,
    party,
    patent,
    payment,
    pledge,
    publishes,
    registration,
    release,
    reversal,
    status,
    termination,
    transfer,
    verdict,
    withdraws,
)


def about(fact, centre: str = "c1", index: int = 9) -> list[tuple[str, ...]]:
    """The subjects of a fact, each as its parts; what a verdict speaks of is the deal L-0 of c2."""
    found = subjects(fact, centre, index, lambda _: (mention("deal", "c2", "L-0"),))
    return [(one.what, *one.value.split("\t")) for one in found]


def named(fact, centre: str = "c1") -> list[str]:
    """What a fact names, each as `what:value`; every entry is by c2."""
    return [f"{one.what}:{one.value}".replace("\t", "/") for one in names(fact, centre, lambda _: "c2")]


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        (centre("c9", "420900"), [("centre", "c9")]),
        (party("S1"), [("party", "S1")]),
        (patent("P1"), [("patent", "P1")]),
        (status("P1", "GR01", "2022-01-01"), [("patent", "P1")]),
        (opens(), [("pool", "Q1")]),
        (closes(), [("pool", "Q1")]),
        (admits("P1 P2"), [("member", "Q1", "P1"), ("member", "Q1", "P2")]),
        (withdraws("P2 P2"), [("member", "Q1", "P2")]),
        (transfer("D", "U1 > S1", "P1"), [("deal", "c1", "D")]),
        (licence("D", "U1 > S1", "P1"), [("deal", "c1", "D")]),
        (open_licence("D", "U1 > S1", "P1", "O-1"), [("deal", "c1", "D")]),
        (equity("D", "U1 > S1", "P1", "S1"), [("deal", "c1", "D")]),
        (registration("D", "2025-09-10"), [("deal", "c1", "D")]),
        (amendment("D", 1), [("deal", "c1", "D")]),
        (termination("D"), [("deal", "c1", "D")]),
        (payment("D", 1), [("deal", "c1", "D")]),
        (publishes("O-1", "P1", "2025-01-01"), [("statement", "c1", "O-1")]),
        (pledge("N-1"), [("loan", "c1", "N-1")]),
        (activity(), [("activity", "9")]),
        (output(), [("output", "c1", "product_filing", "F-1")]),
        (participation("c1"), [("participation", "two-years", "c1")]),
        (closing("submit"), [("closing", "two-years", "c1"), ("periods", "c1")]),
        (baseline("c1"), [("baseline", "times", "c1")]),
        (verdict(3), [("deal", "c2", "L-0")]),
        (reversal(3), [("deal", "c2", "L-0")]),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_each_fact_is_about_its_own_subjects(fact, expected):
    assert about(fact) == expected


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        (centre("c9", "420900"), []),
        (centre("c9", "420900", operator="O1"), ["party:O1"]),
        (party("S1"), []),
        (patent("P1"), []),
        (patent("P1", owners=("U2", "U1")), ["party:U2", "party:U1"]),
        (status("P1", "GR01", "2022-01-01"), []),
        (opens(), ["party:O1"]),
        (closes(), []),
        (admits("P1 P2"), ["pool:Q1", "patent:P1", "patent:P2"]),
        (withdraws("P1"), ["pool:Q1", "patent:P1"]),
        (licence("D", "U2 U1 > S1", "P2 P1"), ["party:S1", "party:U1", "party:U2", "patent:P2", "patent:P1"]),
        (
            transfer("D", "U1 > S1", [line("P1", grantor="U3", grantee="S3")], principals=("R1",), agent="A1"),
            ["party:A1", "party:R1", "party:S1", "party:S3", "party:U1", "party:U3", "patent:P1"],
        ),
        (equity("D", "U1 > S1", "P1", "S9"), ["party:S1", "party:S9", "party:U1", "patent:P1"]),
        (open_licence("D", "U1 > S1", "P1", "O-1"), ["statement:c1/O-1", "party:S1", "party:U1", "patent:P1"]),
        (registration("D", "2025-09-10"), []),
        (amendment("D", 1), []),
        (publishes("O-1", "P2 P1", "2025-01-01"), ["patent:P2", "patent:P1"]),
        (
            pledge("N-1", pledgors=("S2",), rights=(PledgedRight(right_kind="trademark", right_id="TM"),)),
            ["party:B1", "party:S1", "party:S2", "claimed-loan:B1/N-1"],
        ),
        (pledge("N-1"), ["party:B1", "party:S1", "patent:P1", "claimed-loan:B1/N-1"]),
        (release("N-1"), []),
        (activity(), []),
        (activity(attendees=(Attendee(token="a", employer="S2"), Attendee(token="b"), Attendee(token="c", employer="S1"))),
         ["party:S1", "party:S2"]),
        (output(), []),
        (output(party_id="S1", patents=("P1",)), ["party:S1", "patent:P1"]),
        (participation("c1"), ["centre:c1"]),
        (closing("submit"), ["centre:c1"]),
        (baseline("c1"), ["centre:c1"]),
        (verdict(3), ["centre:c2"]),
        (reversal(3), ["centre:c2"]),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)  # fmt: skip
def test_each_fact_names_what_it_refers_to(fact, expected):
    assert named(fact) == expected


def test_what_speaks_of_an_unknown_entry_names_nobody():
    assert list(names(reversal(3), "c1", lambda _: None)) == []


def test_parts_of_a_mention_stay_apart():
    assert mention("deal", "c1", "L-1") != mention("deal", "c1L", "-1")
    assert mention("deal", "c1", "L-1") == Mention("deal", "c1\tL-1")


def test_a_verdict_and_a_reversal_belong_to_the_history_of_what_they_speak_of():
    book = Book()
    deal = book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    said = book.verified(deal)
    undone = book.reversed("hb-ipo", said)
    assert [entry.index for entry in book.world.history(mention("deal", "c1", "L-1"))] == [deal, said, undone]


def test_an_admission_belongs_to_the_history_of_each_patent_it_names():
    book = Book()
    book.takes("c1", opens())
    index = book.takes("c1", admits("P1 P2"))
    for patent_id in ("P1", "P2"):
        assert [entry.index for entry in book.world.history(mention("member", "Q1", patent_id))] == [index]
    assert book.world.subjects_of(index) == (mention("member", "Q1", "P1"), mention("member", "Q1", "P2"))
    assert index in book.world.naming(mention("pool", "Q1"))
