"""The walk: everybody asks for everything, and what is answered otherwise than it is written down comes back as a deviation."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from tests.access.answers import Deviation
from tests.access.house import House
from tests.access.walk_coming import by_cookie, by_old_tokens, by_the_issuers_word
from tests.access.walk_reading import (
    at_the_doors,
    by_another_door,
    in_answers,
    in_bundles,
    in_lists,
    one_by_one,
    without_the_answer,
)
from tests.access.walk_writing import by_batch, by_key, by_nobody_there_is, by_request, by_the_rules, without_a_body

# Each part can be narrowed to what ends with, or holds, a few words.
Part = Callable[[House, str], Iterator[Deviation]]
PARTS: Final[Mapping[str, Part]] = {
    "doors": at_the_doors, "head": without_the_answer, "contents": in_answers, "lists": in_lists, "bundles": in_bundles,
    "entries": one_by_one, "actions": by_another_door, "cookie": by_cookie, "old": by_old_tokens, "jwt": by_the_issuers_word,
    "request": by_request, "batch": by_batch, "shape": without_a_body, "rules": by_the_rules, "keys": by_key,
    "impostors": by_nobody_there_is,
}  # fmt: skip
