"""A log cut into portions that can be folded one after another: which entries belong together, and the rows of a portion.

- A unit is the least that must be folded in one piece: a deal with its followers, a pool with what is in it, a loan, an output, an
  activity, each with the verdicts on it and the reversals of it. Every entry belongs to exactly one unit, or to the context.
- The context is what figures ask about while they count something else: parties, centres, patents, and what was said of
  participants. Every portion sees all of it.
- Patents are by far the most of it, and few figures ask for the days on which they are in force: `Portions` keeps them apart, and
  says which ones are asked for at all.
- Units are told from the words of an entry, before anything is decoded: entries can be sorted as they are read.

Claims reach across portions: two centres may record one line. `lines.deals.contested_in` settles them from the deal lines alone.
"""

from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final
from zlib import crc32

from ledger.facts.encoding import Undecodable
from ledger.facts.entries import Entry
from ledger.facts.kinds.deals import DEAL_KINDS
from ledger.facts.lines.fold import folded
from ledger.facts.lines.rows import Row
from ledger.facts.mentions import Mention, mention, subjects

CONTEXT: Final = 0  # the number of the portion that every other one sees

# The unit of each kind: its sort, whether it is the recording centre's own, and the fields that name it.
UNITS: Final[Mapping[str, tuple[str, bool, tuple[str, ...]]]] = {
    **dict.fromkeys((*DEAL_KINDS, "registration", "amendment", "termination", "payment"), ("deal", True, ("deal_no",))),
    **dict.fromkeys(("pool", "admission", "withdrawal"), ("pool", False, ("pool_id",))),
    "pledge": ("loan", True, ("loan_ref",)),
    "output": ("output", True, ("output_type", "ref_no")),
}
OF_PATENTS: Final = ("patent", "patent_status")
OF_CONTEXT: Final = (*OF_PATENTS, "centre", "party", "open_licence_statement", "participation", "closing", "baseline")
SPEAKING: Final = ("attestation", "reversal")  # these belong to the unit of the entry they speak of


def unit_of(kind: str, body: Mapping[str, Any], centre: str, index: int) -> Mention | None:
    """The unit of an entry, None for the context. Raises Undecodable where its words tell none.

    A verdict and a reversal have no unit of their own: `spoken_of` tells whose they share.
    """
    if kind in UNITS:
        what, own, keys = UNITS[kind]
        return mention(what, *((centre,) if own else ()), *(_word(body, key) for key in keys))
    if kind == "activity":
        return mention("activity", str(index))
    if kind not in OF_CONTEXT:
        raise Undecodable(f"kind: {kind!r} has no unit")
    return None


def spoken_of(kind: str, body: Mapping[str, Any]) -> int | None:
    """The index that a verdict or a reversal speaks of, None for any other entry. Raises Undecodable where it names none."""
    if kind not in SPEAKING:
        return None
    index = body.get("entry")
    if type(index) is not int or index < 0:
        raise Undecodable("entry: int is wanted")
    return index


def _word(body: Mapping[str, Any], key: str) -> str:
    word = body.get(key)
    if not isinstance(word, str):
        raise Undecodable(f"{key}: str is wanted")
    return word


class Portions:
    """Sorts the entries of a log, told in log order, into portions of whole units; remembers two bytes of each entry.

    CONTEXT is one portion, 1 to `number` are to be folded with it, and `number` + 1 to 2 × `number` hold patents. Of these only
    the `named` ones need be known: those that entries of the kinds in `asked` name.
    """

    def __init__(self, number: int, asked: Collection[str] = ()) -> None:
        if not 1 <= number < 2**15:
            raise ValueError("a log has between 1 and 32767 portions")
        self.number = number
        self.named: set[str] = set()
        self._asked = asked
        self._placed = array("H")

    def place(self, kind: str, body: Mapping[str, Any], centre: str, index: int) -> int:
        """The portion of the next entry. What speaks of an entry that was not told belongs to the context, and says nothing."""
        portion = self.portion_of(kind, body, centre, index)
        if portion is None:
            spoken = spoken_of(kind, body)
            portion = self._placed[spoken] if spoken is not None and spoken < len(self._placed) else CONTEXT
        self.put(index, portion)
        self.named.update(self.named_in(kind, body))
        return portion

    def put(self, index: int, portion: int) -> None:
        """Remember where the next entry has gone."""
        missing = index - len(self._placed)
        if missing < 0:
            raise ValueError("entries are told in log order")
        if missing:
            self._placed.extend([CONTEXT] * missing)
        self._placed.append(portion)

    def portion_of(self, kind: str, body: Mapping[str, Any], centre: str, index: int) -> int | None:
        """The portion of an entry by its own words; None for what speaks of another entry, and goes where that one went."""
        if spoken_of(kind, body) is not None:
            return None
        if kind in OF_PATENTS:
            return self.number + 1 + crc32(_word(body, "patent_id").encode()) % self.number
        unit = unit_of(kind, body, centre, index)
        return CONTEXT if unit is None else 1 + crc32(unit.value.encode()) % self.number

    def named_in(self, kind: str, body: Mapping[str, Any]) -> Iterator[str]:
        """The patents that an entry asks for."""
        return _patents_in(body) if kind in self._asked else iter(())


def _patents_in(body: Mapping[str, Any]) -> Iterator[str]:
    """The patents that a deal or an admission names; what is no such list is found when the body is decoded."""
    lines, patents = body.get("lines"), body.get("patents")
    named = patents if isinstance(patents, list) else lines if isinstance(lines, list) else ()
    for one in named:
        patent_id = one.get("patent_id") if isinstance(one, dict) else one
        if isinstance(patent_id, str):
            yield patent_id


def histories_of(entries: Iterable[Entry]) -> dict[Mention, list[Entry]]:
    """Entries (in log order) by their subjects. What speaks of an entry that is not among them is of no subject here."""
    about: dict[int, tuple[Mention, ...]] = {}
    histories: dict[Mention, list[Entry]] = {}

    def known(index: int) -> tuple[Mention, ...]:
        return about.get(index, ())

    for entry in entries:
        about[entry.index] = found = subjects(entry.fact, entry.centre, entry.index, known)
        for subject in found:
            histories.setdefault(subject, []).append(entry)
    return histories


def rows_in(histories: Mapping[Mention, Sequence[Entry]]) -> list[Row]:
    """The rows that follow from whole histories; claims excepted, which no history tells by itself."""
    return [row for subject, history in histories.items() for row in folded(subject, history)]


def rows_from(entries: Iterable[Entry]) -> list[Row]:
    """The rows of a portion: of its entries in log order, each unit complete."""
    return rows_in(histories_of(entries))
