"""What the service answers about figures: totals, scorecards, the lines behind them, why they moved, and their definitions.

Figures are text, exact in their unit; counts of lines beside them are whole numbers (RULINGS 40). Null where nothing can be said.
"""

from typing import Any

from ledger.facts.kinds.rulings import ParticipationState
from ledger.kpi.targets import LEVELS, OPERATORS, PANELS, SUBJECTS
from schemas.answers import PAGE_MAX
from schemas.base import Strict
from schemas.errors import Wrong
from schemas.fields import Choice, Day, DecimalText, Figure, Instant, Line, Many, Money, Object, Table, Truth, Whole, Wire
from schemas.names import Base64Hash, Code, LongText, PatentId, Ref, Region, Sha256, Text

TARGETS_MAX = 1000
PARTS_MAX = 200
CHANGES_MAX = 1_000_000
FIGURE_LEVELS = ("recorded", "attested", "verified")
GROUPS = ("centre", "kind", "month", "quarter", "year", "region")
PUBLISHED_STATES = ("accepted", "reopened")
LINE_STANDINGS = ("counted", "pending", "excluded")


class LabelSchema(Strict):
    zh = Line(required=True)
    en = Line(required=True)


class WindowSchema(Strict):
    """From a day up to and without another; `from` is null where everything before counts, both are until a period has begun."""

    from_ = Day(required=True, allow_none=True, data_key="from", attribute="from")
    to = Day(required=True, allow_none=True)


class PeriodSchema(Strict):
    from_ = Day(required=True, data_key="from", attribute="from")
    to = Day(required=True)


class KnownAtSchema(Strict):
    """How much of the log an answer rests on."""

    size = Whole(required=True)
    root = Base64Hash(required=True)
    recorded_at = Instant(required=True, allow_none=True)


class TotalsRowSchema(Strict):
    """One group, under the names it was grouped by. For a reader a small group's value is null, and said to be suppressed."""

    centre = Code()
    kind = Ref()
    month = Line()
    quarter = Line()
    year = Line()
    region = Region()
    value = Figure(required=True, allow_none=True)
    suppressed = Truth()


class TotalsSchema(Strict):
    metric = Ref(required=True)
    unit = Line(required=True)
    known_at = Object(KnownAtSchema, required=True)
    rows = Many(Object(TotalsRowSchema), 0, CHANGES_MAX, required=True)


class PendingSchema(Strict):
    """Lines that nothing dates yet; their amount in 万元 whatever the unit."""

    lines = Whole(required=True)
    amount = Figure(required=True, allow_none=True)


class PartSchema(Strict):
    """One year of a target that is asked for each year."""

    window = Object(PeriodSchema, required=True)
    value = Figure(required=True, allow_none=True)
    verified = Figure(required=True, allow_none=True)
    target = Figure(required=True, allow_none=True)
    base = Figure(allow_none=True)
    completion = Figure(required=True, allow_none=True)
    met = Truth(required=True, allow_none=True)
    suppressed = Truth()


class ScorecardTargetSchema(Strict):
    """One target. Its figures are null where there are none, or where `parts` tells them year by year."""

    id = Ref(required=True)
    clause = Line(required=True)
    label = Object(LabelSchema, required=True)
    unit = Line(required=True, allow_none=True)
    window = Object(WindowSchema, required=True)
    op = Choice(OPERATORS, required=True, allow_none=True)
    target = Figure(required=True, allow_none=True)
    base = Figure(allow_none=True)
    value = Figure(required=True, allow_none=True)
    verified = Figure(required=True, allow_none=True)
    pending = Object(PendingSchema, required=True)
    missing_amounts = Whole(required=True)
    excluded = Table(Ref(), Whole(), required=True)
    completion = Figure(required=True, allow_none=True)
    met = Truth(required=True, allow_none=True)
    level = Choice(LEVELS, required=True)
    parts = Many(Object(PartSchema), 0, PARTS_MAX, required=True)
    evidence = Truth()
    hidden = Truth()
    suppressed = Truth()


class ScorecardSchema(Strict):
    """A subject's figures in a programme. `level` is that of the lines counted; each target has one of its own."""

    programme = Ref(required=True)
    programme_digest = Sha256(required=True)
    subject = Code(required=True)
    state = Choice(ParticipationState, required=True)
    on = Day(required=True)
    level = Choice(FIGURE_LEVELS, required=True)
    period = Object(PeriodSchema, required=True, allow_none=True)
    known_at = Object(KnownAtSchema, required=True)
    met = Truth(required=True, allow_none=True)
    targets = Many(Object(ScorecardTargetSchema), 0, TARGETS_MAX, required=True)


class ScorecardRowTargetSchema(Strict):
    id = Ref(required=True)
    value = Figure(required=True, allow_none=True)
    verified = Figure(required=True, allow_none=True)
    target = Figure(required=True, allow_none=True)
    completion = Figure(required=True, allow_none=True)
    met = Truth(required=True, allow_none=True)
    suppressed = Truth()


class ScorecardRowSchema(Strict):
    """One participant, in short."""

    subject = Code(required=True)
    name = Text(required=True, allow_none=True)
    state = Choice(ParticipationState, required=True)
    period = Object(PeriodSchema, required=True, allow_none=True)
    met = Truth(required=True, allow_none=True)
    targets = Many(Object(ScorecardRowTargetSchema), 0, TARGETS_MAX, required=True)


