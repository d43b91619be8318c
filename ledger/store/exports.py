"""What a bundle holds of the log: which entries are disclosed, their disclosures in order, and the claims that others hold.

- A centre's bundle discloses its whole stream and, of other streams, what its figures follow from: master data of the parties,
  patents and centres that its entries name, what offices said of it, and the records of the streams all this comes from.
- Of what several centres say under one name (a pool whose number became free) only what speaks of this centre is disclosed.
- Everything is as of one log size, streamed some hundreds of rows at a time; indices are all that is held of a closure.

Who may have a bundle, and what else belongs into it, is decided elsewhere.
"""

from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from heapq import merge
from typing import Any, NamedTuple

from sqlalchemy import Connection, exists, func, select, tuple_, union

from ledger.facts.kinds.rulings import Reversal
from ledger.facts.mentions import Mention, mention
from ledger.proof.merkle import Damaged
from ledger.store import tables as t
from ledger.store.lines import stands_at
from ledger.store.log import CHUNK, entries_in

MASTER = ("party", "patent", "centre")  # one history for the whole ledger, whoever writes it

Disclosed = tuple[int, str]  # index, disclosure as it is kept


class Contested(NamedTuple):
    """A line of a deal (`entry`, `line`) that does not count, because another centre's deal `by` holds the claim."""

    entry: int
    line: int
    by: int


def streams(connection: Connection, size: int) -> dict[str, int]:
    """How many of the first `size` entries each stream has, by the streams' names."""
    c = t.entry.c
    rows = connection.execute(select(c.centre, func.count().label("entries")).where(c.index < size).group_by(c.centre))
    return dict(sorted((row.centre, row.entries) for row in rows))


def foreign(connection: Connection, size: int, centre: str, about: Collection[Mention]) -> Sequence[int]:
    """Indices, ascending, of other streams' entries that the figures of a centre follow from.

    `about`: the subjects that are asked for besides those that the centre's own entries lead to.
    """
    found = array("q")
    sources = {centre}
    for row in connection.execute(_led_to(size, centre, about).execution_options(yield_per=CHUNK)):
        found.append(row.at)
        sources.add(row.stream)
    more = set(_taken_back(connection, size, centre, found))
    # Whether a stream is an office's follows from the record of its code, which lies in some stream in turn.
    known: set[str] = set()
    while new := sorted(sources - known):
        known.update(new)
        for row in connection.execute(_about(size, centre, [mention("centre", code) for code in new])):
            more.add(row.at)
            sources.add(row.stream)
    return array("q", merge(found, sorted(index for index in more if not _among(index, found))))


def _led_to(size: int, centre: str, about: Collection[Mention]) -> Any:
    """Master data that the centre's entries name, verdicts on them, and `about`."""
    said, named = t.mention.alias("said"), _own_mentions(size, centre)
    what = tuple_(said.c.what, said.c.value)
    theirs = _others(said, size, centre)
    master = theirs.where(said.c.what.in_(MASTER), what.in_(named.where(_OWN.c.what.in_(MASTER))))
    return union(master, _rulings(size, centre, names=centre), _about(size, centre, about)).order_by("at")


def _taken_back(connection: Connection, size: int, centre: str, ascending: Sequence[int]) -> Iterator[int]:
    """Reversals by which offices took back those of their verdicts that are among `ascending`.

    Such a reversal names the office's stream only, so it has to be opened to see whom the verdict spoke of.
    """
    reversals = _rulings(size, centre, names=t.entry.c.centre).where(t.entry.c.kind == "reversal")
    indices = [row.at for row in connection.execute(reversals)]
    for start in range(0, len(indices), CHUNK):
        for entry in entries_in(connection, indices[start : start + CHUNK]).values():
            if isinstance(entry.fact, Reversal) and _among(entry.fact.entry, ascending):
                yield entry.index


def _rulings(size: int, centre: str, *, names: Any) -> Any:
    """What others say of the subjects of the centre's own entries, and thereby name a stream."""
    said, naming, own = t.mention.alias("said"), t.mention.alias("naming"), _own_mentions(size, centre)
    own = own.where(_OWN.c.what.not_in(MASTER), _OWN.c.is_subject)
    names_it = exists().where(naming.c.entry == said.c.entry, naming.c.what == "centre", naming.c.value == names)
    what = tuple_(said.c.what, said.c.value)
    return _others(said, size, centre).where(said.c.what.not_in(MASTER), what.in_(own), names_it)


