"""What was submitted stays as it is by the centre's own doing, whatever a centre tries: a search for back doors.

Random histories are submitted at some day, and then everybody goes on. Whenever the rules let an entry of the centre pass, its
figures at the day of the closing are counted before and after: none may move. They are counted by the days of RULINGS 54; the
doors that those leave open are named in `is_open`, and told in docs/closing.md.
"""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import event, given, note, settings
from hypothesis import strategies as st

from ledger.actions.ledger import Policies
from ledger.facts.encoding import encode
from ledger.facts.entries import Entry
from ledger.facts.kinds import deals as d
from ledger.facts.kinds import pools as p
from ledger.facts.kinds import registry as r
from ledger.facts.kinds import rulings as s
from ledger.facts.kinds.base import Fact
from ledger.facts.rules.context import Saying
from ledger.facts.rules.table import problems_with
from ledger.facts.world import Taken, World
from ledger.kpi.figures import FoldedBook
from ledger.kpi.language import Catalogue, load
from ledger.kpi.participants import participant
from ledger.kpi.scorecard import scorecard
from tests.closings import in_the_way, told
from tests.histories import BEGAN
from tests.store import scenery
from tests.store.scenery import Attempt, Known
from tests.store.strategies import attempts, deals, followers, outcomes, pools, regrets, rivals, verdicts

FIGURES = {  # what is counted, of what, in which unit, on which day (none: a stock)
    "lines": ("lines", "deal", "行", "registered_on"),
    "amount": ("sum:amount", "deal", "万元", "registered_on"),
    "received": ("sum:received", "deal", "万元", "registered_on"),
    "admitted": ("patents", "admission", "件", "on"),
    "in_pools": ("lines", "admission", "件", None),
    "lent": ("sum:loan_amount", "pledge", "万元", "registered_on"),
    "loans": ("entries", "pledge", "笔", None),
    "sessions": ("sum:sessions", "activity", "场", "held_on"),
    "outputs": ("distinct:ref_no", "output", "项", "on"),
    "worth": ("sum:value_amount", "output", "万元", "on"),
    "standing": ("lines", "output", "项", None),
}
GROWN_FROM = date(2024, 7, 1)  # growth is on the half year before
PROGRAMME = '\n[programme.doors]\ntitle = { zh = "甲", en = "a" }\nsource = "甲"\nsubject = "centre"\ntarget = [\n'


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    text, label = "", 'label = { zh = "甲", en = "a" }'
    for name, (count, source, unit, day) in FIGURES.items():
        dated = f'date = ["{day}"]' if day else "stock = true"
        text += f'[metric.{name}]\n{label}\nfrom = "{source}"\ncount = "{count}"\nunit = "{unit}"\n{dated}\n'
    text += PROGRAMME
    text += "".join(
        f'{{ id = "{name}", clause = "1", metric = "{name}", window = "as_of", op = ">=", value = "1" }},\n' for name in FIGURES
    )
    text += '{ id = "growth", clause = "2", metric = "lines", window = "2024-07-01/2025-01-01", op = ">=", growth = "1.10" },\n]\n'
    folder: Path = tmp_path_factory.mktemp("doors")
    (folder / "doors.toml").write_text(text, encoding="utf-8")
    return load(folder)


