"""A bundle, checked from its container to its figures, by nothing but the file and the key.

The order is that of trust: the bytes, the signed head, the tree under it, the leaves in the tree, what opens the leaves, and what
follows from that. Where a check fails, those after it still run as far as they make sense; what a hostile file may bring up on the
way is a deviation of the check it belongs to, never a traceback.
"""

import gc
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from ledger.actions.verify import contested, figures
from ledger.actions.verify.crew import processes_here
from ledger.actions.verify.disclosures import CHECK as DISCLOSURES
from ledger.actions.verify.disclosures import Disclosures, Everything, Wanted
from ledger.actions.verify.files import CHECK as CONTAINER
from ledger.actions.verify.files import CHECKPOINT, Files, Progress
from ledger.actions.verify.files import DISCLOSURES as DISCLOSED
from ledger.actions.verify.head import SINCE, Trust, compare_roots, head_of, older_head, own_policy
from ledger.actions.verify.kept import Kept
from ledger.actions.verify.log import CHECK as STREAMS
from ledger.actions.verify.log import Log, check_files
from ledger.actions.verify.manifest import CHECK as MANIFEST
from ledger.actions.verify.manifest import Manifest, compare_head, compare_streams, read_manifest
from ledger.actions.verify.opening import Sealed, batches
from ledger.actions.verify.programme import CHECK as PROGRAMME
from ledger.actions.verify.programme import programme_in
from ledger.actions.verify.report import Report
from ledger.actions.verify.tree import CHECK as TREE
from ledger.actions.verify.tree import Tree
from ledger.kpi.language import Programme
from ledger.kpi.portioned import asking_of_patents
from ledger.proof.archive import Opened
from ledger.proof.checkpoints import Checkpoint
from ledger.proof.merkle import TILE_WIDTH, Damaged
from ledger.proof.tiles import TILE_BYTES

COLLECT_AFTER: Final = 200_000  # new objects; Python's own 700 makes the counting half as slow again
SHARED_FROM: Final = 32 << 20  # bytes of disclosures, some 50 000 of them: below that, more processes save no time
CHECKS: Final = (
    CONTAINER, "signature", TREE, SINCE, STREAMS, DISCLOSURES, MANIFEST, "policy", PROGRAMME, figures.CHECK, contested.CHECK,
)  # fmt: skip


