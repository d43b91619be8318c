"""Every finding has its sentence, in both languages, with the same values."""

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from ledger.actions.verify import bundle, proof, telling
from ledger.actions.verify.telling import TEXTS, shown, spoken

FOLDER = Path(telling.__file__).parent
NAMES = {"CHECK": None, "TREE": "tree", "STREAMS": "streams", "SINCE": "since"}  # constants that stand for a check


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(FOLDER.glob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def check_of(path: Path, module: ast.Module) -> str | None:
    """The check that a module calls CHECK."""
    for node in module.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "CHECK":
            assert isinstance(node.value, ast.Constant)
            return str(node.value.value)
    return None


def found() -> Iterator[tuple[str, frozenset[str]]]:
    """The code of every finding and note in the source, with the values that are given to it."""
    for path, module in modules():
        for node in ast.walk(module):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            given = frozenset(keyword.arg for keyword in node.keywords if keyword.arg) - {"entry", "line", "one"}
            if name == "deviate" and len(node.args) > 1:
                check = node.args[0]
                if isinstance(check, ast.Constant):
                    said = str(check.value)
                elif isinstance(check, ast.Name):
                    said = NAMES.get(check.id) or check_of(path, module) or "?"
                elif isinstance(check, ast.Attribute):
                    said = check.value.id if isinstance(check.value, ast.Name) else "?"
                codes = [one.value for one in ast.walk(node.args[1]) if isinstance(one, ast.Constant)]
                yield from ((f"{said}.{code}", given) for code in codes if said != "?")
            if name == "wrong" and node.args and isinstance(node.args[0], ast.Constant):
                yield f"contested.{node.args[0].value}", given
            if name == "note" and isinstance(node.args[0], ast.Constant):
                yield f"note.{node.args[0].value}", given


def values_in(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("code", TEXTS)
def test_both_languages_say_the_same(code: str):
    zh, en = TEXTS[code]
    assert values_in(zh) == values_in(en)
    assert zh != en or values_in(zh)


def test_every_finding_has_its_sentence():
    codes = {code for code, _ in found()}
    assert len(codes) > 80
    assert {code for code in codes if code not in TEXTS and not code.startswith("check.")} == set()


def test_every_check_has_its_title_and_says_what_it_looked_at():
    for check in (*bundle.CHECKS, *proof.CHECKS, "entry"):
        assert f"title.{check}" in TEXTS
        assert f"told.{check}" in TEXTS or check == "proof"


def test_a_value_from_outside_is_shown_cut_and_without_what_a_terminal_would_obey():
    told = spoken("manifest.field-unknown", {"field": "\x1b[2J" + "x" * 10_000 + "\n"}, "en")
    assert told.isprintable()
    assert len(told) < 400
    assert shown(None) == "–"
