"""The whole surface, held together: what a half-added kind, field, row, code, setting, command or page has forgotten, and where.

Each test asks one list of the code about all others that must know its members. A failure says in one sentence what was forgotten
and in which file it belongs. How things behave is tested in their own folders; the bodies in `vectors/entries.json` are pinned to
the byte, one full and one minimal for each kind, and together they are the log on which every word of the KPI language is asked.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import is_dataclass
from datetime import date
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import rfc8785

from ledger.facts.actors import WRITES
from ledger.facts.days import from_micros
from ledger.facts.encoding import KINDS, decode, encode, keys_of
from ledger.facts.entries import Entry
from ledger.facts.kinds.rulings import Attestation, Reversal
from ledger.facts.lines.fold import FOLDS, SILENT
from ledger.facts.lines.rows import ROWS, Row
from ledger.facts.mentions import SUBJECTS, mention, subjects
from ledger.facts.rules.table import RULES
from ledger.facts.world import World
from ledger.kpi.book import Book, Figure, Operator, Question, Scope
from ledger.kpi.fields import FAMILIES, FIELDS, Field
from ledger.kpi.figures import FoldedBook
from ledger.kpi.language import Metric, check_files
from ledger.kpi.windows import Window
from ledger.store import log
from ledger.store.database import reading, writing
from ledger.store.figures import StoredBook
from ledger.store.lines import apply
from ledger.store.tables import ROW_TABLES
from schemas.entries import BODY_SCHEMAS, load_entry

ROOT = Path(__file__).resolve().parent.parent
VECTORS = json.loads((ROOT / "tests" / "vectors" / "entries.json").read_text(encoding="utf-8"))
CENTRE = "xy-sensors"
BY_THE_SERVICE = {"closing": {"size", "programme_digest"}}  # no client says these: the service fills them in

PAGES = [ROOT / "README.md", *sorted(p for p in (ROOT / "docs").rglob("*.md") if p.parent.name != "contract")]


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def forgotten(what: Iterable[object], sentence: str) -> None:
    """Fails with the sentence and the names, if there are any."""
    names = sorted(str(one) for one in what)
    assert not names, f"{sentence}: {', '.join(names)}"


def body_of(kind: str, case: str) -> dict[str, Any]:
    found: dict[str, Any] = next((v["body"] for v in VECTORS if (v["kind"], v["case"]) == (kind, case)), {})
    return found


# --- kinds ---------------------------------------------------------------------------------------------------------------


def test_every_kind_has_its_rules_and_somebody_who_may_write_it():
    forgotten({cls.kind for cls in KINDS.values() if cls not in RULES}, "add rules to RULES in ledger/facts/rules/table.py for")
    writable = {kind for kinds in WRITES.values() for kind in kinds}
    forgotten(KINDS.keys() - writable, "no role may write it: add it to WRITES in ledger/facts/actors.py")


def test_every_kind_has_subjects_and_every_subject_a_fold():
    for vector in VECTORS:
        fact = decode(vector["kind"], vector["body"])
        speaks_of = isinstance(fact, Attestation | Reversal)
        assert speaks_of or vector["kind"] == "activity" or type(fact) in SUBJECTS, (
            f"say what an entry of this kind is about, in SUBJECTS in ledger/facts/mentions.py: {vector['kind']}"
        )
        about = subjects(fact, CENTRE, 1, lambda _: (mention("deal", CENTRE, "1"),))
        assert about, f"an entry of this kind has no subject, so no history holds it, in ledger/facts/mentions.py: {vector['kind']}"
        forgotten(
            {one.what for one in about} - FOLDS.keys() - set(SILENT),
            "say which rows follow from it in FOLDS (or that none do, in SILENT) in ledger/facts/lines/fold.py",
        )


def test_every_kind_has_a_schema_with_the_fields_of_its_fact():
    forgotten(KINDS.keys() - BODY_SCHEMAS.keys(), "add a schema to BODY_SCHEMAS in schemas/entries.py for the kind")
    for kind, cls in KINDS.items():
        on_the_wire = {field.data_key or name for name, field in BODY_SCHEMAS[kind]().load_fields.items()}
        wanted = set(keys_of(cls)) - BY_THE_SERVICE.get(kind, set())
        forgotten(wanted ^ on_the_wire, f"the schema of {kind} under schemas/ and its fact in ledger/facts/kinds differ in")


def test_every_kind_has_a_full_and_a_minimal_body_among_the_vectors():
    for kind, cls in KINDS.items():
        full, minimal = body_of(kind, "full"), body_of(kind, "minimal")
        given = full.keys() | body_of(kind, "kept").keys()
        forgotten(set(keys_of(cls)) - given, f"add to the full body of {kind} in tests/vectors/entries.json the field")
        required = {name for name, field in BODY_SCHEMAS[kind]().load_fields.items() if field.required}
        named = {BODY_SCHEMAS[kind]().load_fields[name].data_key or name for name in required}
        assert minimal.keys() == named, f"tests/vectors/entries.json needs a body of {kind} with its required fields and no more"
        for key, part in parts_of(cls):
            inside = {name for one in full[key] for name in one}
            forgotten(set(keys_of(part)) - inside, f"add to {key} of the full {kind} in tests/vectors/entries.json the field")


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: f"{v['kind']}-{v['case']}")
def test_a_vector_is_the_same_fact_on_the_wire_and_in_the_log_to_the_byte(vector):
    kind, body = vector["kind"], vector["body"]
    fact = decode(kind, body)
    if vector["case"] != "kept":  # as it comes; a kept body has what the service filled in
        assert load_entry({"kind": kind, "centre": CENTRE, "body": body}).fact == fact
    assert encode(fact) == body
    assert hashlib.sha256(rfc8785.dumps(encode(fact))).hexdigest() == vector["sha256"]


def parts_of(cls: type) -> Iterator[tuple[str, type]]:
    """The lists of objects in a fact: the field, and what it lists."""
    for name, hint in get_type_hints(cls).items():
        for listed in (a for option in (hint, *get_args(hint)) for a in get_args(option)):
            if isinstance(listed, type) and is_dataclass(listed):
                yield name, listed


# --- rows and figures ----------------------------------------------------------------------------------------------------


def test_every_row_has_a_table():
    listed = {row.__name__ for row in ROWS}
    forgotten({row.__name__ for row in Row.__subclasses__()} - listed, "add to ROWS in ledger/facts/lines/rows.py")
    forgotten({row.__name__ for row in ROWS if row not in ROW_TABLES}, "add a table to ROW_TABLES in ledger/store/tables.py for")


class Roads:
    """The vectors as a log, and one question asked of its entries and of its rows."""

    def __init__(self, folded: Book, stored: Book) -> None:
        self.folded, self.stored = folded, stored

    def ask(self, metric: Metric, what: str) -> Figure:
        operators = (Operator(date.min, date.max, body_of("centre", "full")["operator"]),)
        question = Question(metric, Scope(centre=CENTRE, operators=operators), Window(None, date.max), date(2026, 8, 31))
        by_entries = told(self.folded, question, f"{what} is not judged: add it to judging.py or figures.py in ledger/kpi")
        by_rows = told(self.stored, question, f"{what} has no SQL: add it to conditions.py or figures.py in ledger/store")
        assert by_rows == by_entries, f"{what} is one thing in ledger/store and another in ledger/kpi"
        return by_entries


def told(book: Book, question: Question, sentence: str) -> Figure:
    try:
        return book.figure(question)
    except Exception as error:  # whatever an unknown word runs into
        pytest.fail(f"{sentence} ({error!r})")


@pytest.fixture
def roads(engine) -> Iterator[Roads]:
    bodies = [(v["kind"], v["body"]) for v in VECTORS if v["case"] == "full"]
    bodies += [("party", body_of("party", "full") | {"party_id": id_}) for id_ in sorted(party_ids())]
    facts = [decode(kind, body) for kind, body in bodies]
    said = [fact for fact in facts if not isinstance(fact, Attestation | Reversal)]
    entries = [Entry(n, CENTRE, n, from_micros(1_700_000_000_000_000 + n), "vectors", fact) for n, fact in enumerate(said)]
    with writing(engine) as connection:
        world = World()
        taken = [world.take(entry) for entry in entries]
        log.append(connection, log.lock_head(connection), entries, log.stream_ends(connection, [CENTRE]))
        apply(connection, taken)
    with reading(engine) as connection:
        yield Roads(FoldedBook.folded(entries, len(entries)), StoredBook(connection, len(entries)))


def party_ids() -> set[str]:
    """Every party on a side of a full deal, so that what is asked of parties finds a record."""
    deal = body_of("licence", "full")
    return {*deal["grantors"], *deal["grantees"], *deal["principals"]} - {body_of("party", "full")["party_id"]}


def metrics_of(folder: Path, tables: dict[str, str]) -> dict[str, Metric]:
    text = "".join(f'[metric.{name}]\nlabel = {{ zh = "一", en = "one" }}\n{table}\n' for name, table in tables.items())
    (folder / "asked.toml").write_text(text, encoding="utf-8")
    metrics = check_files([folder / "asked.toml"]).metrics
    return {name: metrics[name] for name in tables}


def unit_of(count: str) -> str:
    money = ("amount", "received", "loan_amount", "contract_amount", "financing_amount", "value_amount")
    return "万元/年" if count == "sum:annualised" else "万元" if count.removeprefix("sum:") in money else "件"


@pytest.mark.parametrize("family", FAMILIES.values(), ids=lambda family: family.name)
def test_every_field_is_asked_on_both_roads(roads, tmp_path, family):
    """A test on a field lets some of the log through and stops some of it; one that does neither is not really asked."""
    tables, asks = {}, {}
    for field in family.tests:
        for number, allowed in enumerate(choices(FIELDS[field])):
            name = f"m{len(tables)}-{number}"
            asks[name] = field
            where = f'where = {{ "{field}" = {json.dumps(allowed, ensure_ascii=False)} }}'
            tables[name] = f'from = "{family.name}"\ncount = "lines"\nunit = "件"\ndate = ["{family.dates[-1]}"]\n{where}\n'
        passed: set[str] = set()
    stopped: set[str] = set()
    for name, metric in metrics_of(tmp_path, tables).items():
        figure = roads.ask(metric, f"the field {asks[name]} of {family.name}")
        passed |= {asks[name]} if figure.value else set()
        stopped |= {asks[name]} if asks[name] in figure.excluded else set()
    where = f"whatever they allow: see to it in ledger/kpi/judging.py that of {family.name}"
    forgotten(set(family.tests) - passed, f"nothing passes, {where} something passes")
    forgotten(set(family.tests) - stopped, f"nothing is stopped, {where} something is stopped by")


def choices(field: Field) -> list[list[Any]]:
    """What a field may ask for: each of its words by itself, and all that the vectors hold against something nobody says."""
    if field.sort == "flag":
        return [[True], [False]]
    if field.sort == "word":
        return [[word] for word in field.words]
    if field.sort == "region":
        return [[body_of("centre", "full")["region"]], ["110000"]]
    return [sorted(set(texts_in(VECTORS))), ["无人提及"]]


def texts_in(value: Any) -> Iterator[str]:
    match value:
        case dict():
            yield from (text for part in value.values() for text in texts_in(part))
        case list():
            yield from (text for part in value for text in texts_in(part))
        case str() if value == value.strip():
            yield value


@pytest.mark.parametrize("family", FAMILIES.values(), ids=lambda family: family.name)
def test_every_count_and_date_is_asked_on_both_roads(roads, tmp_path, family):
    """The log holds a line of each family with every field, so each count finds something on each of its dates."""
    tables = {}
    for count in family.counts:
        head = f'from = "{family.name}"\ncount = "{count}"\nunit = "{unit_of(count)}"\n'
        tables |= {name_of(count, day): f'{head}date = ["{day}"]\n' for day in family.dates}
        tables |= {name_of(count, "stock"): f"{head}stock = true\n"} if family.stock else {}
    asked = metrics_of(tmp_path, tables).items()
    nothing = {name for name, metric in asked if not roads.ask(metric, f"{name} of {family.name}").value}
    forgotten(nothing, f"count what the log holds of {family.name}, in ledger/kpi/worth.py, for the metrics")


def name_of(*words: str) -> str:
    return "m-" + re.sub("[^a-z]+", "-", "-".join(words))
