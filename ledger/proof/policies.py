"""Who must have signed: logs, witnesses, and the quorum of witnesses that makes a checkpoint count (C2SP tlog-policy).

- A witness and a group have names, which mean something inside the policy only. Both share one space of names; `none` is taken.
- A group is met by so many of its members. What a name stands for is defined on a line above; a name belongs to one group at most.
- The quorum is one name, or nobody: then every checkpoint that the log signed counts.
- A file is read as a whole, and everything wrong with it is reported at once. It is written in one way.

A log's url tells where to ask it, and nobody here asks: it is read, and left out. How witnesses are asked is for others to say.
"""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from ledger.proof.notes import COSIGNATURE, ED25519, BadKey, VerifierKey, shown

NOBODY: Final = "none"
ALL: Final = "all"
ANY: Final = "any"

_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
# Of the signs below the space only the tab may stand in a line; surrogates are what UTF-8 cannot say.
_FORBIDDEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")


class BadPolicy(ValueError):
    """A policy with faults: every one of them, each with its line."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults: Final = tuple(faults)


@dataclass(frozen=True, slots=True)
class Witness:
    """`url` is the prefix below which it takes checkpoints, None where it is known by its key only."""

    name: str
    key: VerifierKey
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Met once `threshold` of its members, witnesses or groups, are."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """`quorum` names a witness or a group, None is nobody. Raises `BadPolicy` for what no policy file could say."""

    logs: tuple[VerifierKey, ...] = ()
    witnesses: tuple[Witness, ...] = ()
    groups: tuple[Group, ...] = ()
    quorum: str | None = None

    def __post_init__(self) -> None:
        draft = _read(self.text)
        if draft.faults:
            raise BadPolicy(draft.faults)
        if draft.parts != (self.logs, self.witnesses, self.groups, self.quorum):
            raise BadPolicy(["the policy holds what no policy file can say"])

    @property
    def text(self) -> str:
        """The policy as a file: logs, witnesses, groups and quorum, with nothing that could be left out."""
        lines = [f"log {key}" for key in self.logs]
        lines += (f"witness {one.name} {one.key}{'' if one.url is None else f' {one.url}'}" for one in self.witnesses)
        lines += (f"group {one.name} {_threshold_text(one)} {' '.join(one.members)}" for one in self.groups)
        lines.append(f"quorum {NOBODY if self.quorum is None else self.quorum}")
        return "".join(f"{line}\n" for line in lines)

    @classmethod
    def parse(cls, text: str) -> "Policy":
        """Raises `BadPolicy` with all faults. `parse(policy.text) == policy`; comments and a log's url are not kept."""
        draft = _read(text)
        if draft.faults:
            raise BadPolicy(draft.faults)
        return cls(*draft.parts)

    def names_of(self, keys: Iterable[VerifierKey]) -> frozenset[str]:
        """The names that the witnesses among `keys` have in this policy: from `notes.verified` to `is_met`."""
        given = set(keys)
        return frozenset(one.name for one in self.witnesses if one.key in given)

    def is_met(self, names: Collection[str]) -> bool:
        """Whether the quorum is reached if the witnesses with these names have cosigned. Other names count for nothing."""
        met = {one.name for one in self.witnesses if one.name in names}
        # Members stand above their group, so that one pass settles groups of groups too.
        for group in self.groups:
            if sum(member in met for member in group.members) >= group.threshold:
                met.add(group.name)
        return self.quorum is None or self.quorum in met


def _threshold_text(group: Group) -> str:
    if group.threshold == len(group.members):
        return ALL
    return ANY if group.threshold == 1 else str(group.threshold)


def _read(text: str) -> "_Draft":
    draft = _Draft()
    # The text is octets to the format: only a line feed ends a line, only spaces and tabs divide it.
    *lines, rest = text.split("\n")
    for number, line in enumerate(lines, start=1):
        draft.read(number, line)
    if rest:
        draft.faults.append(f"line {len(lines) + 1}: does not end with a line feed; the file may have been cut off")
    elif not draft.quorums:
        draft.faults.append(f"line {len(lines) + 1}: the file ends without a quorum line")
    return draft


