"""The bundle: everything that a stranger needs to recompute one scorecard, and to see that nothing of it was left out.

- It holds the log as far as a published checkpoint, the disclosures that the figures follow from, the programme, the figures at
  every level, and a manifest that says what is what. `docs/verify.md` describes the members.
- The same definition, subject, day, size, checkpoint and policy of witnesses give the same bytes, whoever asks and whenever.
- A centre's bundle is for those who may read that centre's entries. That of a park, region or province discloses every stream,
  so it is only for those who may read them all.
- Whatever is refused is refused before the first byte. What comes after is one look at the log, some hundreds of rows at a time;
  where that fails, the bundle breaks off and never ends like a whole one.

What the members look like inside is for `proof` and `kpi` to say, which entries belong in for `store.exports`.
"""

import hashlib
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

import rfc8785

from ledger.actions.ledger import Ledger, Reading
from ledger.actions.publish import Published, covering, ensure_covering
from ledger.actions.score import participant_of, programme_of, scorecard_of
from ledger.actions.tiles import resource
from ledger.actions.visibility import Sight
from ledger.facts.actors import Actor
from ledger.facts.mentions import Mention, mention
from ledger.facts.problems import refuse
from ledger.kpi.book import LEVELS
from ledger.kpi.language import Programme
from ledger.kpi.writing import toml_of
from ledger.proof.archive import Archive
from ledger.proof.notes import Note
from ledger.proof.policies import Policy
from ledger.proof.statements import in_words, statement
from ledger.proof.tiles import bundles_at, resources_at
from ledger.signing import BadKeyFile, Signer, load_key
from ledger.store import exports

FORMAT: Final = "pool-ledger-bundle"
VERSION: Final = 1
CONTENT_TYPE: Final = "application/zip"
PIECE_BYTES: Final = 1 << 16

Progress = Callable[[int, int], None]  # entries done, of how many


@dataclass(frozen=True)
class Asked:
    """A request as it was resolved: the same for ever, whatever the log has grown to since."""

    programme: Programme
    subject: str
    on: date
    size: int

    @property
    def centre(self) -> str | None:
        """Whose stream is disclosed; None where all are."""
        return self.subject if self.programme.subject == "centre" else None


@dataclass
class Bundle:
    """A bundle that is ready to be written. It holds a look at the log until it is closed."""

    asked: Asked
    published: Published
    signer: Signer
    policy: Policy
    reading: Reading = field(repr=False)
    _open: ExitStack = field(repr=False)

    @property
    def size(self) -> int:
        """How much of the log it speaks of."""
        return self.asked.size

    @property
    def name(self) -> str:
        """What the file is called."""
        asked = self.asked
        return f"{asked.programme.id}_{asked.subject}_{asked.on.isoformat()}_{asked.size}.zip"

    @property
    def key(self) -> tuple[str, ...]:
        """What the bytes follow from, besides the log below the size."""
        asked = self.asked
        told = [asked.programme.digest, asked.subject, asked.on.isoformat(), str(asked.size)]
        return ("bundle", *told, _sha256(self.published.note), _sha256(self.policy.text.encode()))

    def chunks(self, progress: Progress = lambda done, total: None) -> Iterator[bytes]:
        """The zip file, piece by piece; to be taken to its end, once. Raises Damaged where the log is not whole."""
        return _Writing(self, progress).pieces()

    def close(self) -> None:
        self._open.close()

    def __enter__(self) -> "Bundle":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def bundle(
    ledger: Ledger, actor: Actor, *, programme: str, subject: str, on: date | None = None, known_at: str | None = None
) -> Bundle:
    """What to write, and the checkpoint that covers it: published now if there is none yet.

    Raises Refused: not-found, forbidden, invalid or unknown-size for the request, unavailable where no checkpoint can be had.
    """
    with ExitStack() as stack:
        reading = stack.enter_context(ledger.read())
        asked = _resolved(reading, actor, programme, subject, on, known_at)
        published = covering(reading, asked.size)
        if published is None:
            stack.close()
            ensure_covering(ledger, asked.size)
            reading = stack.enter_context(ledger.read())
            published = covering(reading, asked.size)
        if published is None:  # a database that only follows may not have it yet
            raise refuse("unavailable", "", "检查点尚不可用,请稍后重试", "the checkpoint cannot be had yet: try again shortly")
        signer, policy = _signatures(ledger, published)
        return Bundle(asked, published, signer, policy, reading, stack.pop_all())


def _signatures(ledger: Ledger, published: Published) -> tuple[Signer, Policy]:
    """Who signs, and whose signatures the bundle is to be judged by: the log's and those that the settings ask for."""
    settings = ledger.settings
    try:
        signer = load_key(settings.signing_key_file)
    except BadKeyFile as error:
        raise refuse("unavailable", "", error.zh, error.en) from None
    signed_by = {(one.name, one.key_id) for one in Note.parse(published.note).signatures}
    if signer is None or (signer.key.name, signer.key.id) not in signed_by:
        raise refuse("unavailable", "", "签署该检查点的密钥不在本机", "the key that signed the checkpoint is not on this machine")
    asked = settings.witnesses
    # Where a witness is reached is nobody's business who only checks what it signed.
    witnesses = tuple(replace(one, url=None) for one in asked.witnesses)
    return signer, Policy((signer.key,), witnesses, asked.groups, asked.quorum)


