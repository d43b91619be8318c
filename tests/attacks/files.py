"""F: files that come in: bundles given to `verify`, and JSON lines given to `import`."""

import io
import json
import os
import resource
import struct
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.attacks.stage import Answers, Attack, Book, Stage
from tests.bundles import draft_of, scene
from tests.proof.signers import LOG
from tests.web.service import ROOT

attack = Book("F")

SECONDS = 60
EACH = """
import sys
from ledger.actions.verify.cli import main
for file in sys.argv[2:]:
    print("ended with", main([file, "--key", sys.argv[1]]), flush=True)
"""
MEMORY_BYTES = 3 * 2**29  # of address space: libraries take half of it


@dataclass
class Desk:
    """Where somebody opens what they were sent, with the shell's commands, in a folder of its own."""

    stage: Stage
    folder: Path
    good: bytes

    def run(self, *words: str) -> tuple[int, str]:
        return self.run_python("-m", "ledger", *words)

    def run_python(self, *words: str) -> tuple[int, str]:
        settings = self.stage.service.ledger.settings
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LEDGER_")}
        environment |= {"LEDGER_DATABASE_URL": settings.database_url, "LEDGER_SIGNING_KEY_FILE": str(settings.signing_key_file)}
        environment |= {"PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, *words], cwd=self.folder, env=environment, capture_output=True, text=True,
            timeout=SECONDS, preexec_fn=_with_little_memory, check=False,
        )  # fmt: skip
        told = done.stdout + done.stderr
        assert "Traceback" not in told, told
        assert not any(ord(sign) < 32 and sign != "\n" for sign in told), told
        return done.returncode, told

    def verify(self, bundles: Iterable[bytes]) -> Answers:
        """One after the other in one process, which has little memory and is not to write anything."""
        files = []
        for number, data in enumerate(bundles):
            files.append(f"{number}.zip")
            (self.folder / files[-1]).write_bytes(data)
        before = sorted(self.folder.rglob("*"))
        code, told = self.run_python("-c", EACH, str(LOG.key), *files)
        assert code == 0, told
        assert sorted(self.folder.rglob("*")) == before, "something was unpacked"
        codes = [line for line in told.splitlines() if line.startswith("ended with ")]
        assert len(codes) == len(files), told
        yield from ({"ended with 0": "it holds", "ended with 1": "it does not hold"}.get(one, one) for one in codes)


def desk_of(stage: Stage, folder: Path) -> Desk:
    return Desk(stage, folder, draft_of(scene(), "two-years", "c1").packed())