class Told:
    """A history as it grows, by the rules, and the figures that follow."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.programme = catalogue.programmes["doors"]
        self.policies = Policies(catalogue)
        self.world = World()
        self.entries: list[Entry] = []

    def say(self, one: Attempt, *, founding: bool = False) -> Taken | None:
        """The entry with what followed from it, if the rules let it pass."""
        saying = Saying(one.centre, one.by, self.world, self.policies, founding)
        if problems_with(one.fact, saying):
            return None
        at = BEGAN + timedelta(seconds=len(self.entries))
        self.entries.append(Entry(len(self.entries), one.centre, 0, at, one.by.name, one.fact, office=saying.office))
        note(f"{len(self.entries) - 1} {one.centre} {one.fact.kind} {encode(one.fact)}")
        return self.world.take(self.entries[-1])

    def begin(self) -> None:
        for office in scenery.OFFICES:
            self.say(Attempt(scenery.authority(office), office, scenery.founding(office)), founding=True)
        for office, facts in scenery.beginnings():
            for fact in facts:
                self.say(Attempt(scenery.authority(office), office, fact))
        for centre in scenery.CENTRES:
            office = "js-ipo" if centre == "c3" else "hb-ipo"
            started: Any = {"state": "started", "on": date(2023, 12, 31), "start_on": date(2024, 1, 1), "months": 24}
            joins = s.Participation(programme="doors", subject=centre, **started)
            assert self.say(Attempt(scenery.authority(office), office, joins))

    def submit(self, centre: str, through: date) -> bool:
        """False where an office has taken the participation back."""
        fact = s.Closing(programme="doors", subject=centre, through=through, action="submit")
        return self.say(Attempt(scenery.signatory(centre), centre, fact)) is not None

    def figures(self, centre: str, on: date) -> dict[tuple[str, str], Any]:
        book = FoldedBook.folded(self.entries, len(self.entries))
        who = participant(book, self.programme, centre, on)
        if who is None:
            return {}
        shown = ["value", "met", *(("target", "base") if on >= GROWN_FROM else ())]
        rows = scorecard(book, who, on=on, level="recorded")["targets"]
        return {(row["id"], name): row[name] for row in rows for name in shown if name in row}


def is_open(fact: Fact, told: Told) -> bool:
    """Entries without a day that figures hang on all the same."""
    if isinstance(fact, s.Reversal):
        return is_open(told.entries[fact.entry].fact, told)
    undated = (r.Party, r.Patent, r.PatentStatus, p.Pool, d.OpenLicenceStatement, s.Attestation, s.Closing)
    return isinstance(fact, undated)


def moved_by_a_later_recordal(fact: Fact, told: Told) -> bool:
    """What was received counts on its day as soon as its line is dated, by whichever day (RULINGS 16)."""
    target = told.entries[fact.entry].fact if isinstance(fact, s.Reversal) else fact
    return isinstance(target, d.Registration)


@st.composite
def baselines(draw: scenery.Draw) -> Attempt:
    """The centre declares what the half year before was like, and other half years."""
    centre = draw(st.sampled_from(tuple(scenery.CENTRES)))
    begins, ends = draw(st.sampled_from(((date(2024, 1, 1), GROWN_FROM), (date(2023, 12, 31), date(2024, 1, 1)))))
    told: dict[str, Any] = {"from_": begins, "to": ends, "value": draw(st.sampled_from(("1", "4"))), "source": "年报"}
    return Attempt(scenery.recorder(centre), centre, s.Baseline(metric="lines", subject=centre, **told))


BEFORE = (deals, rivals, followers, followers, followers, verdicts, outcomes, pools)
AFTER = (regrets, regrets, regrets, followers, attempts, lambda known: baselines())


@given(data=st.data())
@settings(max_examples=settings().max_examples // 2)
def test_no_figure_of_a_period_moves_by_an_entry_that_the_centre_writes_after_it(catalogue: Catalogue, data: st.DataObject) -> None:
    history = Told(catalogue)
    history.begin()
    for _ in range(40):
        known = Known(history.world, history.entries)
        history.say(data.draw(data.draw(st.sampled_from(BEFORE))(known)))
    through = data.draw(st.sampled_from(scenery.DAYS[3:-2]))
    held = [centre for centre in scenery.CENTRES if history.submit(centre, through)]
    for _ in range(30):
        known = Known(history.world, history.entries)
        one = data.draw(data.draw(st.sampled_from(AFTER))(known))
        before = history.figures(one.centre, through) if one.centre in held else {}
        log = [told(entry) for entry in history.entries]
        taken = history.say(one)
        if taken is None or one.centre not in held:
            continue
        assert not in_the_way(log, told(taken.entry)), "a period took an entry"
        event(f"a centre wrote {one.fact.kind}")
        if is_open(one.fact, history):
            continue
        after = history.figures(one.centre, through)
        if moved_by_a_later_recordal(one.fact, history):
            before, after = ({key: it for key, it in shown.items() if key[0] != "received"} for shown in (before, after))
        assert after == before, f"{one.fact.kind} moved figures through {through}"
