"""What all schemas share: strictness, both languages, and a short way through for requests that are well formed.

`read` walks an object once and gives up at the first oddity; `load` then has marshmallow walk it again and tell everything that is
wrong. Both are driven by the same declared fields, so there is one definition, and the common case pays for no error report.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

from marshmallow import RAISE, Schema, ValidationError, missing, post_load, validates_schema

from ledger.facts.kinds.base import Fact
from schemas.errors import NO_OBJECT, Words

UNKNOWN_NAMED_MAX: Final = 100  # of the unknown fields of one object; a million of them would make an answer of their own

Messages = dict[str, Any]


class Odd(ValidationError):
    """Something is wrong; what, nobody has looked. Never shown: whoever catches it asks marshmallow."""

    def __init__(self) -> None:
        super().__init__("odd")


class Strict(Schema):
    """An object with these fields and no others."""

    class Meta:
        unknown = RAISE

    error_messages: ClassVar[dict[str, str]] = {  # type: ignore[misc]
        "unknown": Words("没有此项", "There is no such field"),
        "type": NO_OBJECT,
    }

    def __init__(self, **told: Any) -> None:
        super().__init__(**told)
        self._plan: dict[str, tuple[str, Callable[[Any], Any]]] = {}
        self._required: set[str] = set()
        self._plain = True  # whether `read` says all: no defaults, no field without `take`
        for name, field in self.load_fields.items():
            key = name if field.data_key is None else field.data_key
            take = getattr(field, "take", None)
            if take is None or field.load_default is not missing:
                self._plain = False
            else:
                self._plan[key] = (field.attribute or name, _or_null(take) if field.allow_none else take)
            if field.required:
                self._required.add(key)

    def build(self, values: dict[str, Any]) -> Any:
        """What becomes of an object that is in order."""
        return values

    def check(self, values: Mapping[str, Any], raw: Mapping[str, Any]) -> Messages:
        """What is wrong between fields, by field; `values` holds only those that were in order themselves."""
        return {}

    def read(self, raw: Any) -> Any:
        """The value of a well-formed object. Raises ValidationError without telling what is wrong."""
        if type(raw) is not dict or not self._plain or not self._required <= raw.keys():
            raise Odd
        plan = self._plan
        values: dict[str, Any] = {}
        for key, value in raw.items():
            if key not in plan:
                raise Odd
            name, take = plan[key]
            values[name] = take(value)
        if self.check(values, raw):
            raise Odd
        return self.build(values)

    def load(self, data: Any, *, many: bool | None = None, partial: Any = None, unknown: Any = None) -> Any:
        if many is None and partial is None and unknown is None:
            try:
                return self.read(data)
            except ValidationError:
                data = self._spared(data)
        return super().load(data, many=many, partial=partial, unknown=unknown)

    def _spared(self, raw: Any) -> Any:
        """The object with no more unknown fields than are worth naming."""
        if type(raw) is not dict or len(raw) <= len(self.load_fields) + UNKNOWN_NAMED_MAX:
            return raw
        known = {name if field.data_key is None else field.data_key for name, field in self.load_fields.items()}
        strange = [key for key in raw if key not in known][:UNKNOWN_NAMED_MAX]
        return {key: raw[key] for key in (*(key for key in raw if key in known), *strange)}

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _checked(self, values: dict[str, Any], raw: Any, **_: Any) -> None:
        if isinstance(raw, Mapping) and (messages := self.check(values, raw)):
            raise ValidationError(messages)

    @post_load
    def _built(self, values: dict[str, Any], **_: Any) -> Any:
        return self.build(values)


class FactSchema(Strict):
    """The body of one kind: what it loads is the fact."""

    fact: ClassVar[type[Fact]]

    def build(self, values: dict[str, Any]) -> Fact:
        return self.fact(**values)


def _or_null(take: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda raw: None if raw is None else take(raw)
