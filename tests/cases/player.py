"""Plays the worked cases of this folder: what is recorded, what must be refused, and what every figure must then be.

- `world.toml` is what all cases share: names, the offices with their centres and participations, the parties.
- `NN-….toml` is one case: names and patents of its own, then steps. `programmes/` holds the metrics that only cases ask for.
- A step posts (`as`, `kind`, `body`; with `repeat` a batch) or reads (`read`, `expect`). A post may have to be `refused`.
- `"@U1"` is the identifier behind a name, `"@P1..P3"` in a list stands for three; `id = "x"` keeps an index (or a log size), which
  is `"#x"` in a later body and `{x}` in a later path; `same_as` asks for the very bytes of an earlier read.

How a request reaches the ledger is a `Door`: by actions, or by HTTP. A case says nothing of either.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from ledger.facts.identifiers import patent_check_digit

HERE = Path(__file__).parent
PROGRAMMES = HERE / "programmes"
FILES = sorted(HERE.glob("[0-9]*.toml"))

GRANTED_INVENTION = {"right": "invention", "filed_on": "2020-03-02", "granted_on": "2022-05-10"}
KIND_DIGIT = {"invention": 1, "utility_model": 2, "design": 3}


class Answer(NamedTuple):
    status: int
    body: bytes

    @property
    def value(self) -> Any:
        return json.loads(self.body)


class Door(Protocol):
    """A way into a fresh ledger. `who` is `authority`, `auditor`, a centre's code (its recorder) or `c1/signatory`."""

    def found(self, office: Mapping[str, Any]) -> None: ...
    def post(self, who: str, request: Mapping[str, Any], *, batch: bool) -> Answer: ...
    def get(self, who: str, path: str) -> Answer: ...


@dataclass(frozen=True)
class Case:
    title: str
    office: Mapping[str, Any]
    steps: tuple[Mapping[str, Any], ...]


# --- reading a case --------------------------------------------------------------------------------------------------


def load(path: Path) -> Case:
    world, told = (tomllib.loads(file.read_text(encoding="utf-8")) for file in (HERE / "world.toml", path))
    office = world["office"][told.get("office", next(iter(world["office"])))]
    names = {**world["names"], **told.get("names", {})}
    steps = [_by_the_office("party", body) for body in world["parties"]]
    steps += [_by_the_office("centre", body) for body in office["centres"]]
    steps += [_by_the_office("participation", body) for body in office["participations"]]
    for place, (prefix, wanted) in enumerate(told.get("generate", {}).items()):
        steps.append({"as": "authority", "batch": list(_generated(prefix, place, wanted, names))})
    steps += map(_repeated, told["step"])
    return Case(told["title"], office, tuple(_with_names(step, names) for step in steps))


def _by_the_office(kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"as": "authority", "kind": kind, "body": body}


