"""The kinds of value on the wire: each reads JSON strictly into what facts are made of, and documents exactly what it takes.

- `take` reads one value or raises; nothing is guessed from another type: no number from text, no amount from a number.
- What a field documents (`metadata`, as in JSON Schema) and what it accepts are the same.
- Answers are built in the words of the wire, so nothing is converted on the way out.

Text and identifiers stand in `names`. Which values belong together in a body is the schemas' business; what they may
mean, that of `ledger.facts.rules`.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, ClassVar, Final, get_args

from marshmallow import ValidationError, fields

from ledger.facts.days import parse_day, parse_instant
from ledger.facts.money import FEN_MAX, BadMoney, parse_decimal, parse_yuan
from schemas.errors import NO_OBJECT, PROBLEMS_MAX, Words, Wrong, how_many, wrong

WHOLE_MAX: Final = 2**53 - 1  # the largest whole number that JSON keeps everywhere (RFC 8785 refuses more)

_DECIMAL_MAX: Final = 64
_DECIMAL: Final = r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?"
_YUAN_MAX: Final = FEN_MAX // 100  # a power of ten, so a pattern can say it: fewer digits, or exactly this
_YUAN: Final = rf"(?:(?:0|[1-9][0-9]{{0,{len(str(_YUAN_MAX)) - 2}}})(?:\.[0-9]{{1,2}})?|{_YUAN_MAX}(?:\.0{{1,2}})?)"


MESSAGES: Final[dict[str, Any]] = {
    "required": Words("缺少必填项", "This is required"),
    "null": Words("不能为 null", "This must not be null"),
    "validator_failed": Words("值无效", "The value is not valid"),
}


class Wire(fields.Field[Any]):
    """A value on the wire. What it documents is `described`, by its class or its arguments, and what the schema adds."""

    default_error_messages = MESSAGES
    described: ClassVar[Mapping[str, Any]] = {}

    def __init__(self, described: Mapping[str, Any] | None = None, **told: Any) -> None:
        super().__init__(metadata={**(described or self.described), **told.pop("metadata", {})}, **told)

    def take(self, raw: Any) -> Any:
        """The value of what stands on the wire. Raises Wrong."""
        raise NotImplementedError

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        return self.take(value)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return value


class Money(Wire):
    """Yuan as a decimal string, integer fen inside."""

    def __init__(self, *, signed: bool = False, **told: Any) -> None:
        self.signed: Final = signed
        super().__init__({"type": "string", "pattern": f"^{'-?' if signed else ''}{_YUAN}$"}, **told)

    def take(self, raw: Any) -> int:
        try:
            return parse_yuan(raw, signed=self.signed)
        except BadMoney as error:
            raise wrong(error) from None


class DecimalText(Wire):
    """An exact number as text, kept as it is written: what unit it counts, another field says."""

    described: ClassVar[Mapping[str, Any]] = {"type": "string", "maxLength": _DECIMAL_MAX, "pattern": f"^{_DECIMAL}$"}
    signed = False

    def take(self, raw: Any) -> str:
        if type(raw) is not str:
            raise Wrong('须为文本形式的十进制数,例如 "12.5"', 'This must be a decimal number as a string, such as "12.5"')
        try:
            parse_decimal(raw, signed=self.signed)
        except BadMoney as error:
            raise wrong(error) from None
        return raw


class Figure(DecimalText):
    """A figure of an answer; corrections can take one below nought."""

    described: ClassVar[Mapping[str, Any]] = {"type": "string", "pattern": f"^-?{_DECIMAL}$"}
    signed = True


class Day(Wire):
    described: ClassVar[Mapping[str, Any]] = {
        "type": "string",
        "format": "date",
        "pattern": r"^(?:19|[2-9][0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}$",
    }

    def take(self, raw: Any) -> date:
        if type(raw) is str:
            try:
                return parse_day(raw)
            except ValueError:
                pass
        raise Wrong("不是 1900 年以后的日期 YYYY-MM-DD", "This is no day from 1900 on in the form YYYY-MM-DD")


class Instant(Wire):
    described: ClassVar[Mapping[str, Any]] = {
        "type": "string",
        "format": "date-time",
        "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$",
    }
    _form = re.compile(described["pattern"])

    def take(self, raw: Any) -> datetime:
        if type(raw) is str and self._form.fullmatch(raw):
            try:
                return parse_instant(raw)
            except ValueError:
                pass
        raise Wrong("不是 UTC 时刻(RFC 3339,六位小数)", "This is no instant in UTC (RFC 3339, six decimals)")


class Whole(Wire):
    """A whole number: JSON truth values and 1.0 are none."""

    def __init__(self, least: int = 0, most: int = WHOLE_MAX, **told: Any) -> None:
        self.least: Final = least
        self.most: Final = most
        super().__init__({"type": "integer", "minimum": least, "maximum": most}, **told)

    def take(self, raw: Any) -> int:
        if type(raw) is not int:
            raise Wrong("须为整数", "This must be a whole number")
        if not self.least <= raw <= self.most:
            raise Wrong(f"须在 {self.least} 与 {self.most} 之间", f"This must lie between {self.least} and {self.most}")
        return raw


class Truth(Wire):
    described: ClassVar[Mapping[str, Any]] = {"type": "boolean"}

    def take(self, raw: Any) -> bool:
        if type(raw) is not bool:
            raise Wrong("须为 true 或 false", "This must be true or false")
        return raw


class Choice(Wire):
    """One of the words of a closed list: a `Literal` of the facts, or a sequence."""

    def __init__(self, words: Any, *, allow_none: bool = False, **told: Any) -> None:
        self.words: Final[tuple[str, ...]] = tuple(words) if isinstance(words, Sequence | Mapping) else get_args(words)
        self._known: Final = frozenset(self.words)
        super().__init__({"type": "string", "enum": [*self.words, *([None] if allow_none else [])]}, allow_none=allow_none, **told)

    def take(self, raw: Any) -> str:
        if type(raw) is not str or raw not in self._known:
            listed = ", ".join(self.words)
            raise Wrong(f"须为下列之一:{listed}", f"This must be one of {listed}")
        return raw


class Constant(Wire):
    """The one word that tells this object from others."""

    def __init__(self, word: str, **told: Any) -> None:
        self.word: Final = word
        super().__init__({"type": "string"}, **told)

    def take(self, raw: Any) -> str:
        if raw != self.word:
            raise Wrong(f"须为 {self.word}", f"This must be {self.word}")
        return self.word


class Many(fields.List[Any]):
    """A list in its order, as a tuple. One that is too long is refused as a whole: its items are not looked at."""

    default_error_messages = MESSAGES

    def __init__(self, item: Wire | fields.Nested, least: int, most: int, **told: Any) -> None:
        self.least: Final = least
        self.most: Final = most
        metadata = {"minItems": least, "maxItems": most, **told.pop("metadata", {})}
        super().__init__(item, metadata=metadata, **told)

    def take(self, raw: Any) -> tuple[Any, ...]:
        take = self.inner.take  # type: ignore[attr-defined]  # __init__ lets no other field in
        return tuple([take(item) for item in self._listed(raw)])

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        taken, errors, found = [], {}, 0
        for place, item in enumerate(self._listed(value)):
            try:
                taken.append(self.inner.deserialize(item))
            except ValidationError as error:
                errors[place] = error.messages
                found += how_many(error.messages)
                if found >= PROBLEMS_MAX:  # no more are told
                    break
        if errors:
            raise ValidationError(errors)
        return tuple(taken)

    def _listed(self, raw: Any) -> list[Any]:
        if type(raw) is not list:
            raise Wrong("须为列表", "This must be a list")
        if not self.least <= len(raw) <= self.most:
            raise Wrong(f"须有 {self.least} 至 {self.most} 项", f"This must have {self.least} to {self.most} items")
        return raw

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else [self.inner._serialize(item, attr, obj) for item in value]


class Table(fields.Dict):
    """An object whose names are data: target ids, or the fields by which lines were excluded."""

    default_error_messages = MESSAGES

    def __init__(self, name: Wire, value: fields.Field[Any], most: int = 200, **told: Any) -> None:
        self.most: Final = most
        super().__init__(keys=name, values=value, metadata={"maxProperties": most, **told.pop("metadata", {})}, **told)

    def take(self, raw: Any) -> dict[str, Any]:
        if type(raw) is not dict:
            raise ValidationError([NO_OBJECT])
        if len(raw) > self.most:
            raise Wrong(f"至多 {self.most} 项", f"This has at most {self.most} members")
        taken: dict[Any, Any] = {}
        errors: dict[str, Any] = {}
        for name, item in raw.items():
            try:
                key = self.key_field.deserialize(name)  # type: ignore[union-attr]
                value = self.value_field.deserialize(item)  # type: ignore[union-attr]
                if key in taken:
                    raise Wrong("名称重复", "This name is given twice")
                taken[key] = value
            except ValidationError as error:
                errors[name] = error.messages
        if errors:
            raise ValidationError(errors)
        return taken

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        return self.take(value)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return value


class Object(fields.Nested):
    """An object with a schema of its own."""

    default_error_messages = MESSAGES

    def take(self, raw: Any) -> Any:
        return self.schema.read(raw)  # type: ignore[attr-defined]

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:  # type: ignore[override]
        return self.schema.load(value)


class Line(Wire):
    """Text that the service writes itself."""

    described: ClassVar[Mapping[str, Any]] = {"type": "string"}

    def take(self, raw: Any) -> str:
        if type(raw) is not str:
            raise Wrong("须为文本", "This must be text")
        return raw


class Anything(Wire):
    """A value that is judged elsewhere, by what stands beside it."""

    described: ClassVar[Mapping[str, Any]] = {"not": {"type": "null"}}

    def take(self, raw: Any) -> Any:
        if raw is None:  # where it may stand, it does not come this far
            raise ValidationError([MESSAGES["null"]])
        return raw