def verify_bundle(
    path: str, trust: Trust, progress: Progress = lambda check, done, total: None, *, processes: int | None = None
) -> Report:
    """Raises OSError where there is no file to read. `processes`: how many share the work, if that is not to be found out here."""
    report = Report("bundle", path)
    for name in CHECKS:
        if name != SINCE or trust.since is not None:
            report.check(name)
    try:
        opened = Opened(path)
    except Damaged as damage:
        report.deviate(CONTAINER, "spelling", None if damage.what == "zip" else damage.what, why=damage.why)
        for name in CHECKS[1:]:
            if name in report.checks:
                report.skip(name, CONTAINER)
        return report
    with opened, _rare_collections():
        _Verification(Files(opened), trust, report, progress, processes).run()
    return report


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Python's search for cycles looks at everything again and again while a portion is built up, and there are hardly any."""
    before = gc.get_threshold()
    gc.set_threshold(COLLECT_AFTER, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


@dataclass
class _Verification:
    files: Files
    trust: Trust
    report: Report
    progress: Progress
    processes: int | None = None
    head: Checkpoint | None = None
    old: Checkpoint | None = None
    manifest: Manifest | None = None
    programme: Programme | None = None
    below: Mapping[str, int] | None = None  # how many leaves each stream has below known_at
    holders: dict[int, str] = field(default_factory=dict)  # the streams of the entries that hold claims
    kept: Kept | None = None
    echo: tuple[bytes | None, int | None, str | None] | None = None  # root, second and instant at known_at, so far as proven

    def run(self) -> None:
        try:
            self._run()
        finally:
            if self.kept is not None:
                self.kept.close()

    def _run(self) -> None:
        self._guarded(CONTAINER, lambda: self.files.check_container(self.report, self.progress))
        self._guarded("signature", self._read_head)
        self._guarded(MANIFEST, self._read_manifest)
        self._guarded(PROGRAMME, self._read_programme)
        self._guarded(TREE, self._walk, STREAMS, DISCLOSURES)
        self._guarded(MANIFEST, self._compare_manifest)
        self._guarded(figures.CHECK, self._count, contested.CHECK)
        self._close()

    def _guarded(self, check: str, step: Callable[[], None], *with_it: str) -> None:
        """One step of the way. Where it breaks off, its check does not hold, and those that it would have made were not made."""
        try:
            step()
        except Exception as error:
            self.report.deviate(check, "broke", why=f"{type(error).__name__}: {error}")
            for other in with_it:
                self.report.skip(other, check)

    # --- what the bundle says of itself ------------------------------------------------------------------------------

    def _read_head(self) -> None:
        own = own_policy(self.files, self.trust, self.report)
        self.head = head_of(self.files.content(CHECKPOINT), CHECKPOINT, self.trust, self.report, own)
        if self.trust.since is not None:
            self.old = older_head(self.trust, self.head, self.report)

    def _read_manifest(self) -> None:
        self.manifest = read_manifest(self.files, self.trust.key, self.report)
        if self.manifest is not None:
            compare_head(self.manifest, self.head, self.report)

    def _read_programme(self) -> None:
        self.programme = programme_in(self.files, self.manifest, self.report)

    @property
    def known_at(self) -> int | None:
        return self.manifest.known_at if self.manifest is not None else None

    @property
    def one_stream(self) -> str | None:
        """The stream that is disclosed alone; None where all are."""
        if self.programme is not None and self.manifest is not None and self.programme.subject == "centre":
            return self.manifest.subject
        return None

    # --- the log -------------------------------------------------------------------------------------------------------

    def _walk(self) -> None:
        size = self._size()
        if size is None:
            for check in (TREE, STREAMS, DISCLOSURES):
                self.report.skip(check, "signature")
            return
        check_files(self.files, size, self.report)
        known_at = self.known_at
        marks = {size, *({known_at} if known_at is not None else ()), *({self.old.size} if self.old else ())}
        tree = Tree(size, lambda path: self.files.content(f"log/{path}", TILE_BYTES), self.report, marks)
        log = Log(self.files, size, tree, self.report, known_at=known_at or 0)
        manifest = self.manifest or Manifest()
        wanted = Wanted(known_at or 0, self._complete(manifest), manifest.foreign)
        self.kept = self._keeping()
        disclosures = Disclosures(self.files, wanted, self.report)
        if known_at is None:
            self.report.skip(DISCLOSURES, MANIFEST)
        for batch, found in self.kept.opened(batches(self._matched(log, disclosures, size))):
            disclosures.take(batch, found)
        disclosures.finish()
        if self.head is None:
            self.report.skip(TREE, "signature")
        tree.finish(self.head.root if self.head is not None else None, CHECKPOINT)
        if self.old is not None:
            compare_roots(self.old, tree.roots, self.report)
        self.below = log.below()
        if known_at is not None:
            second = log.last.ts if log.last is not None and log.last.stream is not None else None
            self.echo = tree.roots.get(known_at), second, disclosures.last_instant

    def _matched(self, log: Log, disclosures: Disclosures, size: int) -> Iterator[Sealed]:
        """The disclosures that are to be opened, with the leaves going by."""
        holders = {one.by for one in self.manifest.contested} if self.manifest is not None else ()
        for place in log.places():
            if place.at in holders and place.stream is not None:
                self.holders[place.at] = place.stream
            if place.at % TILE_WIDTH == 0:
                self.progress(TREE, place.at, size)
            if (sealed := disclosures.matched(place)) is not None:
                yield sealed

    def _keeping(self) -> Kept:
        """Where the entries go until they are counted, sized by the length of what discloses them."""

        def unfoldable(entry: int, why: str) -> None:
            self.report.deviate(figures.CHECK, "unfoldable", DISCLOSED, entry=entry, why=why)

        targets = self.programme.targets if self.programme is not None else ()
        asked = asking_of_patents(metric for target in targets for metric in (target.metric, target.per) if metric is not None)
        named = {(one.entry, one.line) for one in self.manifest.contested} if self.manifest is not None else ()
        progress = partial(self.progress, figures.CHECK)
        disclosed = self.files.size(DISCLOSED)
        processes = self.processes or (processes_here() if disclosed >= SHARED_FROM else 1)
        return Kept(disclosed, asked, named, unfoldable, progress, processes)

    def _size(self) -> int | None:
        """How many leaves to look for: as the checkpoint says, or where it cannot be read, the manifest."""
        if self.head is not None:
            return self.head.size
        if self.manifest is not None and "checkpoint" in self.manifest.said:
            size: int = self.manifest.said["checkpoint"]["size"]
            return size
        return None

    def _complete(self, manifest: Manifest) -> Container[str]:
        """Whose leaves must all be disclosed. That is not left to the manifest, unless the programme cannot be read."""
        if self.programme is None:
            return manifest.streams.keys()
        if self.programme.subject == "centre":
            return () if manifest.subject is None else (manifest.subject,)
        return Everything()

    def _compare_manifest(self) -> None:
        if self.manifest is None or self.below is None or self.programme is None:
            return
        if self.programme.subject != "centre":
            wanted = {stream: leaves for stream, leaves in self.below.items() if leaves}
        elif self.manifest.subject is None:
            return
        else:
            wanted = {self.manifest.subject: self.below.get(self.manifest.subject, 0)}
        compare_streams(self.manifest, wanted, self.report)

    # --- the figures ---------------------------------------------------------------------------------------------------

    def _count(self) -> None:
        stated = figures.stated_in(self.files, self.report)
        manifest, programme, kept = self.manifest, self.programme, self.kept
        because = MANIFEST if manifest is None or manifest.known_at is None else PROGRAMME if programme is None else None
        if because is None and (kept is None or self.echo is None):
            because = TREE
        if because is not None:
            self.report.skip(contested.CHECK, because)
            self.report.skip(figures.CHECK, because)
            return
        assert manifest is not None
        assert programme is not None
        assert kept is not None
        asked = self._asked(manifest, programme, stated)
        listed = {(one.entry, one.line) for one in manifest.contested}
        cards = asked.cards(kept, listed) if asked is not None else None
        # Almost always the list is right, and then one look at the entries has served for both.
        really = self._settled_claims(manifest, kept)
        if asked is None:
            return
        if really != listed:
            cards = asked.cards(kept, really)
        if cards is None:
            self.report.deviate(figures.CHECK, "no-participant", subject=asked.subject, programme=programme.id)
            return
        figures.compare(self.files, stated, cards, self.report)
        self.report.tell(figures.CHECK, targets=len(programme.targets), levels=len(cards))

    def _asked(self, manifest: Manifest, programme: Programme, stated: Any) -> figures.Asked | None:
        """Which figures are to be recomputed; None where nothing is stated, or nobody can know of whom."""
        assert self.echo is not None
        if manifest.subject is None or manifest.on is None or manifest.known_at is None:
            self.report.skip(figures.CHECK, MANIFEST)
            return None
        if stated is None:
            return None
        echo = figures.known_at(manifest.known_at, *self.echo, stated, self.report)
        return figures.Asked(programme, manifest.subject, manifest.on, manifest.known_at, echo)

    def _settled_claims(self, manifest: Manifest, kept: Kept) -> set[contested.Place]:
        """The deal lines that do not count because another centre holds the claim."""
        if self.one_stream is None:
            return contested.recomputed(manifest.contested, kept.claimants(), self.report)
        if not manifest.contested:
            self.report.tell(contested.CHECK, lines=0, recomputed=False)
            return set()
        held = contested.holders(manifest.contested, kept.named_lines(), self.holders, manifest.known_at or 0, self.report)
        return contested.believed(manifest.contested, held, kept.claimants(), self.report)

    def _close(self) -> None:
        """The last words: what is complete, what was taken as given, what no bundle proves."""
        told = self.report.check(DISCLOSURES).told
        sound = all(self.report.check(name).ok for name in ("signature", TREE, STREAMS, DISCLOSURES))
        if "own" in told and self.manifest is not None:
            values = dict(told, stream=self.one_stream or "", streams=len(self.manifest.streams))
            scope = "all" if self.one_stream is None else "stream"
            self.report.closing = (scope if sound else f"{scope}-not", values)
        if self.one_stream is not None:
            self.report.note("foreign")
        if self.trust.since is None:
            self.report.note("no-since")
        self.report.note("programme")
        self.report.note("limits")
