"""Reading TOML strictly: nothing unknown, nothing of a wrong type, and every fault is noted before anything is refused.

A `Table` is one table of one file, with the dotted key that leads to it. Its readers give the value, or None after noting a fault;
a key that is absent is None without a fault, unless `need` asks for it. What the values mean is not known here.
"""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from ledger.kpi.definitions import Label

_ID: Final = re.compile(r"[a-z][a-z0-9_-]*")
_LINE: Final = re.compile(r" \(at line ([0-9]+), column [0-9]+\)$")
_AT_END: Final = " (at end of document)"
_TEXT_MAX: Final = 2000


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: in which file, under which key (or on which line), and why."""

    file: str
    key: str
    reason: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.key, self.reason) if part)


class BadProgrammes(Exception):
    """Files that cannot be used, with everything that is wrong with them."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: Final = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


@dataclass(frozen=True)
class Table:
    file: str
    key: str
    values: Mapping[str, object]
    faults: list[Fault]

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def fault(self, name: str, reason: str) -> None:
        self.faults.append(Fault(self.file, f"{self.key}.{name}" if self.key and name else self.key or name, reason))

    def closed(self, *names: str) -> None:
        """Notes every key that is not one of the names."""
        for name in self.values:
            if name not in names:
                self.fault(name, "unknown key")

    def need(self, *names: str) -> None:
        for name in names:
            if name not in self.values:
                self.fault(name, "missing")

    def text(self, name: str) -> str | None:
        value = self.values.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            self.fault(name, f"must be text, not {_sort(value)}")
        elif not value.strip():
            self.fault(name, "is blank")
        elif value != value.strip():
            self.fault(name, "has blanks around it")
        elif len(value) > _TEXT_MAX or any(unicodedata.category(sign) == "Cc" for sign in value):
            self.fault(name, f"must be one line of at most {_TEXT_MAX} characters")
        else:
            return value
        return None

    def word(self, name: str, words: Sequence[str]) -> str | None:
        value = self.text(name)
        if value is not None and value not in words:
            self.fault(name, f"{value!r} is not one of {', '.join(words)}")
            return None
        return value

    def checked(self, name: str, check: Callable[[str], object]) -> str | None:
        """A text that a function accepts; its ValueError is the reason of the fault."""
        value = self.text(name)
        if value is None:
            return None
        try:
            check(value)
        except ValueError as error:
            self.fault(name, f"{value!r}: {error}")
            return None
        return value

    def flag(self, name: str) -> bool | None:
        value = self.values.get(name)
        if value is None or isinstance(value, bool):
            return value
        self.fault(name, f"must be true or false, not {_sort(value)}")
        return None

    def number(self, name: str, *, most: int) -> int | None:
        value = self.values.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            self.fault(name, f"must be a whole number, not {_sort(value)}")
        elif not 1 <= value <= most:
            self.fault(name, f"must be from 1 to {most}")
        else:
            return value
        return None

    def names(self, name: str) -> tuple[str, ...] | None:
        """A list of different texts, at least one."""
        value = self.values.get(name)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.fault(name, "must be a list of texts")
        elif not value:
            self.fault(name, "is an empty list")
        elif (repeated := first_repeated(value)) is not None:
            self.fault(name, f"names {repeated} twice")
        else:
            return tuple(value)
        return None

    def table(self, name: str) -> "Table | None":
        value = self.values.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.fault(name, f"must be a table, not {_sort(value)}")
            return None
        return Table(self.file, f"{self.key}.{name}" if self.key else name, value, self.faults)

    def tables(self, name: str) -> "tuple[Table, ...]":
        """The tables of a list, each known by its `id` if it has one, else by its place counted from 1."""
        value = self.values.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.fault(name, "must be a list of tables")
            return ()
        if not value:
            self.fault(name, "is an empty list")
        return tuple(
            Table(self.file, f"{self.key}.{name}.{item['id'] if isinstance(item.get('id'), str) else place}", item, self.faults)
            for place, item in enumerate(value, start=1)
        )

    def label(self, name: str) -> Label | None:
        table = self.table(name)
        if table is None:
            return None
        table.closed("zh", "en")
        table.need("zh", "en")
        zh, en = table.text("zh"), table.text("en")
        return None if zh is None or en is None else Label(zh, en)


def check_id(text: str) -> None:
    if not _ID.fullmatch(text):
        raise ValueError("an id is a small letter, then small letters, digits, _ and -")


def first_repeated(values: Sequence[str | bool]) -> str | bool | None:
    return next((value for place, value in enumerate(values) if value in values[:place]), None)


def read_file(path: Path, faults: list[Fault]) -> Table | None:
    """The top table of a file, or None after noting why it cannot be read."""
    try:
        text = path.read_bytes().decode()
    except OSError as error:
        faults.append(Fault(str(path), "", error.strerror or "cannot be read"))
        return None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        faults.append(Fault(str(path), f"line {line}", "is not UTF-8"))
        return None
    try:
        # The language holds no decimal numbers; read as Decimal, one is shown in the fault as it was written.
        return Table(str(path), "", tomllib.loads(text, parse_float=Decimal), faults)
    except RecursionError:
        faults.append(Fault(str(path), "", "is nested too deeply"))
    except ValueError as error:  # tomllib's own error, or a number that is too long
        message = str(error)
        at = _LINE.search(message)
        last = text.count("\n") + 1
        faults.append(Fault(str(path), f"line {at[1] if at else last}", _LINE.sub("", message).removesuffix(_AT_END)))
    return None


def _sort(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            return f"the number {value}"
        case str():
            return "text"
        case list():
            return "a list"
        case dict():
            return "a table"
    return "a date or time"
