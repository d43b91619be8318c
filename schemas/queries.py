"""Query strings: the parameters of every read, and those of a write, each refused under its own name.

- `load_query` takes the pairs as they came, so a parameter given twice is noticed; only lists may repeat, or hold commas.
- Parameters nobody knows are refused, like unknown fields. Numbers and truth values are read from text, and in one form only.
- Days and sizes that are left out stay None: "today" and "the head" belong to the snapshot that answers.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final

from marshmallow import ValidationError

from ledger.facts.days import parse_instant
from ledger.facts.encoding import KINDS
from schemas.base import Strict
from schemas.errors import Words, Wrong, refused
from schemas.fields import Choice, Day, Many, Truth, Whole, Wire
from schemas.figures import FIGURE_LEVELS, GROUPS
from schemas.names import Code, PartyId, PatentId, Pattern, Ref, Region

LIMIT_MAX: Final = 1000
LIMIT_DEFAULT: Final = 100
PUBLISHED_MAX: Final = 100
PUBLISHED_DEFAULT: Final = 10
_DIGITS: Final = re.compile(r"0|[1-9][0-9]{0,15}")
_SIZE_DIGITS: Final = 18  # far more than any log has: beyond its end is another answer than no size at all (RULINGS 42)
_SIZE: Final = re.compile(rf"0|[1-9][0-9]{{0,{_SIZE_DIGITS - 1}}}")


class Number(Whole):
    """A whole number in digits."""

    def take(self, raw: Any) -> int:
        return super().take(int(raw) if type(raw) is str and _DIGITS.fullmatch(raw) else None)


class Flag(Truth):
    """`true` or `false`."""

    def take(self, raw: Any) -> bool:
        return super().take({"true": True, "false": False}.get(raw) if type(raw) is str else None)


class KnownAt(Wire):
    """How much of the log is known: a size, or an instant. It stays text: what an instant means, the snapshot that answers says."""

    described: ClassVar[Mapping[str, Any]] = {
        "anyOf": [{"type": "integer", "minimum": 0, "maximum": 10**_SIZE_DIGITS - 1}, {"type": "string", "format": "date-time"}]
    }

    def take(self, raw: Any) -> str:
        if type(raw) is str:
            if _SIZE.fullmatch(raw):
                return raw
            try:
                parse_instant(raw)
                return raw
            except ValueError:
                pass
        raise Wrong(
            "须为日志条数,或 RFC 3339 时刻(时区的 + 须写作 %2B)",
            "This must be a size of the log, or an instant of RFC 3339 (a + in it is written %2B)",
        )


class Cursor(Pattern):
    form = re.compile(r"[A-Za-z0-9._~=-]{1,512}")
    otherwise = Words("不是上一页给出的 next", "This is no `next` of a page")


class Listed(Many):
    """Several values: the parameter repeated, or its values parted by commas."""

    def _listed(self, raw: Any) -> list[Any]:
        texts = raw if isinstance(raw, list) else [raw]
        if not all(type(text) is str for text in texts):
            raise Wrong("须为文本", "This must be text")
        return list(dict.fromkeys(super()._listed([part for text in texts for part in text.split(",")])))


class QuerySchema(Strict):
    """Parameters that are all known."""

    error_messages: ClassVar[dict[str, Any]] = {"unknown": Words("没有此参数", "There is no such parameter")}  # type: ignore[misc]

    def build(self, values: dict[str, Any]) -> dict[str, Any]:
        """All values by attribute; what was not given and has no default is None, or an empty list."""
        absent = {field.attribute or name: () if isinstance(field, Many) else None for name, field in self.load_fields.items()}
        return absent | values


class PageQuerySchema(QuerySchema):
    limit = Number(1, LIMIT_MAX, load_default=LIMIT_DEFAULT)
    cursor = Cursor()


class DryRunQuerySchema(QuerySchema):
    dry_run = Flag(load_default=False)


class EntriesQuerySchema(PageQuerySchema):
    """`since` and `until` are indices: from the one up to and without the other."""

    centre = Code()
    kind = Choice(KINDS)
    patent = PatentId()
    party = PartyId()
    deal_no = Ref()
    since = Number()
    until = Number()


class OnQuerySchema(QuerySchema):
    """The day of the answer; today in China unless given."""

    on = Day()


class PoolPatentsQuerySchema(PageQuerySchema, OnQuerySchema):
    in_force = Flag()


class FigureQuerySchema(OnQuerySchema):
    """Both time axes, and how far a line must be believed."""

    known_at = KnownAt()
    level = Choice(FIGURE_LEVELS, load_default="recorded")


class TotalsQuerySchema(FigureQuerySchema):
    metric = Ref(required=True)
    centre = Code()
    region = Region()
    from_ = Day(data_key="from")
    to = Day()
    group_by = Listed(Choice(GROUPS), 1, len(GROUPS))


class ScorecardsQuerySchema(FigureQuerySchema, PageQuerySchema):
    pass


class LinesQuerySchema(FigureQuerySchema, PageQuerySchema):
    target = Ref(required=True)


class ChangesQuerySchema(FigureQuerySchema):
    since = Number(required=True)


class PublishedQuerySchema(QuerySchema):
    """Each item counts two scorecards, so pages are short."""

    through = Day()
    known_at = KnownAt()
    limit = Number(1, PUBLISHED_MAX, load_default=PUBLISHED_DEFAULT)
    cursor = Cursor()


class BundleQuerySchema(OnQuerySchema):
    programme = Ref(required=True)
    subject = Code(required=True)
    known_at = KnownAt()


class ExportQuerySchema(FigureQuerySchema):
    programme = Ref(required=True)
    subject = Code(required=True)


class ImportQuerySchema(DryRunQuerySchema):
    kind = Choice(KINDS, required=True)


def load_query(schema: QuerySchema, pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The values of a query string, defaults filled in, by attribute (`from` is `from_`). Raises Refused."""
    given: dict[str, list[str]] = {}
    for name, text in pairs:
        given.setdefault(name, []).append(text)
    lists = {name for name, field in schema.load_fields.items() if isinstance(field, Many)}
    raw = {name: texts if name in lists else texts[0] for name, texts in given.items()}
    try:
        if twice := {name: [_TWICE] for name, texts in given.items() if name not in lists and len(texts) > 1}:
            raise ValidationError(schema.validate(raw) | twice)
        values: dict[str, Any] = schema.load(raw)
    except ValidationError as error:
        raise refused(error) from None
    return values


_TWICE: Final = Words("参数重复", "This parameter is given twice")
