"""What can be wrong with a request, under stable codes; the one place that says which HTTP status a code has.

A problem names its place (`body.lines.0.patent_id`), says it in Chinese and English, and names the entry that is in
the way where there is one (RULINGS 43). Warnings share the shape and never refuse.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

STATUS: Mapping[str, int] = {
    "malformed": 400, "unauthenticated": 401, "forbidden": 403, "not-found": 404, "method-not-allowed": 405,
    "not-acceptable": 406, "too-large": 413, "unsupported-media-type": 415, "too-many-requests": 429,
    "internal-error": 500, "unavailable": 503,
    # 409: a live entry is in the way, and it is named
    "deal-exists": 409, "loan-exists": 409, "pool-exists": 409, "patent-differs": 409, "already-reversed": 409,
    "already-registered": 409, "already-admitted": 409, "already-ended": 409, "in-use": 409, "period-held": 409,
    "period-closed": 409, "figures-moved": 409, "idempotency-in-flight": 409,
    # 422: everything else that a rule refuses
    "invalid": 422, "unknown-centre": 422, "unknown-party": 422, "unknown-patent": 422, "unknown-deal": 422,
    "unknown-pool": 422, "unknown-entry": 422, "statement-inactive": 422, "not-in-pool": 422, "below-zero": 422,
    "amount-unknown": 422, "not-attestable": 422, "subject-needed": 422, "unknown-size": 422, "idempotency-mismatch": 422,
}  # fmt: skip

WARNINGS = (
    "contested", "loan-claimed", "not-holder", "second-exclusive", "party-of-another", "unusual-number", "single-owner",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: `code` of STATUS (or of WARNINGS), `path` in the request, the words, the entry in the way."""

    code: str
    path: str
    zh: str
    en: str
    entry: int | None = None

    def under(self, prefix: str) -> "Problem":
        """The same problem as seen from a batch: `entries.17.` before the path."""
        return replace(self, path=f"{prefix}.{self.path}" if self.path else prefix)


class Refused(Exception):
    """A request that is not carried out; nothing of it is kept."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{p.path}: {p.en}" for p in self.problems))

    @property
    def code(self) -> str:
        """403 comes before all; one code shared by all problems speaks for them, else `invalid` (RULINGS 43)."""
        codes = {p.code for p in self.problems}
        if "forbidden" in codes:
            return "forbidden"
        return codes.pop() if len(codes) == 1 else "invalid"

    @property
    def status(self) -> int:
        return STATUS[self.code]


def refuse(code: str, path: str, zh: str, en: str, entry: int | None = None) -> Refused:
    return Refused([Problem(code, path, zh, en, entry)])