@dataclass(slots=True)
class _Draft:
    """A policy while its lines are read. Names of faulty lines are known too, so that one fault is reported once."""

    faults: list[str] = field(default_factory=list)
    logs: list[VerifierKey] = field(default_factory=list)
    witnesses: list[Witness] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    quorums: list[str] = field(default_factory=list)
    line: int = 0
    defined: dict[str, int] = field(default_factory=dict)  # name: line
    member_of: dict[str, str] = field(default_factory=dict)
    publics: dict[tuple[int, bytes], int] = field(default_factory=dict)  # type and public key: line

    @property
    def parts(self) -> tuple[tuple[VerifierKey, ...], tuple[Witness, ...], tuple[Group, ...], str | None]:
        quorum = self.quorums[0]
        return tuple(self.logs), tuple(self.witnesses), tuple(self.groups), None if quorum == NOBODY else quorum

    def read(self, number: int, line: str) -> None:
        self.line = number
        if bad := _FORBIDDEN.search(line):
            self.wrong(f"holds the character U+{ord(bad[0]):04X}, which has no place in a policy")
            return
        keyword, *words = re.split("[ \t]+", line.strip(" \t"))
        if not keyword or keyword.startswith("#"):
            return
        readers: dict[str, Callable[[list[str]], None]] = {
            "log": self.read_log,
            "witness": self.read_witness,
            "group": self.read_group,
            "quorum": self.read_quorum,
        }
        if reader := readers.get(keyword):
            reader(words)
        else:
            self.wrong(f"starts with {shown(keyword)}, not with {', '.join(readers)}")

    def read_log(self, words: list[str]) -> None:
        if len(words) not in (1, 2):
            self.wrong("a log is a verifier key and maybe a url")
        elif key := self.key(words[0], ED25519, "log"):
            self.logs.append(key)

    def read_witness(self, words: list[str]) -> None:
        if words:
            self.define(words[0])
        if len(words) not in (2, 3):
            self.wrong("a witness is a name, a verifier key and maybe a url")
        elif key := self.key(words[1], COSIGNATURE, "witness"):
            self.witnesses.append(Witness(words[0], key, words[2] if len(words) == 3 else None))

    def read_group(self, words: list[str]) -> None:
        if len(words) < 3:
            self.wrong(f"a group is a name, a number or {ALL} or {ANY}, and at least one member")
            if words:
                self.define(words[0])
            return
        name, threshold, *members = words
        for member in members:
            self.join(member, name)
        # Last, so that no group is its own member.
        self.define(name)
        count = {ALL: str(len(members)), ANY: "1"}.get(threshold, threshold)
        if not _NUMBER.fullmatch(count) or int(count) > len(members):
            self.wrong(f"{shown(threshold)} is not {ALL}, {ANY} or a number from 1 to {len(members)}, the number of members")
        else:
            self.groups.append(Group(name, int(count), tuple(members)))

    def read_quorum(self, words: list[str]) -> None:
        if len(words) != 1:
            self.wrong(f"a quorum is one name, or {NOBODY}")
        elif self.quorums:
            self.wrong("is a second quorum line")
        elif words[0] != NOBODY and words[0] not in self.defined:
            self.wrong(f"{shown(words[0])} is not the name of a witness or group on a line above")
        # A faulty one is still a quorum line.
        self.quorums.append(words[0] if words else NOBODY)

    def key(self, vkey: str, wanted: int, what: str) -> VerifierKey | None:
        try:
            key = VerifierKey.parse(vkey)
        except BadKey as error:
            self.wrong(str(error))
            return None
        if key.type != wanted:
            self.wrong(f"the key of a {what} is of type {wanted:#04x}, not {key.type:#04x}")
            return None
        # Under another name it would be the same signer, counted twice.
        if (first := self.publics.setdefault((key.type, key.public), self.line)) != self.line:
            self.wrong(f"repeats the public key of line {first}")
            return None
        return key

    def define(self, name: str) -> None:
        if name == NOBODY:
            self.wrong(f"{NOBODY} is nobody's name: as a quorum it means that there is none")
        elif (first := self.defined.setdefault(name, self.line)) != self.line:
            self.wrong(f"the name {shown(name)} is taken by line {first}")

    def join(self, member: str, group: str) -> None:
        if member not in self.defined:
            self.wrong(f"{shown(member)} is not the name of a witness or group on a line above")
        elif member in self.member_of:
            self.wrong(f"{shown(member)} is a member already, of {shown(self.member_of[member])}")
        else:
            self.member_of[member] = group

    def wrong(self, why: str) -> None:
        self.faults.append(f"line {self.line}: {why}")
