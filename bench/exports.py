"""Exports and their verification: entries a second against nothing but the tree over as many leaves, and memory at its peak.

Two exports of one log are looked at. A centre's discloses its own stream and what its figures need; the province's discloses all.
Each is verified by the command, in a process of its own, so that start-up and imports are in the figure.
"""

import tempfile
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Final

from bench.figures import ON, PLACE, PROGRAMME, tree
from bench.processes import run
from bench.report import Row, Spread, in_turns, number, rate, ratios
from bench.scene import Scene
from bench.years import PROVINCE, PROVINCE_PROGRAMME, centres_of
from ledger.actions.bundle import bundle
from ledger.actions.ledger import Ledger
from ledger.facts.actors import Actor
from ledger.proof.archive import Opened
from ledger.signing import load_key

AUDITOR: Final = Actor("auditor", "bench")
MEBIBYTE: Final = 1 << 20


def exports_and_verification(scene: Scene) -> list[Row]:
    ledger = scene.full.ledger
    asked = {"a centre": (PROGRAMME, centres_of(scene.plan.rows)[PLACE]), "the province": (PROVINCE_PROGRAMME, PROVINCE)}
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="ledger-bench-", dir=scene.folder) as folder:
        for whose, (programme, subject) in asked.items():
            rows += measured(ledger, programme, subject, whose, Path(folder) / "bundle.zip", rounds=scene.plan.rounds)
    return rows


def measured(ledger: Ledger, programme: str, subject: str, whose: str, file: Path, *, rounds: int) -> list[Row]:
    key = load_key(ledger.settings.signing_key_file)
    size, disclosed = export(ledger, programme, subject, file)
    assert key is not None
    peaks: list[float] = []

    def verified() -> float:
        seconds, peak = run(["-m", "ledger.actions.verify", str(file), "--key", str(key.key), "--quiet"])
        peaks.append(peak)
        return size / seconds

    def written() -> float:
        begun = perf_counter()
        export(ledger, programme, subject, file)
        return size / (perf_counter() - begun)

    found = in_turns(rounds, {"verified": verified, "written": written, "tree": partial(tree, size)})
    bare = f"bare Merkle tree {rate(found['tree'])}"
    what = f"export of {whose}: {size} entries, {disclosed} disclosed"
    return [
        Row(f"verify, {what}", rate(found["verified"]), bare, ratios(found["verified"], found["tree"]), 0.04, 0.15),
        Row(f"write, {what}", rate(found["written"]), bare, ratios(found["written"], found["tree"])),
        Row(f"verify, {what}", f"{number(file.stat().st_size / MEBIBYTE)} MiB read", "", Spread.of(peaks), better="less",
            unit="MiB at the peak"),
    ]  # fmt: skip


def export(ledger: Ledger, programme: str, subject: str, file: Path) -> tuple[int, int]:
    """Write a bundle; answers the leaves in it and the entries that it discloses."""
    with bundle(ledger, AUDITOR, programme=programme, subject=subject, on=ON) as made, file.open("wb") as out:
        for piece in made.chunks():
            out.write(piece)
    return made.published.size, _lines_of(file)


def _lines_of(file: Path) -> int:
    with Opened(file) as opened:
        return sum(piece.count(b"\n") for piece in opened.stream("disclosures.jsonl"))
