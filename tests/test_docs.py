"""The project's own pages, held against the code: whatever they name is there, and whatever is there is named.

Fields, words, codes, settings, commands, routes and files: each list is compared both ways, so that a page neither forgets what was
added nor promises what is not there. A failure says in one sentence what belongs in which file.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import MISSING, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

import click
import pytest
from flask import Flask

from ledger.actions.access import create_token
from ledger.actions.demo import load_sample, sample_year
from ledger.app import create_app
from ledger.cli.main import cli
from ledger.config import Settings
from ledger.facts.actors import ROLES
from ledger.facts.encoding import KINDS
from ledger.facts.kinds.base import Fact
from ledger.facts.problems import STATUS, WARNINGS
from ledger.kpi.fields import FAMILIES, FIELDS
from ledger.kpi.language import check_files, load_all
from ledger.web.codes import CODES
from ledger.web.context import the_ledger
from tests.test_surface import ROOT, forgotten, parts_of

DOCS = sorted(page for page in (ROOT / "docs").rglob("*.md") if page.parent.name != "contract")
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS]


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


Told = tuple[str, bool, str]  # a field of the glossary: its name, whether it is starred, and its row


def glossary() -> dict[str, list[Told]]:
    """The fields under each kind: a heading names one kind or several in backticks, and its table is about all of them."""
    found: dict[str, list[Told]] = {}
    kinds: list[str] = []
    for line in page("docs/glossary.md").splitlines():
        if line.startswith("#"):
            kinds = re.findall(r"`(\w+)`", line) if line.startswith("### ") else []
        elif row := re.match(r"\| `([\w.]+)`(\*?) \|", line):
            for kind in kinds:
                found.setdefault(kind, []).append((row[1], bool(row[2]), line))
    return found


def fields_of(kind: str) -> dict[str, tuple[bool, tuple[str, ...]]]:
    """The fields of a kind and of the objects in its lists: whether it is required, and the words it may hold."""
    cls: type[Fact] = KINDS[kind]
    found = {}
    for prefix, one in (("", cls), *((f"{name}.", part) for name, part in parts_of(cls))):
        hints = get_type_hints(one)
        for field in fields(one):  # type: ignore[arg-type]
            required = field.default is MISSING
            found[prefix + field.name.rstrip("_")] = (required, words_of(hints[field.name]))
    return found


def words_of(hint: Any) -> tuple[str, ...]:
    options = (hint, *get_args(hint))
    return next((get_args(option) for option in options if get_origin(option) is Literal), ())


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_and_word_of_a_kind_is_in_the_glossary(kind):
    rows = {name: (starred, row) for name, starred, row in glossary().get(kind, [])}
    told_of = fields_of(kind)
    forgotten(told_of.keys() - rows.keys(), f"add to the section {kind} of docs/glossary.md the field")
    forgotten(rows.keys() - told_of.keys(), f"take out of the section {kind} of docs/glossary.md what is no field of it")
    forgotten(
        {name for name, (required, _) in told_of.items() if required != rows[name][0]},
        f"in the section {kind} of docs/glossary.md a star belongs to the required fields and to no others",
    )
    for name, (_, allowed) in told_of.items():
        unsaid = {word for word in allowed if f"`{word}`" not in rows[name][1]}
        forgotten(unsaid, f"explain in the row {name} of {kind} in docs/glossary.md the word")


def test_the_language_of_programmes_is_told_to_its_last_word():
    text = page("docs/programmes.md")
    words = {*FIELDS, *FAMILIES, *(word for family in FAMILIES.values() for word in (*family.counts, *family.dates))}
    forgotten({word for word in words if f"`{word}`" not in text}, "explain in docs/programmes.md the word")
    unnamed = {name for name in load_all().programmes if f"`{name}`" not in text}
    forgotten(unnamed, "name in docs/programmes.md the built-in programme")


def test_the_programmes_on_the_pages_are_in_order(tmp_path):
    pages = [path.read_text(encoding="utf-8") for path in PAGES]
    examples = [text for told in pages for text in re.findall(r"^```toml\n(.*?)^```", told, re.M | re.S)]
    assert examples
    for number, text in enumerate(examples):
        (tmp_path / f"{number}.toml").write_text(text, encoding="utf-8")
    found = check_files([tmp_path])
    answer = f"in order: {len(found.metrics)} metrics and {len(found.programmes)} programmes with the built-in ones"
    assert answer in page("docs/programmes.md"), f"docs/programmes.md tells another answer than: {answer}"


def test_every_problem_code_is_explained():
    text = page("docs/api.md")
    rows = dict(row for row in re.findall(r"^\| (\d{3})[^|]* \| (.*) \|$", text, re.M))
    forgotten(STATUS.keys() - CODES.keys(), "say what it means, in both languages, in CODES in ledger/web/codes.py")
    forgotten(CODES.keys() - STATUS.keys(), "give it a status in STATUS in ledger/facts/problems.py")
    unsaid = {code for code, status in STATUS.items() if f"`{code}`" not in rows.get(str(status), "")}
    forgotten(unsaid, "add under its status in docs/api.md")
    strangers = {word for row in rows.values() for word in re.findall(r"`([\w-]+)`", row)} - STATUS.keys()
    forgotten(strangers, "docs/api.md names a code that ledger/facts/problems.py does not know")
    forgotten({code for code in (*WARNINGS, *ROLES) if f"`{code}`" not in text}, "explain in docs/api.md the warning or role")
    for code in CODES.values():
        assert all(code.title[tongue] and code.meaning[tongue] for tongue in ("zh", "en"))


def test_every_setting_is_told_and_no_other():
    settings = {f"LEDGER_{field.name.upper()}" for field in fields(Settings)}
    rows = set(re.findall(r"^\| `(LEDGER_\w+)` \|", page("docs/settings.md"), re.M))
    forgotten(settings - rows, "add a row to docs/settings.md for")
    named = {name for path in PAGES for name in re.findall(r"LEDGER_[A-Z_]+[A-Z]", path.read_text(encoding="utf-8"))}
    forgotten((rows | named) - settings, "the pages name a setting that ledger/config.py does not know")


def test_every_command_is_told_and_no_other():
    code = [span for path in PAGES for span in re.findall(r"```.*?```|`[^`\n]+`", path.read_text(encoding="utf-8"), re.S)]
    named = {words for span in code for words in re.findall(r"pool-ledger ([a-z]+(?: [a-z]+)?)", span)}
    commands = set(commands_of(cli))
    forgotten(commands - named, "name in the README or under docs/, in backticks, the command pool-ledger")
    known = {command.split()[0] for command in commands} | commands
    strangers = {words for words in named if words not in known and words.split()[0] not in commands}
    forgotten(strangers, "the pages name a command that ledger/cli does not have")


def commands_of(group: click.Group, before: str = "") -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands_of(command, f"{before}{name} ")
        else:
            yield before + name


@pytest.fixture
def app(sqlite_url) -> Iterator[Flask]:
    made = create_app(Settings(database_url=sqlite_url))
    yield made
    with made.app_context():
        the_ledger().engine.dispose()


def test_every_route_is_told_and_no_other(app):
    rules = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule) for rule in app.url_map.iter_rules()}
    routes = {rule for rule in rules if not rule.startswith("/docs/")}  # what the page /docs is made of
    named = set(re.findall(r"`(?:GET|POST) (/[^`]*)`", page("docs/api.md")))
    forgotten(routes - named, "add to the table of docs/api.md the route")
    forgotten(named - routes, "docs/api.md names a route that ledger/web does not serve")


@pytest.mark.slow
def test_the_five_minutes_of_the_readme_are_true(app):
    """Its requests, in their order, on the sample year; its numbers are looked for in its text."""
    text = page("README.md").split("## Five minutes")[1].split("\n## ")[0]
    batch, licence, reversal = (json.loads(body) for body in re.findall(r"-d '(\{.*?\})'", text, re.S))
    with app.app_context():
        size = load_sample(the_ledger(), sample_year())
        token = create_token(the_ledger(), role="recorder", centre="wh-photonics")
    client, headers = app.test_client(), {"Authorization": f"Bearer {token}"}
    here = "/v1/programmes/hubei-2025/scorecards/wh-photonics"

    def say(path, body):
        answer = client.post(path, json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        return answer.json

    def card(asked=""):
        targets = client.get(f"{here}?on=2026-11-30{asked}", headers=headers).json["targets"]
        return {t["id"]: f"{t['id']} {t['value']} {t['op']} {t['target']}" for t in targets}

    before = card()
    say("/v1/entries/batch", batch)
    index = say("/v1/entries", licence)["index"]
    after = card()
    moved = client.get(f"{here}/changes?since={size}&on=2026-11-30", headers=headers).json["targets"]
    assert {one["id"]: one["entries"] for one in moved} == {"times": [index], "amount": [index]}
    assert reversal["body"]["entry"] == index
    assert say("/v1/entries", reversal)["index"] == index + 1
    assert card() == card(f"&known_at={size}") == before
    assert card(f"&known_at={index + 1}") == after
    quoted = [before["times"], before["amount"], *(after[one].split(" >=")[0] for one in ("times", "amount"))]
    quoted += [f"{size // 1000} {size % 1000:03} entries", f"`known_at={index + 1}`"]
    forgotten({words for words in quoted if words not in text}, "the README tells other numbers than these")
    assert {*re.findall(r"(?:known_at=|since=|entry )(\d+)", text)} == {str(size), str(index), str(index + 1)}


def test_every_file_that_the_pages_name_is_there():
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        links = {ROOT / path.parent / link for link in re.findall(r"\]\((?!http)([^)#]+)\)", text)}
        names = re.findall(r"`((?:ledger|schemas|migrations|tests|examples|docs)/[\w./-]*)`", text)
        missing = {str(one) for one in (*links, *(ROOT / name for name in names)) if not one.exists()}
        forgotten(missing, f"{path.name} names what is not there")


def test_every_decision_is_listed():
    pages = {path.name for path in (ROOT / "docs" / "adr").glob("[0-9]*.md")}
    forgotten({name for name in pages if f"({name})" not in page("docs/adr/README.md")}, "list in docs/adr/README.md")
