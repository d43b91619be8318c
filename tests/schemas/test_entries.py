"""Requests to record: what is read from them, and that everything wrong with them is said at once."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.facts.encoding import KINDS, decode, encode, keys_of
from ledger.facts.entries import Evidence
from ledger.facts.kinds.deals import Licence
from ledger.facts.problems import Refused
from schemas import entries
from schemas.entries import BODY_SCHEMAS, REQUEST_SCHEMAS, load_batch, load_entry
from tests.schemas.examples import BODIES, EVIDENCE, FIRM, PATENTS, request


def refusal(raw: object) -> dict[str, str]:
    with pytest.raises(Refused) as caught:
        load_entry(raw)
    assert {problem.code for problem in caught.value.problems} == {"invalid"}
    return {problem.path: problem.en for problem in caught.value.problems}


def batch_refusal(raw: object) -> dict[str, str]:
    with pytest.raises(Refused) as caught:
        load_batch(raw)
    return {problem.path: problem.en for problem in caught.value.problems}


# --- every kind ----------------------------------------------------------------------------------------------------------


def test_every_kind_of_the_contract_has_a_schema_and_an_example():
    assert set(BODY_SCHEMAS) == set(KINDS) == set(BODIES)


@pytest.mark.parametrize("kind", KINDS)
def test_the_fields_of_a_schema_are_those_of_its_fact_in_their_order(kind):
    filled_in_by_the_service = {"size", "programme_digest"} if kind == "closing" else set()
    keys = [field.data_key or name for name, field in BODY_SCHEMAS[kind]().load_fields.items()]
    assert keys == [key for key in keys_of(KINDS[kind]) if key not in filled_in_by_the_service]


@pytest.mark.parametrize("kind", KINDS)
def test_an_example_holds_every_field_of_its_kind(kind):
    keys = {field.data_key or name for name, field in BODY_SCHEMAS[kind]().load_fields.items()}
    assert set(BODIES[kind]) == keys


@pytest.mark.parametrize("kind", KINDS)
def test_a_full_body_is_read_kept_and_read_again_as_the_same_fact(kind):
    said = load_entry(request(kind))
    assert (said.kind, said.centre, type(said.fact)) == (kind, "wh-photonics", KINDS[kind])
    body = encode(said.fact)
    assert body == BODIES[kind]
    assert decode(kind, body) == said.fact
    assert load_entry({**request(kind), "body": json.loads(json.dumps(body))}).fact == said.fact


@pytest.mark.parametrize("kind", KINDS)
def test_a_body_with_required_fields_only_is_enough(kind):
    required = {f.data_key or name for name, f in BODY_SCHEMAS[kind]().load_fields.items() if f.required}
    body = {key: value for key, value in BODIES[kind].items() if key in required}
    fact = load_entry({"kind": kind, "centre": "c1", "body": body}).fact
    assert encode(fact) == body


@pytest.mark.parametrize("kind", KINDS)
def test_each_required_field_is_missed_by_its_name(kind):
    required = {f.data_key or name for name, f in BODY_SCHEMAS[kind]().load_fields.items() if f.required}
    assert refusal({"kind": kind, "centre": "c1", "body": {}}) == {f"body.{key}": "This is required" for key in required}


@pytest.mark.parametrize("kind", KINDS)
def test_no_field_but_the_amount_of_a_deal_may_be_null(kind):
    refused = refusal({"kind": kind, "centre": "c1", "body": dict.fromkeys(BODIES[kind])})
    nullable = {"amount"} if kind in ("transfer", "licence", "open_licence", "equity") else set()
    assert refused == {f"body.{key}": "This must not be null" for key in BODIES[kind] if key not in nullable}


def test_an_unknown_amount_of_a_deal_is_null_and_stays_so():
    fact = load_entry(request("licence", amount=None)).fact
    assert isinstance(fact, Licence)
    assert fact.amount is None
    assert encode(fact)["amount"] is None


def test_what_is_written_in_another_way_comes_out_in_the_normal_one():
    body = {
        "deal_no": "  许-1 ",
        "grantors": [" ９１４２０１００５５１０００１１１ｙ"],
        "lines": [{"patent_id": "ZL 2020 1 0000001.1", "registration_no": "Cafe\u0301"}],
        "amount": "12",
    }
    encoded = encode(load_entry(request("licence", **body)).fact)
    assert encoded["deal_no"] == "许-1"
    assert encoded["grantors"] == [FIRM]
    assert encoded["lines"] == [{"patent_id": PATENTS[0], "registration_no": "Caf\u00e9"}]
    assert encoded["amount"] == "12.00"


def test_evidence_is_a_digest_with_a_name():
    evidence = load_entry({**request("pool"), "evidence": [{"sha256": "AB" * 32, "media_type": "Application/PDF"}]}).evidence
    assert evidence == (Evidence(sha256="ab" * 32, media_type="application/pdf"),)
    assert load_entry(request("pool")).evidence[0].title == EVIDENCE[0]["title"]


def test_the_service_fills_in_the_size_and_digest_of_a_closing_itself():
    refused = refusal(request("closing", size=7, programme_digest="ab" * 32))
    assert refused == {"body.size": "There is no such field", "body.programme_digest": "There is no such field"}


def test_the_pledged_right_of_a_patent_is_a_patent_id_and_any_other_is_not():
    def rights(kind, right_id):
        return request("pledge", rights=[{"right_kind": kind, "right_id": right_id}])

    assert load_entry(rights("patent", "2020 1 0000001.1")).fact.rights[0].right_id == PATENTS[0]
    assert load_entry(rights("trademark", "2020 1 0000001.1")).fact.rights[0].right_id == "2020 1 0000001.1"
    assert refusal(rights("patent", "TM-30123456")).keys() == {"body.rights.0.right_id"}


def test_a_bad_patent_of_a_pledge_is_told_beside_other_faults_of_that_right():
    right = {"right_kind": "patent", "right_id": "TM-1", "registration_no": 5}
    assert refusal(request("pledge", rights=[right])).keys() == {"body.rights.0.right_id", "body.rights.0.registration_no"}


# --- everything wrong, at once -------------------------------------------------------------------------------------------


def test_every_problem_of_a_request_is_told_at_once_in_order_of_its_path():
    bad = copy.deepcopy(request("licence"))
    bad["body"]["lines"][1] |= {"patent_id": "CN202010000002.7", "amount": 400000}
    bad["body"] |= {"amount": "1e6", "signed_on": "2025-02-30", "role": "both", "related_party": 0, "term_months": 0, "colour": 1}
    bad["evidence"][0] = {"title": "\u0007"}
    del bad["centre"]
    with pytest.raises(Refused) as caught:
        load_entry(bad)
    assert [problem.path for problem in caught.value.problems] == [
        "body.amount",
        "body.colour",
        "body.lines.1.amount",
        "body.lines.1.patent_id",
        "body.related_party",
        "body.role",
        "body.signed_on",
        "body.term_months",
        "centre",
        "evidence.0.sha256",
        "evidence.0.title",
    ]
    assert caught.value.status == 422


def test_places_in_a_list_are_ordered_as_numbers():
    lines = [{"patent_id": "x"} for _ in range(11)]
    with pytest.raises(Refused) as caught:
        load_entry(request("transfer", lines=lines))
    assert [problem.path for problem in caught.value.problems] == [f"body.lines.{n}.patent_id" for n in range(11)]


@pytest.mark.parametrize("raw", [None, [], "licence", 7, True, 1.5])
def test_what_is_no_object_is_refused_as_a_whole(raw):
    assert refusal(raw) == {"": "This must be an object"}


@pytest.mark.parametrize("kind", [None, 7, [], {}, "Licence", "", "no-such"])
def test_an_unknown_kind_is_told_together_with_what_else_is_wrong_around_the_body(kind):
    refused = refusal({"kind": kind, "centre": "C 1", "body": {"a": 1}, "extra": 0, "evidence": {}})
    assert refused.keys() == {"kind", "centre", "extra", "evidence"}


@pytest.mark.parametrize("body", [[], "x", 1, False])
def test_a_body_that_is_no_object_is_refused_where_it_stands(body):
    assert refusal({"kind": "pool", "centre": "c1", "body": body}) == {"body": "This must be an object"}


def test_a_list_that_is_too_long_is_one_problem_and_not_thousands():
    assert refusal(request("admission", patents=["x"] * 2001)) == {"body.patents": "This must have 1 to 2000 items"}


def test_of_a_flood_of_unknown_fields_a_hundred_are_named():
    assert len(refusal(request("pool") | {f"f{n}": 0 for n in range(5000)})) == 100


def test_the_name_of_an_unknown_field_is_shown_short_and_printable():
    assert refusal(request("pool") | {"\ud800\u0000": 1}).keys() == {"?"}
    assert refusal(request("pool") | {"x" * 500: 1}).keys() == {"x" * 80 + "…"}
    assert refusal(request("pool") | {"_schema": 1}).keys() == {"_schema"}


# --- batches -------------------------------------------------------------------------------------------------------------


def test_a_batch_is_read_in_its_order():
    said = load_batch({"entries": [request("pool"), request("licence"), request("pool", action="close")]})
    assert [one.kind for one in said] == ["pool", "licence", "pool"]
    assert said[1] == load_entry(request("licence"))


def test_every_bad_item_of_a_batch_is_told_under_its_place():
    items = [request("pool") for _ in range(12)]
    items[2]["body"]["on"] = "yesterday"
    items[11] = 5
    items[10]["body"]["colour"] = "red"
    assert list(batch_refusal({"entries": items})) == ["entries.2.body.on", "entries.10.body.colour", "entries.11"]


def test_a_batch_names_one_centre_however_it_is_written():
    items = [request("pool", centre=code) for code in (" c1", "ｃ１", "c2", "C")]
    assert batch_refusal({"entries": items[:3]}) == {"entries.2.centre": "A batch names one centre"}
    assert batch_refusal({"entries": items}).keys() == {"entries.2.centre", "entries.3.centre"}
    assert len(load_batch({"entries": items[:2]})) == 2


@pytest.mark.parametrize("raw", [{}, {"entries": None}, {"entries": []}, {"entries": {}}, {"entries": [{}] * 10_001}])
def test_a_batch_holds_one_to_ten_thousand_entries(raw):
    assert batch_refusal(raw).keys() == {"entries"}


def test_the_lines_and_patents_of_a_batch_are_counted_together():
    largest = request("admission", patents=[PATENTS[0]] * 2000)
    withdrawn = request("withdrawal", patents=[PATENTS[0]] * 2000)
    assert len(load_batch({"entries": [largest] * 25 + [withdrawn] * 25})) == 50
    one_more = {"entries": [largest] * 25 + [withdrawn] * 25 + [request("licence")]}
    assert batch_refusal(one_more) == {"entries": "A batch has at most 100000 lines, patents and pledged rights together"}


# --- hostile input -------------------------------------------------------------------------------------------------------

ODD_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.sampled_from(["", " ", "\x00", "\ud800", "1e400", "-0", "１", "0.001", "2025-02-30", "=1+1", "\u202ex", "x" * 300]),
    st.sampled_from([10**400, "9" * 5000, "\u0301" * 5000]),
    st.text(max_size=20),
    st.sampled_from([*BODIES["licence"].values(), *BODIES["pledge"].values()]).map(copy.deepcopy),  # right elsewhere
)
ODD = st.recursive(
    ODD_SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.just("_schema"), inner, max_size=3),
    max_leaves=8,
)


def deep(levels: int) -> Any:
    nested: Any = "x"
    for level in range(levels):
        nested = [nested] if level % 2 else {"a": nested}
    return nested


def loaded(raw: object) -> object:
    """What is said, or the paths of what is wrong."""
    try:
        return load_entry(raw)
    except Refused as refused:
        assert refused.problems
        for problem in refused.problems:
            assert problem.path or not isinstance(raw, dict)
            json.dumps([problem.path, problem.zh, problem.en], ensure_ascii=False).encode()
            assert len(problem.zh) < 1000 > len(problem.en)
        return refused.problems


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_no_hostile_value_in_any_place_is_answered_by_anything_but_a_named_problem(data):
    kind = data.draw(st.sampled_from(sorted(KINDS)))
    raw = copy.deepcopy(request(kind))
    for _ in range(data.draw(st.integers(1, 3))):
        place: Any = raw
        while isinstance(place, dict | list) and place:
            key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
            if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
                place[key] = data.draw(ODD)
                break
            place = place[key]
    loaded(raw)


@settings(max_examples=200, deadline=None)
@given(ODD)
def test_no_json_value_at_all_is_answered_by_anything_but_a_named_problem(raw):
    loaded(raw)


@pytest.mark.parametrize("where", ["kind", "centre", "body", "evidence", "strange"])
def test_deep_nesting_is_refused_without_being_walked(where):
    assert any(problem.path.startswith(where) for problem in loaded({**request("licence"), where: deep(5000)}))
    assert loaded(request("licence", lines=deep(5000)))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_the_short_way_and_the_long_way_read_the_same(data):
    """Well-formed requests are read without marshmallow's walk, which must then find nothing else in them."""
    kind = data.draw(st.sampled_from(sorted(KINDS)))
    raw = copy.deepcopy(request(kind))
    key = data.draw(st.sampled_from(sorted(raw["body"])))
    if data.draw(st.booleans()):
        raw["body"][key] = data.draw(ODD)
    schema = REQUEST_SCHEMAS[kind]
    try:
        short: object = schema.read(raw)
    except entries.ValidationError:
        short = None
    try:
        long: object = schema.load(raw, many=False)
    except entries.ValidationError:
        long = None
    assert short == long
