"""The rows that follow from the log, made anew from its entries by the road on which they were first written.

One transaction: until it ends, readers see the old rows, and writers wait. It takes the rights of the owner of the tables, since
the service's role may delete nothing. Memory stays flat: the world is fetched anew for each thousand entries.
"""

from collections.abc import Callable, Sequence

from ledger.actions.ledger import Ledger
from ledger.facts.entries import Entry
from ledger.facts.kinds.deals import Deal
from ledger.facts.kinds.rulings import Attestation, Reversal
from ledger.facts.lines.deals import fingerprints
from ledger.facts.mentions import Mention, subjects
from ledger.facts.world import World
from ledger.store import lines, log
from ledger.store import tables as t
from ledger.store.database import writing
from ledger.store.worlds import StoredLog

CHUNK = 1000  # entries


def rebuild(ledger: Ledger, progress: Callable[[int, int], None] = lambda done, total: None) -> int:
    """Make all rows anew; answers from how many entries."""
    with writing(ledger.engine) as connection:
        head = log.lock_head(connection)
        for table in t.DERIVED:
            connection.execute(table.delete())
        for first in range(0, head.size, CHUNK):
            entries = list(log.walk(connection, min(first + CHUNK, head.size), first))
            world = World(StoredLog(connection, first))
            _prefetch(world, entries, first)
            lines.apply(connection, [world.take(entry) for entry in entries])
            progress(first + len(entries), head.size)
    return head.size


def _prefetch(world: World, entries: Sequence[Entry], first: int) -> None:
    """Fetch the histories at once that the entries add to; the world would find them one by one."""
    about: set[Mention] = set()
    prints: set[str] = set()
    for entry in entries:
        fact = entry.fact
        if isinstance(fact, Attestation | Reversal):
            if fact.entry < first:
                about.update(world.subjects_of(fact.entry))
            continue
        about.update(subjects(fact, entry.centre, entry.index, world.subjects_of))
        if isinstance(fact, Deal):
            prints |= fingerprints(entry)
    world.prefetch(sorted(about))
    world.prefetch_deal_lines([], sorted(prints))
