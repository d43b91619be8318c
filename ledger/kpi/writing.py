"""A programme as one file: what `language` reads back, without any other file, to the same definition and digest.

- It is written from `resolved`, so inheritance has been applied and defaults are filled in: nothing is left to look up.
- The same definition gives the same text. Targets and tests keep their order, which has a meaning; metrics stand by id.
- It knows the shapes of the language (texts, flags, whole numbers, lists, tables) and no others: this is no writer for any TOML.

Which keys there are is `definitions`' and `language`'s business.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from ledger.kpi.definitions import Programme

# What a basic string of TOML 1.0 cannot hold as it is. The rest of the controls (U+0080 to U+009F) are escaped to be seen.
_ESCAPES: Final = {
    **{code: f"\\u{code:04x}" for code in (*range(0x20), *range(0x7F, 0xA0))},
    ord('"'): '\\"',
    ord("\\"): "\\\\",
}


def toml_of(programme: Programme) -> str:
    """The programme and every metric that it reaches."""
    return "\n".join(_lines(programme)) + "\n"


def _lines(programme: Programme) -> Iterator[str]:
    # A programme that was read is never without these, nor its metrics without theirs.
    resolved: Mapping[str, Any] = programme.resolved
    yield f"# The programme {programme.id} with every metric that it reaches."
    yield f"# SHA-256 of the definition: {programme.digest}"
    yield ""
    yield f"[programme.{programme.id}]"
    for name, value in resolved.items():
        if name not in ("target", "metrics"):
            yield f"{name} = {_value(value)}"
    yield "target = ["
    for target in resolved["target"]:
        yield f"  {_value(target)},"
    yield "]"
    for metric_id, metric in sorted(resolved["metrics"].items()):
        yield ""
        yield f"[metric.{metric_id}]"
        for name, value in metric.items():
            # A file tells the order of judging by the order of the tests, and a metric without a day by not naming one.
            if name not in ("where", "order") and value != []:
                yield f"{name} = {_value(value)}"
        if metric.get("where"):
            yield f"[metric.{metric_id}.where]"
            for name in metric["order"]:
                yield f"{_text(name)} = {_value(metric['where'][name])}"


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return _text(value)
        case Mapping():
            return f"{{ {', '.join(f'{name} = {_value(item)}' for name, item in value.items())} }}"
        case Sequence():
            return f"[{', '.join(map(_value, value))}]"
    raise TypeError(f"the language has no value like {value!r}")


def _text(text: str) -> str:
    return f'"{text.translate(_ESCAPES)}"'
