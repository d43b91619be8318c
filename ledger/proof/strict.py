"""Hooks for JSON that every reader reads alike: no name twice in an object, no number that is not whole."""

from typing import Any, NoReturn


def named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """For `object_pairs_hook`. Raises ValueError."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in an object")
    return found


def no_integer(text: str) -> NoReturn:
    """For `parse_float` and `parse_constant`. Raises ValueError."""
    raise ValueError(f"{text[:40]} is not an integer")
