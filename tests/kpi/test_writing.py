"""A programme written as one file: read back alone, it is the same programme to its digest."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.kpi.definitions import Programme
from ledger.kpi.language import Catalogue, check_files, load, revive
from ledger.kpi.writing import toml_of
from tests.kpi.texts import programme_with

ROOT = Path(__file__).resolve().parents[2]
EVERYTHING = check_files([ROOT / "tests" / "cases" / "programmes", ROOT / "tests" / "store" / "metrics"])

# One metric for each shape: inheritance with an override, a drop and a new test, a state without a day, sums of sums.
SHAPES = """
[metric.parent]
label = { zh = "母", en = "Parent" }
from = "deal"
count = "grantees"
unit = "家"
date = ["registered_on", "signed_on"]
match = "lead"
[metric.parent.where]
"grantee.tags" = ["listed"]
"deal.related_party" = [false]
"grantor.kind" = ["university", "enterprise"]

[metric.child]
label = { zh = "子", en = "Child" }
extends = "parent"
[metric.child.where]
"recorder.region" = ["$subject.region"]
"deal.related_party" = ["*"]
"grantee.tags" = ["a \\"b\\" \\\\ c", "表\\t格\\n二", "\\u0001\\u007f\\u0085\\u2028|", "[x] # no = remark", "🀄"]

[metric.state]
label = { zh = "存量", en = "State" }
from = "admission"
count = "patents"
unit = "件"
stock = true

[metric.left]
label = { zh = "左", en = "Left" }
extends = "state"
[metric.left.where]
"patent.in_force" = [true, false]

[metric.inner]
label = { zh = "内", en = "Inner" }
sum = ["state"]
unit = "件"

