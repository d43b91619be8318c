"""What a metric may count, test and date by: the closed list, family by family.

- A family is what one countable line comes from. `from` names a family, or one kind of deal, which is the family `deal` narrowed.
- A test asks one field for one of the listed values; the values of a field are of one sort: flags, words of a closed list,
  regions, or free text. `$subject.…` stands for a value of whoever is judged, where the field can hold such a value.
- Tests of one side are passed by one and the same party (or attendee); `side_of` says which side a test belongs to.
- A test named after a kind of deal asks that kind only; lines of other kinds pass it.

Data and small questions about it. What a field's value is on a line, and on which day, is `figures`' business.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from ledger.facts.kinds.deals import DEAL_KINDS, Cause, DealRole, LicenceType, PaymentMode
from ledger.facts.kinds.outcomes import ActivityMode, ActivityType, IssuerLevel, OutputStatus, OutputType, PledgeAction
from ledger.facts.kinds.registry import PartyKind, Size
from ledger.facts.money import MONEY_UNITS

DROP: Final = "*"  # as the only value of a test: the inherited test is dropped
SUBJECT: Final = "$subject."
MATCHES: Final = ("any", "all", "lead")
PER_YEAR: Final = "万元/年"
RATIO_UNIT: Final = "1"

_REGION: Final = re.compile(r"[1-9][0-9]{5}(?:-[a-z0-9][a-z0-9-]*)?")


@dataclass(frozen=True)
class Field:
    """What a test on a field may ask for: `flag` true or false, `word` one of `words`, `region` a code, `text` anything."""

    sort: Literal["flag", "word", "region", "text"]
    words: tuple[str, ...] = ()
    subject: str | None = None  # the $subject name that may stand among the values

    def problem(self, value: object) -> str | None:
        """What is wrong with a value that a test asks for."""
        if self.sort == "flag":
            return None if isinstance(value, bool) else "asks for true or false"
        if not isinstance(value, str):
            return "asks for text"
        if value.startswith("$"):
            if self.subject is None:
                return f"{value} does not stand for a value of this field"
            return None if value == SUBJECT + self.subject else f"only {SUBJECT}{self.subject} can stand here, not {value}"
        match self.sort:
            case "word":
                return None if value in self.words else f"{value!r} is not one of {', '.join(self.words)}"
            case "region":
                return None if _REGION.fullmatch(value) else f"{value!r} is no region: six digits, a park may add -slug"
        if value != value.strip() or not value:
            return f"{value!r} is blank or has blanks around it"
        # Entries keep their text in NFC: a value written otherwise would look the same and match nothing.
        return None if unicodedata.is_normalized("NFC", value) else f"{value!r} is not in NFC"


@dataclass(frozen=True)
class Family:
    """One sort of countable line: by which days it is dated, how it is counted, and what can be asked of it."""

    name: str
    dates: tuple[str, ...]
    counts: tuple[str, ...]
    tests: tuple[str, ...]
    sides: tuple[str, ...]
    stock: bool  # whether it has a state on a day


def _words(literal: object) -> Field:
    return Field("word", words=get_args(literal))


_FLAG: Final = Field("flag")
_TEXT: Final = Field("text")
_PARTY: Final = {
    "kind": _words(PartyKind),
    "size": _words(Size),
    "region": Field("region", subject="region"),
    "industry": Field("text", subject="industry"),
    "chain": Field("text", subject="industry"),
    "tags": _TEXT,
}
PARTY_SIDES: Final = ("grantor", "grantee", "party", "borrower", "employer")


def _party_tests(*sides: str) -> tuple[str, ...]:
    return tuple(f"{side}.{name}" for side in sides for name in _PARTY)


FIELDS: Final[Mapping[str, Field]] = {
    "kind": Field("word", words=DEAL_KINDS),
    "recorder.region": Field("region", subject="region"),
    "patent.in_force": _FLAG,
    "deal.related_party": _FLAG,
    "deal.role": _words(DealRole),
    "deal.payment_mode": _words(PaymentMode),
    "deal.matched_via": _TEXT,
    "transfer.cause": _words(Cause),
    "licence.licence_type": _words(LicenceType),
    "grantee.is_operator": _FLAG,
    "pledge.action": _words(PledgeAction),
    "activity.type": _words(ActivityType),
    "activity.mode": _words(ActivityMode),
    "activity.service_type": _TEXT,
    "activity.programme": _TEXT,
    "attendee.role": _TEXT,
    "output.type": _words(OutputType),
    "output.status": _words(OutputStatus),
    "output.issuer_level": _words(IssuerLevel),
    **{f"{side}.{name}": field for side in PARTY_SIDES for name, field in _PARTY.items()},
}

FAMILIES: Final[Mapping[str, Family]] = {
    family.name: family
    for family in (
        Family(
            name="deal",
            dates=("signed_on", "effective_on", "registered_on", "announced_on"),
            counts=(
                "entries", "lines", "patents", "grantors", "grantees", "parties",
                "sum:amount", "sum:received", "sum:annualised",
            ),
            tests=(
                "kind", "deal.related_party", "deal.role", "deal.payment_mode", "deal.matched_via", "transfer.cause",
                "licence.licence_type", *_party_tests("grantor", "grantee", "party"), "grantee.is_operator",
                "patent.in_force", "recorder.region",
            ),
            sides=("grantor", "grantee", "party"),
            stock=False,
        ),
        Family(
            name="pool",
            dates=("on",),
            counts=("entries", "lines"),
            tests=("recorder.region",),
            sides=(),
            stock=True,
        ),
        Family(
            name="admission",
            dates=("on",),
            counts=("entries", "lines", "patents"),
            tests=("patent.in_force", "recorder.region"),
            sides=(),
            stock=True,
        ),
        Family(
            name="activity",
            dates=("held_on",),
            counts=(
                "entries", "lines", "sum:sessions", "sum:deliveries", "sum:count", "sum:headcount", "sum:firms",
                "sum:patents_presented", "sum:intentions", "sum:contracts", "sum:contract_amount", "sum:financing_amount",
                "distinct:attendee.token", "distinct:attendee.employer",
            ),
            tests=(
                "activity.type", "activity.mode", "activity.service_type", "activity.programme",
                "attendee.role", *_party_tests("employer"), "recorder.region",
            ),
            sides=("attendee",),
            stock=False,
        ),
        Family(
            name="pledge",
            dates=("registered_on",),
            counts=("entries", "lines", "sum:loan_amount", "distinct:loan_ref", "distinct:borrower"),
            tests=("pledge.action", *_party_tests("borrower"), "recorder.region"),
            sides=("borrower",),
            stock=True,
        ),
        Family(
            name="output",
            dates=("on",),
            counts=(
                "entries", "lines", "patents", "sum:value_amount", "distinct:ref_no", "distinct:party_id", "distinct:patents",
            ),
            tests=("output.type", "output.status", "output.issuer_level", *_party_tests("party"), "recorder.region"),
            sides=("party",),
            stock=True,
        ),
        Family(
            name="party",
            dates=("valid_from",),
            counts=("entries", "lines", "parties"),
            tests=(*_party_tests("party"), "recorder.region"),
            sides=("party",),
            stock=True,
        ),
    )
}  # fmt: skip

_MONEY_SUMS: Final = (
    "sum:amount", "sum:received", "sum:annualised", "sum:loan_amount", "sum:contract_amount", "sum:financing_amount",
    "sum:value_amount",
)  # fmt: skip


def family_of(source: str) -> tuple[Family, tuple[str, ...]] | None:
    """The family that a `from` starts from, and the kinds of deal it is narrowed to (none: all); None if it counts nothing."""
    if source in DEAL_KINDS:
        return FAMILIES["deal"], (source,)
    family = FAMILIES.get(source)
    return None if family is None else (family, ())


def side_of(field: str) -> str | None:
    """The side that a test narrows, None for a test on the line itself. An attendee and its employer are one side."""
    side = field.partition(".")[0]
    if side in ("employer", "attendee"):
        return "attendee"
    return side if side in PARTY_SIDES else None


def unit_problem(count: str, unit: str) -> str | None:
    """What is wrong with a unit for a count: a sum of money needs a unit of money, anything else must not have one."""
    if count == "sum:annualised":
        return None if unit == PER_YEAR else f"an annualised sum is in {PER_YEAR}, not in {unit}"
    if count in _MONEY_SUMS:
        amounts = tuple(name for name in MONEY_UNITS if name != PER_YEAR)
        return None if unit in amounts else f"{count} is money, in {', '.join(amounts)}, not in {unit}"
    return f"{count} is a number, not money in {unit}" if unit in MONEY_UNITS else None
