"""Facts to bodies and back: the normalised words of the log (LOG.md C), derived from the dataclasses themselves.

- money is a decimal string with two decimals, a day `YYYY-MM-DD`, a list stays in its order;
- absent stays absent: a field whose default is None is left out, a required one that is None is null;
- decoding is strict: a key the fact does not have, or a value of another type, is `Undecodable` and names the key.

Bodies that come from outside are checked by `schemas` first; this is the road from the log, so it trusts no one either.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from functools import lru_cache, partial
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from ledger.facts.days import parse_day
from ledger.facts.kinds import deals, outcomes, pools, registry, rulings
from ledger.facts.kinds.base import Fact
from ledger.facts.money import format_yuan, parse_yuan

Body = dict[str, Any]
Convert = Callable[[Any], Any]

KINDS: Mapping[str, type[Fact]] = {
    cls.kind: cls
    for cls in (
        registry.Centre, registry.Party, registry.Patent, registry.PatentStatus,
        pools.Pool, pools.Admission, pools.Withdrawal,
        deals.Transfer, deals.Licence, deals.OpenLicence, deals.Equity, deals.OpenLicenceStatement,
        deals.Registration, deals.Amendment, deals.Termination, deals.Payment,
        outcomes.Pledge, outcomes.Activity, outcomes.Output,
        rulings.Participation, rulings.Baseline, rulings.Attestation, rulings.Reversal, rulings.Closing,
    )
}  # fmt: skip


class Undecodable(ValueError):
    """A stored body that no fact of its kind could have written; the message names the key."""


def encode(fact: Fact) -> Body:
    """The normalised body of a fact, as it is hashed and answered."""
    body: Body = _coder(type(fact))[0](fact)
    return body


def decode(kind: str, body: Body) -> Fact:
    """The fact behind a normalised body. Raises Undecodable."""
    if kind not in KINDS:
        raise Undecodable(f"kind: {kind!r} is not known")
    fact: Fact = _coder(KINDS[kind])[1](body)
    return fact


def keys_of(cls: type) -> tuple[str, ...]:
    """The wire names of a fact's fields, in their order."""
    return tuple(f.name.rstrip("_") for f in fields(cls))


_CODERS: dict[type, tuple[Convert, Convert]] = {}  # made on first use, by the class


def _coder(cls: type) -> tuple[Convert, Convert]:
    """(write, read) of one dataclass."""
    if cls not in _CODERS:
        _CODERS[cls] = _made(cls)
    return _CODERS[cls]


def _made(cls: type) -> tuple[Convert, Convert]:
    hints = get_type_hints(cls, include_extras=True)
    plan = [(f.name, f.name.rstrip("_"), f.default is MISSING, *_converters(hints[f.name])) for f in fields(cls)]
    nullable = {key for name, key, needed, *_ in plan if needed and NoneType in get_args(hints[name])}
    required = {key for _, key, needed, *_ in plan if needed}
    defaults = {f.name: f.default for f in fields(cls) if f.default is not MISSING}
    # A value of just the wanted plain type is taken as it is: most are, and logs are read by the million.
    reads = {key: (name, _plain(hints[name]), from_wire) for name, key, *_, from_wire in plan}

    def write(value: Any) -> Body:
        body = {}
        for name, key, needed, to_wire, _ in plan:
            held = getattr(value, name)
            if held is not None:
                body[key] = to_wire(held)
            elif needed:
                body[key] = None
        return body

    def read(body: Any) -> Any:
        if not isinstance(body, dict):
            raise Undecodable("an object is wanted")
        if not required <= body.keys():
            raise Undecodable(f"{next(key for _, key, needed, *_ in plan if needed and key not in body)}: missing")
        # As the constructor would: it sets a frozen field by calling for each one, which is dear by the million.
        fact: Any = object.__new__(cls)
        held = vars(fact)
        held.update(defaults)
        for key, value in body.items():
            if (how := reads.get(key)) is None:
                raise Undecodable(f"{key}: not a field of {cls.__name__}")
            name, plain, from_wire = how
            if type(value) is plain or (value is None and key in nullable):
                held[name] = value
                continue
            try:
                held[name] = from_wire(value)
            except (ValueError, TypeError) as problem:
                raise Undecodable(f"{key}: {problem}") from problem
        return fact

    return write, read


def _converters(hint: Any) -> tuple[Convert, Convert]:
    """(to the wire, from the wire) for one type."""
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _converters(next(a for a in args if a is not NoneType))
    if origin is Annotated:
        return format_yuan, partial(parse_yuan, signed=True)
    if origin is tuple:
        to_wire, from_wire = _converters(args[0])
        return (lambda many: [to_wire(one) for one in many]), lambda many: tuple(map(from_wire, _typed(list, many)))
    if origin is Literal:
        return _same, partial(_allowed, args)
    if origin is Mapping:
        return dict, lambda table: {_typed(str, k): _typed(args[1], v) for k, v in _typed(dict, table).items()}
    if hint is date:
        return date.isoformat, _day
    if is_dataclass(hint) and isinstance(hint, type):
        return _coder(hint)
    return _same, partial(_typed, hint)


_day = lru_cache(maxsize=4096)(parse_day)  # few days, many facts; what is no day is never kept


def _plain(hint: Any) -> type | None:
    """The type of values that stand on the wire as they are, None where there is more to see to."""
    if get_origin(hint) in (Union, UnionType):
        hint = next(a for a in get_args(hint) if a is not NoneType)
    return hint if hint in (str, int, bool) else None


def _same(value: Any) -> Any:
    return value


def _typed(wanted: type, value: Any) -> Any:
    if type(value) is not wanted:  # not isinstance: True is no number here
        raise TypeError(f"{wanted.__name__} is wanted")
    return value


def _allowed(values: tuple[Any, ...], text: Any) -> Any:
    if text not in values:
        raise ValueError(f"{text!r} is none of {', '.join(values)}")
    return text
