"""Facts to bodies and back: the normalised words of the log."""

import json

import pytest

from ledger.facts.encoding import KINDS, Undecodable, decode, encode, keys_of
from ledger.facts.entries import Entry, Evidence, entry_of, value_of
from ledger.facts.kinds.deals import LineItem, Payment
from ledger.facts.kinds.outcomes import Attendee
from ledger.facts.kinds.rulings import Baseline, Closing
from tests.facts.book import (
    WRITTEN_AT,
    activity,
    admits,
    amendment,
    baseline,
    centre,
    closes,
    closing,
    day,
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

ONE_OF_EACH = [
    centre("c9", "420900", operator="O1", contact="027"),
    party("S1", size="small", size_basis="declared", region="420502", industry="photonics", chains=("a", "b"), tags=()),
    patent("P1", term_end="2030-01-01", ipc=("G02B", "H01S"), owners=("U1",)),
    status("P1", "GR01", "2022-05-10"),
    opens(), closes(), admits("P1 P2"), withdraws("P1"),
    transfer("T-1", "U1 U2 > S1", [line("P1", amount=1, registered_on="2025-09-10"), line("P2", amount=0)], amount=1),
    licence("L-1", "U1 > S1", "P1", amount=None, annual_fee=7, principals=("R1",)),
    open_licence("O-1", "U1 > S1", "P1", "O-9"), publishes("O-9", "P1", "2025-01-01"),
    equity("E-1", "U1 > S1", "P1", "S1", appraised_amount=5, share_ratio="12.5"),
    registration("L-1", "2025-09-10", lines=(1, 2)), amendment("L-1", -150), termination("L-1", amount_change=0),
    payment("L-1", -1), pledge("D-1", credit_line=0), release("D-1"),
    activity(attendees=(Attendee(token="t-1", role="rd"), Attendee(token="t-2", employer="S1")), contract_amount=10),
    output(patents=("P1",), value_amount=100),
    participation("c1", overrides={"times": "400"}, state="started", start_on="2025-08-01", months=24), baseline("c1"),
    verdict(3, "rejected", lines=(1,), reason="abnormal"), reversal(3, replaced_by=4),
    closing("accept", decisions={"growth": True, "other": False}),
]  # fmt: skip


@pytest.mark.parametrize("fact", ONE_OF_EACH, ids=lambda fact: fact.kind)
def test_a_fact_comes_back_from_its_body_through_json(fact):
    assert decode(fact.kind, json.loads(json.dumps(encode(fact)))) == fact


def test_every_kind_is_among_them():
    assert {fact.kind for fact in ONE_OF_EACH} == set(KINDS)
    assert len(KINDS) == 24


def test_money_is_text_with_two_decimals_days_are_text_and_lists_keep_their_order():
    body = encode(transfer("T-1", "U2 U1 > S1", [line("P2", amount=120), line("P1", amount=1)], amount=121))
    assert body == {
        "deal_no": "T-1", "grantors": ["U2", "U1"], "grantees": ["S1"],
        "lines": [{"patent_id": "P2", "amount": "1.20"}, {"patent_id": "P1", "amount": "0.01"}],
        "related_party": False, "role": "served", "payment_mode": "lump", "amount": "1.21", "signed_on": "2025-08-20",
        "cause": "assignment",
    }  # fmt: skip


def test_what_is_absent_stays_absent_and_a_required_unknown_is_null():
    body = encode(licence("L-1", "U1 > S1", "P1", amount=None))
    assert body["amount"] is None
    assert "registered_on" not in body
    assert body["lines"] == [{"patent_id": "P1"}]
    assert decode("licence", body).amount is None


def test_nought_and_false_are_said():
    body = encode(termination("L-1", amount_change=0))
    assert body["amount_change"] == "0.00"
    assert encode(licence("L-1", "U1 > S1", "P1"))["related_party"] is False
    assert encode(party("S1", tags=()))["tags"] == []


def test_a_name_that_python_reserves_has_its_plain_key():
    body = encode(baseline("c1"))
    assert body["from"] == "2023-01-01"
    assert "from_" not in body
    assert keys_of(Baseline) == ("metric", "subject", "from", "to", "value", "source")
    assert keys_of(LineItem)[:2] == ("patent_id", "grantor")


PAYMENT = {"deal_no": "L-1", "received_on": "2025-10-01", "amount": "1.00", "payment_type": "upfront"}


def without(key: str) -> dict[str, object]:
    return {name: value for name, value in PAYMENT.items() if name != key}


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (PAYMENT | {"note": "x"}, "note"),
        (without("amount"), "amount"),
        (PAYMENT | {"amount": None}, "amount"),
        (PAYMENT | {"amount": 1}, "amount"),
        (PAYMENT | {"amount": "1,00"}, "amount"),
        (PAYMENT | {"received_on": "2025-13-01"}, "received_on"),
        (PAYMENT | {"received_on": 20251001}, "received_on"),
        (PAYMENT | {"payment_type": "gift"}, "payment_type"),
        (PAYMENT | {"deal_no": 7}, "deal_no"),
        (PAYMENT | {"deal_no": None}, "deal_no"),
    ],
)
def test_what_no_payment_could_have_written_is_refused_by_its_key(body, names):
    assert decode("payment", PAYMENT) == Payment(
        deal_no="L-1", received_on=day("2025-10-01"), amount=100, payment_type="upfront"
    )
    with pytest.raises(Undecodable, match=f"^{names}:"):
        decode("payment", body)