def _resolved(reading: Reading, actor: Actor, programme_id: str, subject: str, on: date | None, known_at: str | None) -> Asked:
    programme = programme_of(reading, programme_id)
    sight = Sight(reading, actor, "exports")
    if programme.subject == "centre":
        sight.see(subject)
    asked = Asked(programme, subject, on or reading.today, reading.size_of(known_at))
    if asked.centre is None:
        for stream in exports.streams(reading.connection, asked.size):
            sight.see(stream)
    participant_of(reading.book(asked.size), programme, subject, asked.on)
    return asked


def led_to(programme: Programme, subject: str) -> list[Mention]:
    """What the figures of a centre follow from, besides its own entries and what those name."""
    declared = (mention("baseline", target.metric.id, subject) for target in programme.targets if target.growth and target.metric)
    return [
        mention("centre", subject), mention("participation", programme.id, subject), mention("closing", programme.id, subject),
        *dict.fromkeys(declared),
    ]  # fmt: skip


class _Writing:
    """One bundle on its way out: the members in their order, and what the manifest will say of them."""

    def __init__(self, bundle: Bundle, progress: Progress) -> None:
        self.bundle = bundle
        self.reading = bundle.reading
        self.archive = Archive()
        self.files: dict[str, str] = {}
        self.progress = progress
        self.done = 0

    def pieces(self) -> Iterator[bytes]:
        asked, connection = self.bundle.asked, self.reading.connection
        entries = exports.streams(connection, asked.size)
        beside: Sequence[int] = ()
        disclosed = exports.all_disclosures(connection, asked.size)
        if asked.centre is not None:
            entries = {asked.centre: entries.get(asked.centre, 0)}
            beside = exports.foreign(connection, asked.size, asked.centre, led_to(asked.programme, asked.subject))
            disclosed = exports.disclosures(connection, asked.size, asked.centre, beside)
        self.total = self.bundle.published.size + sum(entries.values()) + len(beside)
        yield from self._log()
        yield from self._disclosures(disclosed)
        yield from self._told("policy.txt", self.bundle.policy.text.encode())
        yield from self._told(f"programmes/{asked.programme.id}.toml", toml_of(asked.programme).encode())
        yield from self._told("scorecards.json", rfc8785.dumps({level: self._scorecard(level) for level in LEVELS}))
        yield from self.archive.member("manifest.json", self._manifest(entries, beside))
        yield from self.archive.end()

    # --- members ---------------------------------------------------------------------------------------------------

    def _log(self) -> Iterator[bytes]:
        """The log as anybody may fetch it, as far as the checkpoint."""
        published = self.bundle.published
        yield from self.archive.member("log/checkpoint", published.note)
        for tile in (*resources_at(published.size), *bundles_at(published.size)):
            data = resource(self.reading, tile, published.size)
            assert data is not None, "a tile of the published tree is there"
            yield from self.archive.member(f"log/{tile.path}", data)
            if tile.level is None:
                self._progressed(tile.width)

    def _disclosures(self, disclosed: Iterable[exports.Disclosed]) -> Iterator[bytes]:
        digest = hashlib.sha256()

        def lines() -> Iterator[bytes]:
            gathered: list[str] = []
            length = 0
            for index, disclosure in disclosed:
                # Canonical as it stands: what a disclosure is written in needs no escapes.
                gathered.append(f'{{"disclosure":"{disclosure}","index":{index}}}\n')
                length += len(gathered[-1])
                if length >= PIECE_BYTES:
                    yield self._summed(gathered, digest)
                    gathered, length = [], 0
            yield self._summed(gathered, digest)

        yield from self.archive.stream("disclosures.jsonl", lines())
        self.files["disclosures.jsonl"] = digest.hexdigest()

    def _summed(self, lines: Sequence[str], digest: Any) -> bytes:
        piece = "".join(lines).encode()
        digest.update(piece)
        self._progressed(len(lines))
        return piece

    def _told(self, name: str, data: bytes) -> Iterator[bytes]:
        self.files[name] = _sha256(data)
        return self.archive.member(name, data)

    def _scorecard(self, level: str) -> dict[str, Any]:
        asked = self.bundle.asked
        return scorecard_of(self.reading, asked.programme, asked.subject, on=asked.on, size=asked.size, level=level)

    def _manifest(self, entries: dict[str, int], beside: Sequence[int]) -> bytes:
        asked, published = self.bundle.asked, self.bundle.published
        contested = exports.contested(self.reading.connection, asked.size, asked.centre)
        told: dict[str, Any] = {
            "format": FORMAT,
            "v": VERSION,
            "origin": self.reading.ledger.settings.origin,
            "checkpoint": {"size": published.size, "root": b64encode(published.root).decode()},
            "programme": asked.programme.id,
            "programme_digest": asked.programme.digest,
            "subject": asked.subject,
            "on": asked.on.isoformat(),
            "known_at": asked.size,
            "streams": [{"stream": stream, "entries": number} for stream, number in entries.items()],
            "foreign": list(beside),
            "contested": [line._asdict() for line in contested],
            "files": self.files,
        }
        digest = _sha256(rfc8785.dumps(told))
        signature = self.bundle.signer.sign(statement(digest))
        return rfc8785.dumps(told | {"digest": digest, "signature": in_words(signature)})

    def _progressed(self, entries: int) -> None:
        self.done += entries
        self.progress(self.done, self.total)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