class ScorecardPageSchema(Strict):
    items = Many(Object(ScorecardRowSchema), 0, PAGE_MAX, required=True)
    next = Line(required=True, allow_none=True)


class LineItemSchema(Strict):
    """A line behind a figure; `reason` is the first failing test, or the word that keeps it out."""

    entry = Whole(required=True)
    line = Whole(required=True, allow_none=True)
    centre = Code(required=True)
    kind = Ref(required=True)
    deal_no = Ref(required=True, allow_none=True)
    patent_id = PatentId(required=True, allow_none=True)
    day = Day(required=True, allow_none=True)
    amount = Money(signed=True, required=True, allow_none=True)
    standing = Choice(LINE_STANDINGS, required=True)
    reason = Line(required=True, allow_none=True)


class LinePageSchema(Strict):
    items = Many(Object(LineItemSchema), 0, PAGE_MAX, required=True)
    next = Line(required=True, allow_none=True)


class ChangeSchema(Strict):
    """One figure that moved; of a target that is asked for each year, the one of this `window`."""

    id = Ref(required=True)
    before = Figure(required=True, allow_none=True)
    after = Figure(required=True, allow_none=True)
    entries = Many(Whole(), 0, CHANGES_MAX, required=True)
    window = Object(PeriodSchema)
    suppressed = Truth()


class ChangesSchema(Strict):
    """Why figures moved between two sizes of the log."""

    from_ = Whole(required=True, data_key="from", attribute="from")
    to = Whole(required=True)
    targets = Many(Object(ChangeSchema), 0, TARGETS_MAX, required=True)


class PublishedSchema(Strict):
    """One acceptance: what was published then, the same as known now, and why they differ.

    `holds` says whether the SHA-256 of the JCS of what was published is the `scorecard_digest` that the acceptance bound. Null
    stands for a scorecard that cannot be counted (any more), and for a note that is not the caller's to read.
    """

    entry = Whole(required=True)
    through = Day(required=True)
    size = Whole(required=True, allow_none=True)
    scorecard_digest = Sha256(required=True, allow_none=True)
    programme_digest = Sha256(required=True, allow_none=True)
    decisions = Table(Ref(), Truth(), required=True)
    note = LongText(required=True, allow_none=True)
    state = Choice(PUBLISHED_STATES, required=True)
    reopened_by = Whole(required=True, allow_none=True)
    holds = Truth(required=True)
    published = Object(ScorecardSchema, required=True, allow_none=True)
    now = Object(ScorecardSchema, required=True, allow_none=True)
    changes = Object(ChangesSchema, required=True)


class PublishedPageSchema(Strict):
    items = Many(Object(PublishedSchema), 0, PAGE_MAX, required=True)
    next = Line(required=True, allow_none=True)


class Allowed(Wire):
    """A value that a test allows."""

    described = {"type": ["string", "boolean"]}  # noqa: RUF012

    def take(self, raw: Any) -> str | bool:
        if type(raw) not in (str, bool):
            raise Wrong("须为文本、true 或 false", "This must be text, true or false")
        return raw  # type: ignore[no-any-return]


class MetricSchema(Strict):
    """What is counted, with inheritance applied: either lines of its own, or the `sum` of other metrics."""

    label = Object(LabelSchema, required=True)
    unit = Line(required=True)
    from_ = Line(data_key="from", attribute="from")
    count = Line()
    date = Many(Line(), 0, TARGETS_MAX)
    where = Table(Ref(), Many(Allowed(), 0, TARGETS_MAX))
    order = Many(Line(), 0, TARGETS_MAX)
    stock = Truth()
    match = Line()
    sum = Many(Ref(), 1, TARGETS_MAX)


class MetricDefinitionSchema(MetricSchema):
    id = Ref(required=True)
    digest = Sha256(required=True)
    metrics = Table(Ref(), Object(MetricSchema), TARGETS_MAX)


class MetricPageSchema(Strict):
    items = Many(Object(MetricDefinitionSchema), 0, PAGE_MAX, required=True)
    next = Line(required=True, allow_none=True)


class TargetDefinitionSchema(Strict):
    id = Ref(required=True)
    clause = Line(required=True)
    label = Object(LabelSchema, required=True)
    metric = Ref()
    per = Ref()
    window = Line()
    op = Choice(OPERATORS)
    value = DecimalText()
    growth = DecimalText()
    years = Whole(1)
    panel = Choice(PANELS)
    any = Many(Ref(), 1, TARGETS_MAX)
    all = Many(Ref(), 1, TARGETS_MAX)
    level = Choice(LEVELS, required=True)
    evidence = Truth(required=True)
    hidden = Truth(required=True)


class ProgrammeDefinitionSchema(Strict):
    """A programme with everything that its figures follow from."""

    id = Ref(required=True)
    digest = Sha256(required=True)
    title = Object(LabelSchema, required=True)
    source = Line(required=True)
    subject = Choice(SUBJECTS, required=True)
    months = Whole(1)
    target = Many(Object(TargetDefinitionSchema), 0, TARGETS_MAX, required=True)
    metrics = Table(Ref(), Object(MetricSchema), TARGETS_MAX, required=True)


class ProgrammePageSchema(Strict):
    items = Many(Object(ProgrammeDefinitionSchema), 0, PAGE_MAX, required=True)
    next = Line(required=True, allow_none=True)