@pytest.mark.parametrize("body", [None, [], "{}", 3])
def test_a_body_is_an_object(body):
    with pytest.raises(Undecodable, match="object"):
        decode("payment", body)


def test_a_kind_that_nobody_knows_is_refused():
    with pytest.raises(Undecodable, match="'weather' is not known"):
        decode("weather", {})


@pytest.mark.parametrize(
    ("kind", "fact", "wrong"),
    [
        ("registration", registration("L-1", "2025-09-10", lines=(1,)), {"lines": [True]}),
        ("registration", registration("L-1", "2025-09-10", lines=(1,)), {"lines": "1"}),
        ("admission", admits("P1"), {"patents": {"P1": 1}}),
        ("licence", licence("L-1", "U1 > S1", "P1"), {"lines": ["P1"]}),
        ("licence", licence("L-1", "U1 > S1", "P1"), {"lines": [{"patent_id": "P1", "colour": "red"}]}),
        ("licence", licence("L-1", "U1 > S1", "P1"), {"term_months": "36"}),
        ("licence", licence("L-1", "U1 > S1", "P1"), {"related_party": 0}),
        ("closing", closing("accept"), {"decisions": {"growth": 1}}),
        ("closing", closing("accept"), {"decisions": ["growth"]}),
        ("participation", participation("c1"), {"overrides": {"times": 400}}),
    ],
)
def test_values_of_another_type_are_refused_however_deep(kind, fact, wrong):
    name = next(iter(wrong))
    with pytest.raises(Undecodable, match=f"^{name}:"):
        decode(kind, encode(fact) | wrong)


def test_a_null_is_no_way_to_leave_something_out():
    with pytest.raises(Undecodable, match=r"^note:"):
        decode("closing", encode(closing("submit")) | {"note": None})


# --- entries


def test_an_entry_comes_back_from_its_value_and_its_place():
    proof = (Evidence("ab" * 32, title="合同", media_type="application/pdf"), Evidence("cd" * 32))
    entry = Entry(7, "c1", 3, WRITTEN_AT, "recorder@c1", closing("accept", decisions={"growth": True}), proof, office=False)
    value = json.loads(json.dumps(value_of(entry)))
    assert entry_of(value, index=7, centre="c1", seq=3, office=False) == entry
    assert isinstance(entry.fact, Closing)
    assert value["kind"] == entry.kind == "closing"
    assert value["evidence"] == [
        {"sha256": "ab" * 32, "title": "合同", "media_type": "application/pdf"},
        {"sha256": "cd" * 32},
    ]
    assert value["recorded_at"] == "2025-09-01T00:00:00.000000Z"
    assert set(value) == {"body", "evidence", "kind", "recorded_at", "recorded_by"}
