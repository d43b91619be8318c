"""The kinds of value: what each takes, what it refuses, that it says so in both languages, and documents exactly that."""

import copy
import json
import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError, fields

from ledger.facts.identifiers import normal_party_id, normal_patent_id
from ledger.facts.kinds.deals import DealRole
from ledger.facts.text import BadIdentifier
from schemas import answers, figures, openapi, queries, sessions
from schemas.base import Strict
from schemas.errors import Words
from schemas.fields import (
    Anything,
    Choice,
    Constant,
    Day,
    DecimalText,
    Figure,
    Instant,
    Line,
    Many,
    Money,
    Object,
    Table,
    Truth,
    Whole,
    Wire,
)
from schemas.names import (
    Base64Hash,
    Code,
    Ipc,
    LongText,
    MediaType,
    Named,
    PartyId,
    PatentId,
    Pattern,
    ProofPath,
    Ref,
    Region,
    Sha256,
    Text,
    TilePath,
    Token,
)
from tests.schemas.examples import FIRM, PATENTS

CJK = re.compile(r"[\u4e00-\u9fff]")


class PairSchema(Strict):
    one = Text(required=True)


FIELDS: dict[type[fields.Field[Any]], fields.Field[Any]] = {
    Text: Text(), LongText: LongText(), Ref: Ref(), PatentId: PatentId(), PartyId: PartyId(), Code: Code(), Region: Region(),
    Ipc: Ipc(), Sha256: Sha256(), Base64Hash: Base64Hash(), MediaType: MediaType(), Token: Token(), Money: Money(),
    ProofPath: ProofPath(), TilePath: TilePath(),
    DecimalText: DecimalText(), Figure: Figure(), Day: Day(), Instant: Instant(), Whole: Whole(1, 12), Truth: Truth(),
    Choice: Choice(DealRole), Constant: Constant("licence"), Line: Line(), Anything: Anything(), answers.AnyBody: answers.AnyBody(),
    figures.Allowed: figures.Allowed(), queries.Number: queries.Number(1, 12), queries.Flag: queries.Flag(),
    queries.KnownAt: queries.KnownAt(), queries.Cursor: queries.Cursor(), queries.Listed: queries.Listed(Choice(DealRole), 1, 2),
    sessions.Bearer: sessions.Bearer(),
    Many: Many(Text(), 1, 2), Table: Table(Ref(), Truth(), 2), Object: Object(PairSchema),
}  # fmt: skip

HOSTILE = [
    None, True, False, 0, 1, -1, 13, 1.0, 1.5, 2**53, 10**400, float("nan"), "", " ", "\x00", "a\nb", "\ud800", "\u202eabc",
    "x" * 2001, "\u0301" * 31, "1e5", "+1", "01", "-0.001", "1.005", "9" * 30, "-" + "9" * 30, "2025-02-30", "20250101",
    "1899-12-31", "2025-01-01T00:00:00Z", "2025-13-01T00:00:00.000000Z", "CN202010000001.2", "CN103323265A", "US11234567",
    "CN202050000001.2", "CN199010000001.1", "CN202010000001", FIRM[:-1] + "0", "X:1", "US:", "PER:110101199003070018",
    "110101199003070018", "A B", "12345", "012345", [], ["a", 1, None], ["own", "x"], [1, 2, 3], {}, {"one": 1}, {"two": 2},
    {"": True, "a": 1}, {"a": 1, "b": 2, "c": 3},
]  # fmt: skip


def field_classes(base: type = fields.Field) -> Iterator[type]:
    for cls in base.__subclasses__():
        if cls.__module__.startswith("schemas."):
            yield cls
        yield from field_classes(cls)


def schema_with(field: fields.Field[Any]) -> Schema:
    return Strict.from_dict({"field": field})()


def taken(field: fields.Field[Any], raw: object) -> Any:
    return schema_with(field).load({"field": raw})["field"]


def takes(field: fields.Field[Any], raw: object) -> bool:
    try:
        taken(field, raw)
    except ValidationError:
        return False
    return True


