"""The manifest: what a bundle says of itself, held against what is found in it.

- It is canonical JSON with just these fields, its own digest over all the others, and the digests of the files beside the log.
- The log's key signed that digest: what it says is the service's word, and nobody else's.
- All the same nothing in it is believed: each statement is compared with what the checkpoint, the leaves, the disclosures and the
  programme say. It only tells the checks what to look for.
- A field that cannot be read is None from then on, and what depends on it is left out.
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any, Final, NamedTuple

from ledger.actions.verify.files import CHECKPOINT, LOG, MANIFEST, Files, canonical, parsed
from ledger.actions.verify.report import Report
from ledger.facts.days import parse_day
from ledger.proof.checkpoints import Checkpoint
from ledger.proof.notes import VerifierKey
from ledger.proof.statements import is_signed

CHECK: Final = "manifest"
FORMAT: Final = "pool-ledger-bundle"
VERSION: Final = 1

SEALS: Final = ("digest", "signature")  # over all the rest

_HEX: Final = re.compile(r"[0-9a-f]{64}")
_STREAM: Final = re.compile(r"[a-z0-9][a-z0-9-]{1,30}")
_PROGRAMME: Final = re.compile(r"[a-z][a-z0-9_-]*")


class Contested(NamedTuple):
    """A line of a deal (`entry`, `line` from 1) that the service did not count, because the deal `by` holds the claim."""

    entry: int
    line: int
    by: int


@dataclass(frozen=True)
class Manifest:
    """What could be read of it."""

    programme: str | None = None
    programme_digest: str | None = None
    subject: str | None = None
    on: date | None = None
    known_at: int | None = None
    streams: Mapping[str, int] = field(default_factory=dict)
    foreign: Sequence[int] = ()
    contested: Sequence[Contested] = ()
    said: Mapping[str, Any] = field(default_factory=dict)  # the fields as they stand there, those of a wrong form left out


def read_manifest(files: Files, key: VerifierKey, report: Report) -> Manifest | None:
    """The manifest, after what it says of its own form and of the files beside it has been compared; None if it is unreadable."""
    report.check(CHECK)
    data = files.content(MANIFEST)
    if data is None:
        report.deviate(CHECK, "missing", MANIFEST)
        return None
    try:
        value = parsed(data)
        if not isinstance(value, dict):
            raise ValueError("is not an object")
        spelling = canonical(value)
        whole = canonical({name: told for name, told in value.items() if name not in SEALS})
    except ValueError as error:
        report.deviate(CHECK, "unreadable", MANIFEST, why=str(error))
        return None
    if spelling != data:
        report.deviate(CHECK, "spelling", MANIFEST)
    said = _fields(value, report)
    digest = hashlib.sha256(whole).hexdigest()
    _compare(report, "digest", said.get("digest"), digest)
    if "signature" in said and not is_signed(key, digest, said["signature"]):
        report.deviate(CHECK, "signature", MANIFEST, key=str(key))
    _check_files(said.get("files"), files, report)
    report.facts.update({name: said[name] for name in FACTS if name in said})
    contested = [Contested(one["entry"], one["line"], one["by"]) for one in said.get("contested", ())]
    if contested != sorted(set(contested)):
        report.deviate(CHECK, "not-ascending", MANIFEST, field="contested")
    foreign = said.get("foreign", ())
    if any(a >= b for a, b in pairwise(foreign)):
        report.deviate(CHECK, "not-ascending", MANIFEST, field="foreign")
    streams = said.get("streams", ())
    if any(a["stream"] >= b["stream"] for a, b in pairwise(streams)):
        report.deviate(CHECK, "not-ascending", MANIFEST, field="streams")
    return Manifest(
        programme=said.get("programme"),
        programme_digest=said.get("programme_digest"),
        subject=said.get("subject"),
        on=parse_day(said["on"]) if "on" in said else None,
        known_at=said.get("known_at"),
        streams={one["stream"]: one["entries"] for one in streams},
        foreign=sorted(set(foreign)),
        contested=contested,
        said=said,
    )


def compare_head(manifest: Manifest, head: Checkpoint | None, report: Report) -> None:
    """What it says of the log against the signed head."""
    if head is None:
        return
    said = manifest.said
    checkpoint = said.get("checkpoint", {})
    _compare(report, "origin", said.get("origin"), head.origin)
    _compare(report, "checkpoint.size", checkpoint.get("size"), head.size)
    _compare(report, "checkpoint.root", checkpoint.get("root"), b64encode(head.root).decode())
    if manifest.known_at is not None and manifest.known_at > head.size:
        report.deviate(CHECK, "beyond-head", MANIFEST, known_at=manifest.known_at, size=head.size)


def compare_streams(manifest: Manifest, wanted: Mapping[str, int] | None, report: Report) -> None:
    """The streams it says are complete, against those that must be, with the leaves that were found of each."""
    if wanted is None or "streams" not in manifest.said:
        return
    for stream in sorted({*manifest.streams, *wanted}):
        said, found = manifest.streams.get(stream), wanted.get(stream)
        if said != found:
            _differs(report, f"streams.{stream}", said, found)


def _compare(report: Report, name: str, said: Any, found: Any) -> None:
    if said is not None and said != found:
        _differs(report, name, said, found)


def _differs(report: Report, name: str, said: Any, found: Any) -> None:
    file = CHECKPOINT if name.startswith(("origin", "checkpoint")) else MANIFEST
    report.deviate(CHECK, "differs", MANIFEST, field=name, stated=said, found=found, where=file)


def _check_files(said: Mapping[str, str] | None, files: Files, report: Report) -> None:
    """The digests of all files beside the log and itself."""
    if said is None:
        return
    for name in files.names:
        if name.startswith(LOG) or name == MANIFEST:
            continue
        if name not in said:
            report.deviate(CHECK, "file-unlisted", name)
        elif files.digests.get(name) != said[name]:
            report.deviate(CHECK, "file-differs", name, stated=said[name], found=files.digests.get(name))
    for name in said:
        if name not in files:
            report.deviate(CHECK, "file-missing", name)
    report.tell(CHECK, files=len(said))


# --- forms ---------------------------------------------------------------------------------------------------------------

FACTS: Final = ("origin", "checkpoint", "programme", "programme_digest", "subject", "on", "known_at")


def _fields(value: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """The fields that have their form."""
    for name in sorted(value.keys() - FORMS.keys()):
        report.deviate(CHECK, "field-unknown", MANIFEST, field=name)
    said = {}
    for name, has_form in FORMS.items():
        if name not in value:
            report.deviate(CHECK, "field-missing", MANIFEST, field=name)
        elif not has_form(value[name]):
            report.deviate(CHECK, "field-form", MANIFEST, field=name)
        else:
            said[name] = value[name]
    return said


def _is_number(value: object) -> bool:
    return type(value) is int and 0 <= value < 2**53  # not isinstance: True is no number here


def _is_text(value: object, form: re.Pattern[str]) -> bool:
    return isinstance(value, str) and form.fullmatch(value) is not None


def _is_day(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(parse_day(value))
    except ValueError:
        return False


def _is_object(value: object, **forms: Callable[[Any], bool]) -> bool:
    return isinstance(value, dict) and value.keys() == forms.keys() and all(has(value[name]) for name, has in forms.items())


def _are(value: object, has_form: Callable[[Any], bool]) -> bool:
    return isinstance(value, list) and all(map(has_form, value))


FORMS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "format": lambda value: value == FORMAT,
    "v": lambda value: value == VERSION and type(value) is int,
    "origin": lambda value: isinstance(value, str),
    "checkpoint": lambda value: _is_object(value, size=_is_number, root=lambda root: isinstance(root, str)),
    "programme": lambda value: _is_text(value, _PROGRAMME),
    "programme_digest": lambda value: _is_text(value, _HEX),
    "subject": lambda value: _is_text(value, _STREAM),
    "on": _is_day,
    "known_at": _is_number,
    "streams": lambda value: _are(
        value, lambda one: _is_object(one, stream=lambda name: _is_text(name, _STREAM), entries=_is_number)
    ),
    "foreign": lambda value: _are(value, _is_number),
    "contested": lambda value: _are(value, lambda one: _is_object(one, entry=_is_number, line=_is_number, by=_is_number)),
    "files": lambda value: isinstance(value, dict) and all(_is_text(digest, _HEX) for digest in value.values()),
    "digest": lambda value: _is_text(value, _HEX),
    "signature": lambda value: isinstance(value, str),
}
