"""Told of every connection that a pool opens, lends, takes back and closes: what a figure of them is made of."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, event

# How many more ("open" or "in_use") there are than before: 1 or -1.
Told = Callable[[str, int], None]


def watch(engine: Engine, told: Told) -> None:
    """From now on, for the pools that this engine makes anew too. Idle connections are closed first: counting begins at nought."""
    engine.dispose()

    def tells(name: str, state: str, change: int) -> None:
        def heard(*_: Any) -> None:
            told(state, change)

        event.listen(engine, name, heard)

    tells("connect", "open", 1)
    tells("close", "open", -1)
    tells("checkout", "in_use", 1)
    tells("checkin", "in_use", -1)
