"""All patterns that the code is made of, and for each the texts that would keep a careless one searching."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import ledger
import schemas

LENGTH = 10_000  # of a text: longer than a line of a request may be
# Wherever a pattern begins, it is led on for a while and then let down.
LURES = ("0", "9", "a", "A", " ", "\t", "\n", "\r\n", "-", "x0", "/", ".", "%", "'", '"', "\\", "\u3000", "许", ",", "\u0301", "[",
         "(")
LEADS = ("", "CN", "PCT/", "US:", "tile/", "x", "\u2014 ", "bytes=", "a/", "entries/", "0", "1", "/v1/entries/")


def modules() -> Iterator[ModuleType]:
    for package in (ledger, schemas):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.endswith("__main__"):
                yield importlib.import_module(found.name)


def patterns() -> dict[re.Pattern[str], set[str]]:
    """Those of modules and classes, and how each is asked; patterns of bytes are read as patterns of the same characters."""
    found: dict[re.Pattern[str], set[str]] = {}
    for module in modules():
        source = inspect.getsource(module)
        for name, value in _values(module):
            if isinstance(value, re.Pattern):
                is_text = isinstance(value.pattern, str)
                text = re.compile(value.pattern if is_text else value.pattern.decode("latin-1"),
                                  value.flags & ~re.UNICODE if not is_text else value.flags)
                ways = set(re.findall(rf"\b{name}\.(search|fullmatch|match)\(", source))
                # What goes over a whole text looks for the pattern at each of its places.
                ways |= {"search"} if re.search(rf"\b{name}\.(sub|findall|finditer|split)\(", source) else set()
                found.setdefault(text, set()).update(ways or {"fullmatch"})
    return found


def _values(module: ModuleType) -> Iterator[tuple[str, Any]]:
    for name, value in vars(module).items():
        yield name, value
        if isinstance(value, type) and value.__module__ == module.__name__:
            yield from vars(value).items()
        elif isinstance(value, dict):
            yield from ((name, one) for one in value.values())


def hostile(pattern: re.Pattern[str]) -> Iterator[str]:
    own = sorted(set(re.findall(r"[A-Za-z0-9/_.:-]", pattern.pattern)))[:12]
    for lure in (*LURES, *own):
        body = lure * (LENGTH // len(lure))
        yield f"{body}\x00"
        yield f"{body}!{body}"
    for lead in LEADS:
        yield f"{lead}{'a1' * (LENGTH // 2)}\x00"
        yield f"{lead}{'0' * LENGTH}\x00"
