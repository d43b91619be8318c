"""The document: a schema for each kind, told apart by `kind`, and as exact as the reading."""

import json
from typing import Any

import jsonschema_rs
import pytest

from ledger.facts.encoding import KINDS
from ledger.facts.problems import Refused
from ledger.kpi import language
from schemas import entries, figures, openapi, queries
from schemas.errors import problems_of
from tests.schemas.examples import request
from tests.schemas.test_answers import ANSWERS

SCHEMAS = openapi.json_schemas(entries.EntryRequestSchema, entries.BatchSchema, *ANSWERS)


def validator(name: str) -> jsonschema_rs.Validator:
    whole = {"$defs": SCHEMAS, "$ref": f"#/$defs/{name}"}
    text = json.dumps(whole).replace(openapi.REF_PREFIX, "#/$defs/")
    return jsonschema_rs.Draft202012Validator(json.loads(text), validate_formats=True)


ENTRY = validator("EntryRequest")


def test_an_entry_is_one_of_its_kinds_and_kind_tells_which():
    document = SCHEMAS["EntryRequest"]
    assert document["discriminator"]["propertyName"] == "kind"
    assert set(document["discriminator"]["mapping"]) == set(KINDS)
    for kind, ref in document["discriminator"]["mapping"].items():
        properties = SCHEMAS[ref.removeprefix(openapi.REF_PREFIX)]["properties"]
        assert properties["kind"]["const"] == kind
        assert {"$ref": ref} in document["oneOf"]


def test_no_two_schemas_of_a_document_share_a_name():
    assert not [name for name in SCHEMAS if name[-1].isdigit()]


@pytest.mark.parametrize("kind", KINDS)
def test_the_document_takes_the_example_of_each_kind(kind):
    ENTRY.validate(request(kind))


def spoiled(value: Any) -> Any:
    """A value with one thing wrong in each place, one after the other."""
    if isinstance(value, dict):
        for key, below in value.items():
            yield {k: v for k, v in value.items() if k != key}
            yield from ({**value, key: bad} for bad in spoiled(below))
        yield {**value, "surplus": 1}
    elif isinstance(value, list):
        yield {}
        for place, below in enumerate(value):
            yield from ([*value[:place], bad, *value[place + 1 :]] for bad in spoiled(below))
    else:
        yield from (None, 0.5, "", "\t", 2**60, [value])


@pytest.mark.parametrize("kind", KINDS)
def test_the_document_and_the_reading_take_and_refuse_the_same(kind):
    taken, refused = 0, 0
    for raw in spoiled(request(kind)):
        try:
            entries.load_entry(raw)
            taken += 1
            assert ENTRY.is_valid(raw), raw
        except Refused:
            refused += 1
            assert not ENTRY.is_valid(raw), raw
    assert taken >= 2  # evidence and what it tells may be left out
    assert refused > taken


@pytest.mark.parametrize("schema", ANSWERS, ids=lambda schema: schema.__name__)
def test_the_document_takes_the_answers_of_the_contract(schema):
    validator(schema.__name__.removesuffix("Schema")).validate(ANSWERS[schema])


def test_the_document_of_an_answer_knows_no_surplus_members():
    for name in ("Receipt", "Scorecard", "ScorecardTarget", "Problem", "Totals", "ProgrammeDefinition"):
        assert SCHEMAS[name]["additionalProperties"] is False


def test_a_pledged_right_asks_for_a_patent_id_only_where_it_is_a_patent():
    right = validator("PledgedRight")
    assert right.is_valid({"right_kind": "trademark", "right_id": "TM-1"})
    assert not right.is_valid({"right_kind": "patent", "right_id": "TM-1"})


def test_a_query_documents_its_defaults_and_no_others():
    properties = openapi.json_schemas(queries.EntriesQuerySchema)["EntriesQuery"]["properties"]
    defaults = {name: told["default"] for name, told in properties.items() if "default" in told}
    assert defaults == {"limit": 100}


OWN = language.load_all()
DEFINED = [(figures.MetricDefinitionSchema, one) for one in OWN.metrics.values()]
DEFINED += [(figures.ProgrammeDefinitionSchema, one) for one in OWN.programmes.values()]


@pytest.mark.parametrize(("schema", "defined"), DEFINED, ids=lambda one: getattr(one, "id", None))
def test_the_definitions_of_our_own_programmes_are_in_order(schema, defined):
    answer = json.loads(json.dumps({"id": defined.id, "digest": defined.digest, **defined.resolved}))
    assert problems_of(schema().validate(answer)) == ()
    validator(schema.__name__.removesuffix("Schema")).validate(answer)
