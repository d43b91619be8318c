"""What the walk says of an answer that deviates, and what it looks at in every answer."""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from werkzeug.test import TestResponse

from tests.access.contents import MARKS
from tests.access.house import House
from tests.access.scenery import patent_of

MARK: Final = re.compile(r"(?:secret|papers|word)-of-[a-z-]*[a-z]")


@dataclass(frozen=True)
class Deviation:
    """Somebody was answered otherwise than it is written down."""

    part: str
    who: str
    what: str
    expected: object
    given: object

    @property
    def broke(self) -> bool:
        """Nothing was let through: the service fell over its own feet."""
        return isinstance(self.given, int) and self.given >= 500


def filled(path: str, house: House) -> str:
    """The path with indices for the names of entries."""

    def index(found: re.Match[str]) -> str:
        name = found[1]
        if numbered := re.fullmatch(r"patent (\d+) of (\S+)", name):
            return patent_of(numbered[2], int(numbered[1]))
        return str(len(house.at) if name == "size" else house.at[name])

    return re.sub(r"\{([^}]+)\}", index, path)


def allowed(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def marks_beyond(who: str, response: TestResponse) -> list[str]:
    """Marks in an answer that are not the caller's to come across."""
    return sorted({mark for mark in MARK.findall(response.data.decode(errors="replace")) if not allowed(mark, MARKS[who])})