def messages_in(told: object) -> Iterator[object]:
    if isinstance(told, dict | list):
        for below in told.values() if isinstance(told, dict) else told:
            yield from messages_in(below)
    else:
        yield told


def test_every_kind_of_field_is_tried_here():
    assert set(field_classes()) - {Wire, Named, Pattern} == set(FIELDS)


@pytest.mark.parametrize("cls", FIELDS, ids=lambda cls: cls.__name__)
def test_whatever_a_field_refuses_it_says_so_in_both_languages(cls):
    field = FIELDS[cls]
    raws = [{"field": raw} for raw in HOSTILE] + [{}, {"field": 1, "strange": 1}, None, []]
    schema = schema_with(copy.copy(field))
    schema.fields["field"].required = True
    seen = 0
    for raw in raws:
        try:
            schema.load(raw, many=False)
        except ValidationError as error:
            for message in messages_in(error.messages):
                seen += 1
                assert isinstance(message, Words), f"{raw!r}: {message!r}"
                assert CJK.search(message.zh)
                assert not CJK.search(str(message))
                assert "{" not in message + message.zh
    assert seen >= 4


# --- what is taken, and as what ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "raw", "value"),
    [
        (Text(), " a  b ", "a  b"),
        (Text(), "\u3000专利池\u00a0", "专利池"),
        (Text(), "e\u0301" * 200, "é" * 200),
        (Text(), "  " + "字" * 200 + "  ", "字" * 200),
        (LongText(), "字" * 2000, "字" * 2000),
        (Ref(), "许/2025-1", "许/2025-1"),
        (PatentId(), "ZL 2012 1 0593328.x", "CN201210593328.X"),
        (PatentId(), "US 11,234,567 B2", "US11234567B2"),
        (PartyId(), "us: acme", "US:acme"),
        (Code(), " wh-photonics", "wh-photonics"),
        (Region(), "４２０１００-a", "420100-a"),
        (Ipc(), "G06F 16/33 (2019.01)", "G06F16/33"),
        (Sha256(), "AB" * 32, "ab" * 32),
        (MediaType(), "Application/PDF", "application/pdf"),
        (ProofPath(), "/v1/entries/0/proof", "/v1/entries/0/proof"),
        (TilePath(), "entries/x001/x234/067.p/255", "entries/x001/x234/067.p/255"),
        (TilePath(), "63/000", "63/000"),
        (Money(), "0", 0),
        (Money(), "0.1", 10),
        (Money(), "100000000000.00", 10**13),
        (Money(signed=True), "-0.01", -1),
        (DecimalText(), "5000.0", "5000.0"),
        (Figure(), "-6.234567", "-6.234567"),
        (Day(), "2024-02-29", date(2024, 2, 29)),
        (Whole(1, 12), 12, 12),
        (Truth(), False, False),
        (Choice(DealRole), "own", "own"),
        (Many(Whole(), 0, 3), [3, 1, 3], (3, 1, 3)),
        (Many(Whole(), 0, 3), [], ()),
        (Table(Ref(), DecimalText()), {" a ": "1"}, {"a": "1"}),
        (queries.Number(1, 1000), "1000", 1000),
        (queries.Flag(), "true", True),
        (queries.KnownAt(), "0", "0"),
    ],
)
def test_a_value_comes_out_as_the_facts_hold_it(field, raw, value):
    assert taken(field, raw) == value
    assert type(taken(field, raw)) is type(value)


