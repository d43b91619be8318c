"""What a rule is given beside the fact: who says it, in which stream, the world before it, and what the programmes ask.

A rule takes a fact and a `Saying` and yields what is wrong; it changes nothing and asks nobody else. Programmes are the
business of a higher floor, so what rules need of them is stated here as a protocol.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, NamedTuple, Protocol, TypeVar

from ledger.facts.actors import Actor
from ledger.facts.entries import Entry
from ledger.facts.kinds.base import Fact
from ledger.facts.lines.rows import NEVER, CentreRow
from ledger.facts.mentions import mention
from ledger.facts.problems import Problem
from ledger.facts.regions import covers
from ledger.facts.world import World

T = TypeVar("T")
SubjectKind = Literal["centre", "park", "region", "province"]

NOT_YET: Final = 2**62  # the index of an entry that has none so far: after all that have

_LAST_DAY: Final = NEVER - timedelta(days=1)
_DIVISION: Final = re.compile(r"[1-9][0-9]{5}")


@dataclass(frozen=True, slots=True)
class ProgrammeTerms:
    """What a programme lays down for those who take part: `floors` are the values of its targets, in their `units`."""

    subject: SubjectKind
    floors: Mapping[str, str]
    decidable: frozenset[str]  # targets that a person decides
    units: Mapping[str, str]  # of the targets that have a value


class Policies(Protocol):
    """What the programmes say."""

    def programme(self, programme_id: str) -> ProgrammeTerms | None: ...
    def metric_unit(self, metric_id: str) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Saying:
    """An attempt to say something in the stream of `centre`. Only the command line founds an office."""

    centre: str
    by: Actor
    world: World
    policies: Policies
    founding: bool = False

    @property
    def office(self) -> bool:
        """Whether the stream is an office's."""
        return self.founding or self.world.is_office(self.centre)


# A rule takes the fact of its own kind, which the type of a table of rules cannot say.
Rule = Callable[[Any, Saying], Iterator[Problem]]


def problem(code: str, path: str, zh: str, en: str, entry: int | None = None) -> Problem:
    """A problem inside the body: `path` is seen from there."""
    return Problem(code, f"body.{path}", zh, en, entry)


def invalid(path: str, zh: str, en: str, entry: int | None = None) -> Problem:
    return problem("invalid", path, zh, en, entry)


def as_if_taken(fact: Fact, centre: str) -> Entry:
    """A fact at the end of a history, to see what would come of it."""
    nowhen = datetime.min.replace(tzinfo=UTC)
    return Entry(index=NOT_YET, centre=centre, seq=0, recorded_at=nowhen, recorded_by="", fact=fact)


# --- patents and parties named ---------------------------------------------------------------------------------------


def unregistered(patents: Iterable[tuple[str, str]], world: World) -> Iterator[Problem]:
    """The patents, given as (path, id), that nobody has registered."""
    patents = tuple(patents)
    world.prefetch(mention("patent", patent_id) for _, patent_id in patents)
    for path, patent_id in patents:
        if world.patent(patent_id) is None:
            yield problem("unknown-patent", path, f"专利 {patent_id} 尚未登记", f"patent {patent_id} is not registered")


def patents_are_registered(fact: Any, saying: Saying) -> Iterator[Problem]:
    """Patents listed under `patents` are known to the ledger."""
    yield from unregistered(places("patents", fact.patents or ()), saying.world)


def no_patent_twice(fact: Any, _: Saying) -> Iterator[Problem]:
    """A list of patents names each once."""
    yield from named_twice("patents", fact.patents)


def named_twice(path: str, items: Iterable[object]) -> Iterator[Problem]:
    seen: set[object] = set()
    for place, item in places(path, items):
        if item in seen:
            yield invalid(place, f"{item} 重复出现", f"{item} is named twice")
        seen.add(item)


def places(path: str, items: Iterable[T]) -> Iterator[tuple[str, T]]:
    """Each item of a list with its path."""
    return ((f"{path}.{number}", item) for number, item in enumerate(items))


# --- subjects and regions --------------------------------------------------------------------------------------------


class Subject(NamedTuple):
    """Whom a programme speaks of; `kind` is a `SubjectKind`, or that of an office, which takes part in none."""

    kind: str
    region: str


def latest_record(world: World, code: str) -> CentreRow | None:
    """The last known record of a centre: what it is and where it lies is asked for today, and no rule reads a clock."""
    return world.centre(code, _LAST_DAY)


def subject_named(world: World, subject: str) -> Subject | None:
    """Six digits name a division, a province where they end in four noughts; anything else is the code of a centre."""
    if is_division(subject):
        return Subject("province" if subject.endswith("0000") else "region", subject)
    record = latest_record(world, subject)
    return Subject(record.centre_kind, record.region) if record else None


def is_division(text: str) -> bool:
    return _DIVISION.fullmatch(text) is not None


def reaches(saying: Saying, region: str) -> bool:
    """Whether an office may decide on a region: inside its own, and inside that of its token where it has one (RULINGS 52).

    The command line founds offices anywhere.
    """
    own = latest_record(saying.world, saying.centre)
    return saying.founding or all(covers(held, region) for held in (own and own.region, saying.by.region) if held)


def beyond_reach(path: str, region: str, saying: Saying) -> Iterator[Problem]:
    if not reaches(saying, region):
        yield problem("forbidden", path, f"{region} 不在本部门的辖区内", f"{region} lies outside the region of this office")


def subject_is_known(fact: Any, saying: Saying) -> Iterator[Problem]:
    """The subject is a registered centre or park, or a division; never an office."""
    subject = subject_named(saying.world, fact.subject)
    if subject is None:
        yield problem("unknown-centre", "subject", f"{fact.subject} 未登记为中心", f"no centre {fact.subject} is registered")
    elif subject.kind not in ("centre", "park", "region", "province"):
        yield invalid(
            "subject",
            f"{fact.subject} 是主管部门,不能作为考核对象",
            f"{fact.subject} is an office, and no figures are kept of offices",
        )


def subject_is_within_reach(fact: Any, saying: Saying) -> Iterator[Problem]:
    """An office decides on subjects of its region."""
    if saying.office and (subject := subject_named(saying.world, fact.subject)):
        yield from beyond_reach("subject", subject.region, saying)


def programme_is_known(fact: Any, saying: Saying) -> Iterator[Problem]:
    if saying.policies.programme(fact.programme) is None:
        yield invalid("programme", f"没有名为 {fact.programme} 的项目", f"there is no programme {fact.programme}")