def _generated(prefix: str, place: int, wanted: Mapping[str, Any], names: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Patents P1, P2 …, which become names of the case; `place` keeps the numbers of two groups apart."""
    facts = {**GRANTED_INVENTION, **wanted}
    for number in range(1, facts.pop("patents") + 1):
        name, body = f"{prefix}{number}", f"{facts['filed_on'][:4]}{KIND_DIGIT[facts['right']]}{place * 10_000 + number:07}"
        names[name] = f"CN{body}.{patent_check_digit(body)}"
        yield {"kind": "patent", "body": {"patent_id": f"@{name}", "title": f"专利 {name}", **facts}}


def _repeated(step: Mapping[str, Any]) -> dict[str, Any]:
    if "repeat" not in step:
        return dict(step)
    first, last = map(int, step["repeat"].split(".."))
    items = [{"kind": step["kind"], "body": _numbered(step["body"], number)} for number in range(first, last + 1)]
    return {name: value for name, value in step.items() if name not in ("repeat", "kind", "body")} | {"batch": items}


def _numbered(value: Any, number: int) -> Any:
    """`{n}`, or `{n:03}` with leading noughts, in every text."""
    if isinstance(value, str):
        return re.sub(r"\{n(:\d+)?\}", lambda found: format(number, (found[1] or ":")[1:]), value)
    return _mapped(value, lambda one: _numbered(one, number))


def _with_names(step: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    said = {name: _named(step[name], names) for name in ("body", "batch") if name in step}
    return {**deepcopy(dict(step)), **said}


def _named(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        value = [one for item in value for one in _spread(item)]
    if isinstance(value, str):
        return None if value == "null" else names[value[1:]] if value.startswith("@") else value
    return _mapped(value, lambda one: _named(one, names))


def _spread(item: Any) -> list[Any]:
    """A list item `@P1..P3`, or a table that holds one: an item for each number."""
    if isinstance(item, str) and (found := re.fullmatch(r"(@\D+)(\d+)\.\.\D+(\d+)", item)):
        return [f"{found[1]}{number}" for number in range(int(found[2]), int(found[3]) + 1)]
    if isinstance(item, dict):
        many = {name: texts for name, text in item.items() if len(texts := _spread(text)) > 1}
        if many:
            return [{**item, **dict(zip(many, row, strict=True))} for row in zip(*many.values(), strict=True)]
    return [item]


def _mapped(value: Any, change: Any) -> Any:
    if isinstance(value, dict):
        return {name: change(one) for name, one in value.items()}
    return [change(one) for one in value] if isinstance(value, list) else value


# --- playing it ------------------------------------------------------------------------------------------------------


def play(case: Case, door: Door) -> None:
    """Every step in order. Raises AssertionError, naming the step, with all that differs in its answer."""
    door.found(case.office)
    kept: dict[str, int] = {}
    bytes_of: dict[str, bytes] = {}
    for number, step in enumerate(case.steps, 1):
        where = f"step {number}: {step.get('note') or step.get('read') or step.get('kind') or 'batch'}"
        answer = _asked(step, door, kept)
        wrong = list(_differences(step, answer))
        assert not wrong, "\n  ".join([f"{case.title}, {where}", *wrong])
        if "same_as" in step:
            assert answer.body == bytes_of[step["same_as"]], f"{case.title}, {where}: other bytes than {step['same_as']}"
        if "id" in step:
            told = answer.value
            kept[step["id"]] = told["known_at"]["size"] if "read" in step else told["first" if "batch" in step else "index"]
            bytes_of[step["id"]] = answer.body


def _asked(step: Mapping[str, Any], door: Door, kept: Mapping[str, int]) -> Answer:
    if "read" in step:
        return door.get(step.get("as", "auditor"), step["read"].format_map(kept))
    if "batch" in step:
        return door.post(step["as"], {"entries": _resolved(step["batch"], kept)}, batch=True)
    return door.post(step["as"], {"kind": step["kind"], "body": _resolved(step["body"], kept)}, batch=False)


def _resolved(value: Any, kept: Mapping[str, int]) -> Any:
    if isinstance(value, str):
        return kept[value[1:]] if value.startswith("#") else value
    return _mapped(value, lambda one: _resolved(one, kept))


def _differences(step: Mapping[str, Any], answer: Answer) -> Iterator[str]:
    if "refused" in step:
        got = {"status": answer.status, "code": answer.value.get("code")}
        if wrong := {name: got[name] for name, wanted in step["refused"].items() if got[name] != wanted}:
            yield f"to be refused with {step['refused']}, got {wrong}: {answer.body.decode()}"
        return
    if answer.status >= 300:
        yield f"answered {answer.status}: {answer.body.decode()}"
        return
    for path, wanted in step.get("expect", {}).items():
        try:
            got = _at(answer.value, path)
        except LookupError:
            yield f"{path}: expected {wanted!r}, and nothing is there"
            continue
        if wanted == "*":
            if not got:
                yield f"{path}: expected something, got {got!r}"
        elif json.dumps(got) != json.dumps(None if wanted == "null" else wanted):  # so that True is not 1, nor "1" a number
            yield f"{path}: expected {wanted!r}, got {got!r}"


def _at(value: Any, path: str) -> Any:
    """Down a dotted path: a key may hold dots; a list is entered by the `id` of a table in it, by place, or asked its length."""
    if not path:
        return value
    if isinstance(value, list):
        step, _, rest = path.partition(".")
        if step == "length":
            return len(value)
        named = [one for one in value if isinstance(one, dict) and one.get("id") == step]
        if named or step.isdigit():
            return _at(named[0] if named else value[int(step)], rest)
    if isinstance(value, dict):
        for key in sorted(value, key=len, reverse=True):
            if path == key or path.startswith(f"{key}."):
                return _at(value[key], path[len(key) + 1 :])
    raise LookupError(path)