@pytest.mark.parametrize(
    ("field", "raw"),
    [
        (Text(), "字" * 201),
        (Text(), "\ufb2c" * 200),  # each becomes three characters
        (Text(), "a\tb"),
        (Text(), "a\n"),
        (Text(), "a\x7f"),
        (Text(), "a\u2028b"),
        (Text(), "\u2066a"),
        (Text(), "a\udfff"),
        (Text(), 5),
        (LongText(), "第一行\n第二行"),
        (LongText(), "x" * 2001),
        (Ref(), "x" * 65),
        (PatentId(), "CN202010000001.2"),
        (PatentId(), 2020100000011),
        (PatentId(), "CN202010000001.1" + " " * 300),
        (PartyId(), FIRM.replace("Y", "X")),
        (PartyId(), "PER:110101199003070010"),
        (Code(), "WH"),
        (Code(), "a"),
        (Region(), "42010"),
        (Sha256(), "ab" * 31),
        (MediaType(), "pdf"),
        (ProofPath(), "/v1/entries/041/proof"),
        (ProofPath(), "/v1/entries/41"),
        (TilePath(), "64/000"),
        (TilePath(), "0/000.p/256"),
        (TilePath(), "0/000.p/0"),
        (TilePath(), "tile/0/000"),
        (Token(), "张三"),
        (Token(), "110101199003070010"),
        (Money(), 5),
        (Money(), 5.0),
        (Money(), True),
        (Money(), "-1.00"),
        (Money(), "1.000"),
        (Money(), "1e3"),
        (Money(), " 1.00"),
        (Money(), "01.00"),
        (Money(), "１.00"),
        (Money(), "100000000000.01"),
        (Money(signed=True), "+1.00"),
        (DecimalText(), "-1"),
        (DecimalText(), "1" * 65),
        (Day(), "2025-02-29"),
        (Day(), "2025-1-1"),
        (Day(), "20250101"),
        (Day(), "2025-01-01T00:00:00Z"),
        (Day(), "1899-12-31"),
        (Whole(), -1),
        (Whole(), 2**53),
        (Whole(), 1.0),
        (Whole(), True),
        (Whole(), "1"),
        (Truth(), 0),
        (Truth(), "true"),
        (Choice(DealRole), "Own"),
        (Choice(DealRole), ["own"]),
        (Many(Whole(), 1, 3), []),
        (Many(Whole(), 1, 3), [1, 2, 3, 4]),
        (Many(Whole(), 1, 3), [1, None]),
        (Table(Ref(), Truth()), {"a": True, "a ": False}),
        (Table(Ref(), Truth(), 1), {"a": True, "b": True}),
        (queries.Number(), "01"),
        (queries.Number(), "+1"),
        (queries.Number(), "１"),
        (queries.Number(), 1),
        (queries.Flag(), "True"),
        (queries.Flag(), "1"),
        (queries.KnownAt(), "2025-09-10"),
        (queries.KnownAt(), "2025-09-10T02:11:09 08:00"),
        (queries.KnownAt(), "9" * 19),
    ],
)
def test_a_value_of_another_sort_is_refused(field, raw):
    assert not takes(field, raw)


def test_wrong_items_and_members_are_named_by_their_places():
    schema = Strict.from_dict({"many": Many(Whole(), 0, 5), "table": Table(Ref(), Truth())})()
    with pytest.raises(ValidationError) as caught:
        schema.load({"many": [1, "2", 3, None], "table": {"a": True, "b": 1, "": True}})
    assert caught.value.messages.keys() == {"many", "table"}
    assert caught.value.messages["many"].keys() == {1, 3}
    assert caught.value.messages["table"].keys() == {"b", ""}


def test_a_very_long_row_of_combining_marks_is_refused_without_being_put_in_order():
    assert not takes(LongText(), "a" + "\u0301\u0323" * 3999)
    assert takes(LongText(), "a" + "\u0301" * 30)


# --- what is documented is what is taken ---------------------------------------------------------------------------------

FORMATS = {
    "patent-id": normal_patent_id,
    "party-id": normal_party_id,
    "person-token": lambda text: normal_party_id(f"PER:{text}"),
}


def is_named(normal: Any) -> Any:
    def check(text: str) -> bool:
        try:
            return bool(normal(text))
        except BadIdentifier:
            return False

    return check


def documented(field: fields.Field[Any]) -> jsonschema_rs.Validator:
    schema_class = Strict.from_dict({"field": field}, name=f"Only{id(field)}Schema")
    made = openapi.json_schemas(schema_class)
    schema = {"$defs": made, **made[schema_class.__name__.removesuffix("Schema")]["properties"]["field"]}
    text = jsonschema_rs_ready(schema)
    return jsonschema_rs.Draft202012Validator(
        text, validate_formats=True, formats={name: is_named(normal) for name, normal in FORMATS.items()}
    )