_OWN = t.mention.alias("own")


def _own_mentions(size: int, centre: str) -> Any:
    entry = t.entry.alias("own_entry")
    return (
        select(_OWN.c.what, _OWN.c.value)
        .join(entry, entry.c.index == _OWN.c.entry)
        .where(entry.c.centre == centre, _OWN.c.entry < size)
    )


def _about(size: int, centre: str, about: Collection[Mention]) -> Any:
    said = t.mention.alias("said")
    return _others(said, size, centre).where(tuple_(said.c.what, said.c.value).in_([tuple(one) for one in about]))


def _others(said: Any, size: int, centre: str) -> Any:
    """Entries of other streams with what they are about."""
    c = t.entry.c
    return (
        select(c.index.label("at"), c.centre.label("stream"))
        .distinct()
        .join(said, said.c.entry == c.index)
        .where(said.c.is_subject, said.c.entry < size, c.centre != centre)
    )


def _among(index: int, ascending: Sequence[int]) -> bool:
    place = bisect_left(ascending, index)
    return place < len(ascending) and ascending[place] == index


# --- disclosures -----------------------------------------------------------------------------------------------------

_ROWS = select(t.entry.c.index.label("at"), t.entry.c.seq, t.disclosure.c.disclosure).outerjoin_from(
    t.entry, t.disclosure, t.disclosure.c.entry == t.entry.c.index
)


def all_disclosures(connection: Connection, size: int) -> Iterator[Disclosed]:
    """Those of the first `size` entries, in order. Raises Damaged where one is missing."""
    c = t.entry.c
    for first in range(0, size, CHUNK):
        wanted = range(first, min(first + CHUNK, size))
        rows = connection.execute(_ROWS.where(c.index.between(wanted[0], wanted[-1])).order_by(c.index)).all()
        yield from _whole(wanted, [(row.at, row.disclosure) for row in rows])


def disclosures(connection: Connection, size: int, centre: str, beside: Sequence[int]) -> Iterator[Disclosed]:
    """Those of a centre's stream below `size`, and of the entries `beside` it, in the order of the log. Raises Damaged."""
    return merge(_of_stream(connection, size, centre), _of_entries(connection, beside))


def _of_stream(connection: Connection, size: int, centre: str) -> Iterator[Disclosed]:
    c = t.entry.c
    own = _ROWS.where(c.centre == centre, c.index < size).order_by(c.seq).limit(CHUNK)
    seq = 0
    while rows := connection.execute(own.where(c.seq >= seq)).all():
        if [row.seq for row in rows] != list(range(seq, seq + len(rows))):
            raise Damaged(f"stream {centre}", f"has a gap after its first {seq} entries")
        yield from _whole([row.at for row in rows], [(row.at, row.disclosure) for row in rows])
        seq += len(rows)


def _of_entries(connection: Connection, indices: Sequence[int]) -> Iterator[Disclosed]:
    c = t.entry.c
    for start in range(0, len(indices), CHUNK):
        wanted = list(indices[start : start + CHUNK])
        rows = connection.execute(_ROWS.where(c.index.in_(wanted)).order_by(c.index)).all()
        yield from _whole(wanted, [(row.at, row.disclosure) for row in rows])


def _whole(wanted: Sequence[int], found: Sequence[tuple[int, str | None]]) -> Iterator[Disclosed]:
    told = dict(found)
    for index in wanted:
        if (disclosure := told.get(index)) is None:
            raise Damaged(f"disclosure {index}", "is missing")
        yield index, disclosure


# --- claims ----------------------------------------------------------------------------------------------------------


def contested(connection: Connection, size: int, centre: str | None = None) -> Iterator[Contested]:
    """The lines, of one centre or of all, that stand at `size` and whose recordal another centre has claimed (RULINGS 8)."""
    line, claim = t.deal_line, t.claim
    query = (
        select(line.c.entry, line.c.line, claim.c.entry.label("by"))
        .join(claim, claim.c.fingerprint == line.c.fingerprint)
        .where(claim.c.centre != line.c.centre, stands_at(line, size), stands_at(claim, size))
        .order_by(line.c.entry, line.c.line)
    )
    if centre is not None:
        query = query.where(line.c.centre == centre)
    for row in connection.execute(query.execution_options(yield_per=CHUNK)):
        yield Contested(row.entry, row.line, row.by)
