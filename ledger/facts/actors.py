"""Who may say what, and who may read what: roles as two tables.

- An actor is a role with a name and, where the role has one, the centre it speaks for and the region it is kept to.
- `WRITES` is the whole of what each role may write; everybody writes to the stream of their own centre and to no other.
- `READS` says how far each role sees in each area of the service.

The question whether an actor may write can be asked of a body as it came, before its form is known: what is not text, or no
word of the contract, is left to the schemas. Regions, and rights over single entries, need the world and stand in the rules.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from ledger.facts.encoding import KINDS
from ledger.facts.kinds.rulings import ClosingAction, Verdict
from ledger.facts.problems import Problem
from ledger.facts.text import half_width

Role = Literal["recorder", "signatory", "authority", "reader", "auditor"]
Reach = Literal["own", "region", "all"]
Area = Literal["entries", "master", "figures", "exports"]

ROLES: Final[tuple[Role, ...]] = get_args(Role)


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who asks; `name` is what stands in `recorded_by`. A token's `region` narrows that of its office."""

    role: Role
    name: str
    centre: str | None = None
    region: str | None = None


ANY: Final = None  # every word that the kind knows
# The field of a kind that says what is decided.
DECIDES: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "attestation": ("verdict", get_args(Verdict)),
    "closing": ("action", get_args(ClosingAction)),
}
_OF_OTHERS = ("centre", "participation", "attestation", "closing")

WRITES: Final[Mapping[Role, Mapping[str, tuple[str, ...] | None]]] = {
    "recorder": {kind: ANY for kind in KINDS if kind not in _OF_OTHERS},
    "signatory": {"attestation": ("attested",), "closing": ("submit",)},
    "authority": {
        "centre": ANY, "party": ANY, "patent": ANY, "patent_status": ANY,
        "participation": ANY, "baseline": ANY, "reversal": ANY,
        "attestation": ("verified", "rejected", "contested"),
        "closing": ("accept", "return", "reopen"),
    },
    "reader": {},
    "auditor": {},
}  # fmt: skip

# entries: deals, proofs, pools, lines, changes. master: patents and parties. figures: totals and scorecards. exports: forms,
# bundle, import reports. "own" takes in the office entries that name the centre; "region" takes in the office's own stream.
READS: Final[Mapping[Area, Mapping[Role, Reach | None]]] = {
    "entries": {"recorder": "own", "signatory": "own", "reader": None, "authority": "region", "auditor": "all"},
    "master": {"recorder": "all", "signatory": "all", "reader": None, "authority": "all", "auditor": "all"},
    "figures": {"recorder": "own", "signatory": "own", "reader": "all", "authority": "all", "auditor": "all"},
    "exports": {"recorder": "own", "signatory": "own", "reader": None, "authority": "region", "auditor": "all"},
}

ROLE_ZH: Final[Mapping[Role, str]] = {
    "recorder": "记录员", "signatory": "签署人", "authority": "主管部门", "reader": "阅览者", "auditor": "审计员",
}  # fmt: skip


def may_write(actor: Actor, kind: object, *, centre: object, body: object) -> Problem | None:
    """Why an actor may not write such an entry to the stream of `centre`; None where the table does not forbid it."""
    allowed = WRITES[actor.role]
    zh = ROLE_ZH[actor.role]
    if not allowed:
        return _forbidden("", f"{zh}只能查阅,不能登记", f"the role {actor.role} only reads")
    stream = _text(centre)
    if stream is not None and stream != actor.centre:
        return _forbidden("centre", f"只能以 {actor.centre} 的名义登记", f"this actor writes to the stream of {actor.centre} only")
    if not isinstance(kind, str) or kind not in KINDS:
        return None
    if kind not in allowed:
        return _forbidden("kind", f"{zh}不能登记 {kind}", f"the role {actor.role} does not write the kind {kind}")
    if (words := allowed[kind]) is not None:
        field, known = DECIDES[kind]
        word = _word(body, field)
        if word in known and word not in words:
            return _forbidden(
                f"body.{field}",
                f"{zh}不能作出 {word}",
                f"{word} is not for the role {actor.role}, which may say: {', '.join(words)}",
            )
    if kind == "baseline" and actor.role == "recorder":
        subject = _word(body, "subject")
        if subject is not None and subject != actor.centre:
            return _forbidden(
                "body.subject",
                f"只能为本中心({actor.centre})登记基期值",
                f"a recorder states a baseline for its own centre only: {actor.centre}",
            )
    return None


def _word(body: object, field: str) -> str | None:
    return _text(body.get(field)) if isinstance(body, Mapping) else None


def _text(value: object) -> str | None:
    """The text as the schemas will read it, so that no way of writing slips past the table."""
    return half_width(value).strip() if isinstance(value, str) else None


def _forbidden(path: str, zh: str, en: str) -> Problem:
    return Problem("forbidden", path, zh, en)