def zipped(*members: tuple[zipfile.ZipInfo | str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", compression) as made:
        for name, data in members:
            made.writestr(name, data)
    return held.getvalue()


def members_of(data: bytes) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        return [(name, opened.read(name)) for name in opened.namelist()]


@attack("a bundle that swells: packed a thousandfold, nested, with members that overlap, with sizes that are not true",
        by="whoever sends a bundle", answers="it does not hold")  # fmt: skip
def bombs(desk: Desk) -> Answers:
    bundles: list[bytes] = []
    zeros = bytes(2**28)
    bomb = zipped(("disclosures.jsonl", zeros), compression=zipfile.ZIP_DEFLATED)
    bundles.append(bomb)
    bundles.append(zipped(*[(f"log/tile/0/{number:03}", bomb) for number in range(20)]))
    files = members_of(desk.good)
    bundles.append(zipped(*files, compression=zipfile.ZIP_DEFLATED))
    bundles.append(zipped(*files, ("extra/bomb.zip", bomb)))
    directory = desk.good.rindex(b"PK\x01\x02")
    for size in (0, 1, 2**31, 2**32 - 1):  # of the last member, as the directory tells it
        bundles.append(desk.good[: directory + 20] + struct.pack("<LL", size, size) + desk.good[directory + 28 :])
    for entries in (0, 1, 0xFFFF):  # members, as the end tells it
        bundles.append(desk.good[:-12] + struct.pack("<H", entries) + desk.good[-10:])
    return desk.verify(bundles)


@attack("a bundle with names that lead elsewhere: .., absolute, drives, backslashes, links, null bytes, a name twice",
        by="whoever sends a bundle", answers="it does not hold")  # fmt: skip
def paths(desk: Desk) -> Answers:
    bundles: list[bytes] = []
    files = members_of(desk.good)
    link = zipfile.ZipInfo("log/link")
    link.external_attr = 0o120777 << 16
    for name in ("../evil", "/tmp/evil", "C:\\evil", "..\\evil", "log/../../evil", "log//evil", "./evil", ".hidden", "evil\x1b[2J",
                 "evil ", "许", "a" * 300):  # fmt: skip
        bundles.append(zipped(*files, (name, b"evil")))
    twice = zipped(*files, ("log/checkpoinT", b"evil"))
    bundles.append(twice.replace(b"log/checkpoinT", b"log/checkpoint"))
    bundles.append(zipped(*files, (link, b"/etc/passwd")))
    bundles.append(desk.good.replace(b"policy.txt", b"../x/y.txt"))
    return desk.verify(bundles)


@attack("a bundle that is none: nothing, half of one, one byte changed, bytes before and behind, another kind of file",
        by="whoever sends a bundle", answers="it does not hold")  # fmt: skip
def broken(desk: Desk) -> Answers:
    bundles: list[bytes] = []
    good = desk.good
    middle = len(good) // 2
    for data in (b"", b"PK", good[:middle], good[:-1], good[1:], good[:middle] + bytes([good[middle] ^ 1]) + good[middle + 1 :],
                 b"\0" + good,
                 good + b"\0", good + good, b"%PDF-1.7", b"\x1f\x8b" + bytes(100), b"[" * 100_000,
                 b"PK\x05\x06" + bytes(18)):  # fmt: skip
        bundles.append(data)
    return desk.verify(bundles)


@attack("texts in a bundle that would be code for a terminal or a spreadsheet, or never end", by="whoever sends a bundle",
        answers="it does not hold")  # fmt: skip
def texts(desk: Desk) -> Answers:
    bundles: list[bytes] = []
    for change in (_deep, _escapes, _one_long_line):
        files = dict(members_of(desk.good))
        change(files)
        bundles.append(zipped(*files.items()))
    return desk.verify(bundles)


@attack("lines to import that are no entries: deep, endless, twice, with control characters, of another centre",
        by="whoever sends a file",
        answers="each line refused, nothing recorded")  # fmt: skip
def lines(desk: Desk) -> Answers:
    bad = [
        b"{", b"[1]", b"null", b'{"a":' * 100_000, b'{"kind":' + b"9" * 5000 + b"}", b"\x00", b"\xff\xfe{}",
        b'{"kind": "patent", "kind": "pool"}',
        b'{"kind": "patent", "body": {"title": "\\ud800", "\\ud800": 1}}', b'{"kind": "patent", "body": {"title": NaN}}',
        b'{"kind": "patent", "centre": "c2", "body": {}}', b'{"kind": "patent", "body": {"\\u001b[2J": "\\u001b[2J"}}',
        b'{"kind": "\\u001b[2J", "body": {}}', b'{"kind": "patent", "body": {"title": "' + b"a" * 3_000_000 + b'"}}',
        '{"kind": "patent", "body": {"title": "a\u202eb\u200b"}}'.encode(),
    ]  # fmt: skip
    (desk.folder / "lines.jsonl").write_bytes(b"\n".join(bad))
    code, told = desk.run("import", "lines.jsonl", "--centre", "c1")
    refused = {line.split(":")[0] for line in told.splitlines() if line.startswith("line ")}
    complete = code == 1 and refused == {f"line {number}" for number in range(1, len(bad) + 1)} and ": 0 recorded" in told
    yield "each line refused, nothing recorded" if complete else f"{code}: {told[:3000]}"


def _deep(files: dict[str, bytes]) -> None:
    files["scorecards.json"] = b"[" * 200_000 + b"]" * 200_000
    files["manifest.json"] = b'{"a":' * 200_000 + b"1" + b"}" * 200_000


def _escapes(files: dict[str, bytes]) -> None:
    manifest = json.loads(files["manifest.json"])
    files["manifest.json"] = json.dumps({**manifest, "subject": "\x1b[2J\x1b]0;evil\x07", "=cmd|x": "\u202e"}).encode()


def _one_long_line(files: dict[str, bytes]) -> None:
    files["disclosures.jsonl"] = b'{"index": 0, "body": "' + b"A" * (2**25) + b'"}\n'


def _with_little_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


FILES: list[Attack] = attack.attacks