[metric.outer]
label = { zh = "外", en = "Outer" }
sum = ["left", "inner"]
unit = "件"
"""

ALL_SORTS = programme_with(
    '{ id = "plain", clause = "1", metric = "child", window = "each_year", op = ">", value = "3", level = "strive" }',
    '{ id = "part", clause = "1之二", metric = "parent", window = "each_year", op = ">=", value = "1", hidden = true }',
    '{ id = "either", clause = "2", any = ["plain", "part"], window = "each_year", label = { zh = "之一", en = "Either" } }',
    '{ id = "growth", clause = "3", metric = "parent", window = "as_of", op = ">=", growth = "1.05", years = 2, panel = "same" }',
    '{ id = "rate", clause = "4", metric = "state", per = "outer", window = "last:36m", op = ">=", value = "0.50", '
    'level = "encourage", label = { zh = "率", en = "Rate" } }',
    '{ id = "days", clause = "5", metric = "outer", window = "2024-01-01/2025-01-01", op = ">=", value = "0" }',
    '{ id = "person", clause = "6", evidence = true, label = { zh = "由人认定", en = "A person decides" } }',
    '{ id = "both", clause = "7", all = ["either", "person"], label = { zh = "齐备", en = "Both" }, level = "must" }',
)


@pytest.fixture(scope="module")
def alone(tmp_path_factory) -> Callable[[str], Catalogue]:
    """What a text defines without the built-in files."""
    folder = tmp_path_factory.mktemp("programmes")

    def read(text: str) -> Catalogue:
        (folder / "written.toml").write_text(text, encoding="utf-8")
        return load(folder)

    return read


def same(found: Catalogue, programme: Programme) -> bool:
    read = found.programmes[programme.id]
    return read == programme and read.resolved == programme.resolved and read.digest == programme.digest


@pytest.mark.parametrize("programme", EVERYTHING.programmes.values(), ids=lambda one: one.id)
def test_a_programme_is_read_back_from_one_file(alone, programme):
    found = alone(toml_of(programme))
    assert same(found, programme)
    assert set(found.programmes) == {programme.id}
    assert set(found.metrics) == set(programme.resolved["metrics"])


@pytest.mark.parametrize("programme", EVERYTHING.programmes.values(), ids=lambda one: one.id)
def test_what_was_read_back_is_written_the_same(alone, programme):
    text = toml_of(programme)
    assert toml_of(alone(text).programmes[programme.id]) == text
    assert toml_of(revive(programme.id, programme.resolved)) == text


@pytest.mark.parametrize("months", ["months = 24", ""])
def test_every_shape_of_the_language_is_read_back(alone, catalogue_of, months):
    text = ALL_SORTS if months else ALL_SORTS.replace("months = 24\n", "").replace("each_year", "ytd")
    programme = catalogue_of(SHAPES, text).programmes["p"]
    assert programme.months == (24 if months else None)
    assert same(alone(toml_of(programme)), programme)


def test_every_metric_there_is_can_be_written(alone, catalogue_of):
    """Each in a programme of its own: the built-in ones, those of the cases, and the corners."""
    metrics = [*EVERYTHING.metrics.values()]
    assert len(metrics) > 90
    for metric in metrics:
        programme = check_files_with(alone, metric.id)
        assert same(alone(toml_of(programme)), programme), metric.id


def check_files_with(alone: Callable[[str], Catalogue], metric_id: str) -> Programme:
    """A programme that asks for one metric of EVERYTHING, and so reaches it and what is below it."""
    metric = EVERYTHING.metrics[metric_id]
    target = {
        "id": "t", "clause": "1", "label": metric.resolved["label"], "metric": metric_id, "window": "ytd", "op": ">=",
        "value": "1", "level": "must", "evidence": False, "hidden": False,
    }  # fmt: skip
    below = metric.resolved.get("metrics", {})
    own = {name: value for name, value in metric.resolved.items() if name != "metrics"}
    return revive("p", {
        "title": {"zh": "单", "en": "One"}, "source": "0", "subject": "centre", "target": [target],
        "metrics": {**below, metric_id: own},
    })  # fmt: skip


def test_tests_are_written_in_the_order_of_judging(alone, catalogue_of):
    programme = catalogue_of(SHAPES, ALL_SORTS).programmes["p"]
    read = tomllib.loads(toml_of(programme))["metric"]["child"]["where"]
    assert list(read) == ["grantee.tags", "grantor.kind", "recorder.region"]
    assert list(read["grantee.tags"]) == ['a "b" \\ c', "表\t格\n二", "\x01\x7f\x85\u2028|", "[x] # no = remark", "🀄"]


def test_nothing_but_line_feeds_steers_the_page(catalogue_of):
    text = toml_of(catalogue_of(SHAPES, ALL_SORTS).programmes["p"])
    assert [sign for sign in text if (sign < " " and sign != "\n") or "\x7f" <= sign <= "\x9f"] == []
    assert "存量" in text  # Chinese stands as it is


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40).map(str.strip).filter(bool)
# What a test asks for may hold controls; only blanks around it are refused, and what is not in NFC.
ASKED = st.text(st.characters(exclude_categories=["Cs", "Lo", "Mn", "Mc"]), max_size=20).map(lambda text: f"x{text}x")


@given(WORDS, WORDS, WORDS, st.lists(ASKED, min_size=1, max_size=4, unique=True))
def test_whatever_is_written_in_a_text_is_read_back(alone, zh, en, clause, asked):
    tests = {"deal.matched_via": asked, "patent.in_force": [True]}
    metric = {
        "label": {"zh": zh, "en": en}, "from": "deal", "count": "lines", "unit": en, "date": ["signed_on"], "where": tests,
        "order": ["patent.in_force", "deal.matched_via"], "stock": False, "match": "any",
    }  # fmt: skip
    target = {
        "id": "t", "clause": clause, "label": {"zh": en, "en": zh}, "metric": "m", "window": "ytd", "op": ">=",
        "value": "1", "level": "must", "evidence": False, "hidden": False,
    }  # fmt: skip
    resolved = {
        "title": {"zh": zh, "en": en}, "source": clause, "subject": "centre", "target": [target], "metrics": {"m": metric}
    }  # fmt: skip
    programme = revive("p", resolved)
    assert same(alone(toml_of(programme)), programme)
    assert programme.resolved == resolved
