"""What is asked of a random history: any metric in any scope, window and level, whole and by groups."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from hypothesis import strategies as st

from ledger.facts.lines.rows import NEVER
from ledger.facts.mentions import mention
from ledger.facts.world import World
from ledger.kpi.book import GROUPS, LEVELS, Question, Scope
from ledger.kpi.language import Catalogue, Metric
from ledger.kpi.participants import on_day, operators
from ledger.kpi.windows import Window
from tests.store.scenery import CENTRES, REGIONS, Draw, days, perhaps, some


@dataclass(frozen=True)
class Wanted:
    """A question, and the groups by which it is asked as well."""

    question: Question
    by: tuple[str, ...]

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """For Hypothesis: a metric would tell all that it resolves to, and nobody could read the failure."""
        q = self.question
        printer.text(f"{q.metric.id} of {q.scope} in {q.window} on {q.on} at {q.level} by {self.by}")


@st.composite
def questions(draw: Draw, catalogue: Catalogue, world: World) -> Wanted:
    """A question in any scope. `world` tells what the subject is; what is asked may be any size of its log."""
    metric = catalogue.metrics[draw(st.sampled_from(sorted(catalogue.metrics)))]
    begins, ends = draw(perhaps(days)), draw(days | st.just(NEVER))
    if begins and begins >= ends:
        begins, ends = (ends, begins) if begins > ends else (None, ends)
    on = draw(days)
    scope = draw(_scopes(world, on))
    question = Question(metric, scope, Window(begins, ends), on, draw(st.sampled_from(tuple(LEVELS))))
    return Wanted(question, () if metric.sum else draw(some(st.sampled_from(_groups(metric)), 2)))


def _groups(metric: Metric) -> tuple[str, ...]:
    return ("centre", "kind", "region") if metric.stock else GROUPS


@st.composite
def _scopes(draw: Draw, world: World, on: date) -> Scope:
    recorders = draw(st.none() | st.none() | st.none() | st.frozensets(st.sampled_from(tuple(CENTRES)), max_size=2))
    industry = draw(perhaps(st.sampled_from(("photonics", "textiles"))))
    what = draw(st.sampled_from(("centre", "centre", "region", "region", "whole")))
    if what == "centre":
        code = draw(st.sampled_from(tuple(CENTRES)))
        rows = sorted((row for row in world.rows(mention("centre", code))), key=lambda row: row.begins)  # type: ignore[attr-defined]
        record = on_day(rows, on)  # type: ignore[arg-type]
        terms = {"industry": industry, "region": record.region if record else None}
        return Scope(centre=code, terms=terms, operators=operators(rows), recorders=recorders)  # type: ignore[arg-type]
    region = draw(st.sampled_from(REGIONS))
    terms = {"industry": industry, "region": region}
    return Scope(region=region if what == "region" else None, terms=terms, recorders=recorders)