def jsonschema_rs_ready(schema: Any) -> Any:
    return json.loads(json.dumps(schema).replace(openapi.REF_PREFIX, "#/$defs/"))


BODY_FIELDS = [cls for cls in FIELDS if cls.__module__ in ("schemas.fields", "schemas.names", "schemas.figures")]
SIGNED = Money(signed=True)


def agree(field: fields.Field[Any], validator: jsonschema_rs.Validator, raw: object) -> None:
    if type(raw) is float:
        return  # JSON Schema counts 1.0 among the whole numbers; the ledger does not
    if raw == "\u0301" * 31:
        return  # no pattern can tell which characters combine
    if validator.is_valid(raw):
        assert takes(field, raw), f"documented and refused: {raw!r}"
    elif takes(field, raw):
        # Only another spelling of the same may be taken beyond what is documented.
        value = taken(field, raw)
        assert isinstance(raw, str)
        assert isinstance(value, str)
        assert raw != value
        assert validator.is_valid(value), f"taken as {value!r}, which is not documented: {raw!r}"


def fit_for_json(raw: object) -> bool:
    try:
        return raw == raw and len(repr(raw).encode("utf-8")) < 10_000 and "\\ud" not in repr(raw)
    except UnicodeEncodeError:
        return False


@pytest.mark.parametrize("cls", BODY_FIELDS, ids=lambda cls: cls.__name__)
def test_what_a_field_documents_is_what_it_takes(cls):
    field = FIELDS[cls]
    validator = documented(field)
    accepted = [
        "a", " a ", "0", "1", "0.5", "12.34", "2024-02-29", "own", "licence", PATENTS[0], "US11234567B2", "PCT/CN2021/123456", FIRM,
        "US:acme", "PER:x1", "c1", "420100", "420100-a", "H01S3/067", "14-02", "ab" * 32, "AB" * 32, "A" * 43 + "=", "text/plain",
        "t-1", "100000000000.00", "2025-09-10T02:11:09.123456Z", ["a"], {"one": "a"}, {"a": True},
        "/v1/entries/41/proof", "entries/x001/000.p/255",
    ]  # fmt: skip
    both = [raw for raw in [*HOSTILE, *accepted] if fit_for_json(raw)]
    assert any(takes(field, raw) for raw in both)
    assert cls in (Anything, answers.AnyBody) or not all(takes(field, raw) for raw in both)
    for raw in both:
        agree(field, validator, raw)


PATTERNED = [cls for cls in BODY_FIELDS if "pattern" in FIELDS[cls].metadata]


@pytest.mark.parametrize("cls", PATTERNED, ids=lambda cls: cls.__name__)
def test_whatever_fits_a_documented_pattern_is_taken(cls):
    field = FIELDS[cls]
    validator = documented(field)
    texts = st.from_regex(field.metadata["pattern"].removeprefix("^").removesuffix("$"), fullmatch=True)

    @settings(max_examples=60, deadline=None)
    @given(texts | texts.map(lambda text: text[:-1] + chr(ord(text[-1]) ^ 1)) | st.text(max_size=8))
    def check(text):
        agree(field, validator, text)

    check()


@settings(max_examples=300, deadline=None)
@given(st.from_regex(r"-?[0-9]{1,13}(\.[0-9]{0,3})?", fullmatch=True))
@example("100000000000.00")
@example("100000000000.01")
@example("99999999999.99")
@example("-100000000000")
def test_the_pattern_of_money_is_exact_at_its_ends(text):
    for field, validator in MONEY:
        assert validator.is_valid(text) == takes(field, text)


MONEY = [(field, documented(field)) for field in (Money(), SIGNED)]


@given(st.text(max_size=30))
def test_text_comes_out_trimmed_composed_and_stays_so(text):
    if takes(Text(), text):
        value = taken(Text(), text)
        assert value == unicodedata.normalize("NFC", text.strip())
        assert taken(Text(), value) == value
