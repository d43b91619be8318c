"""Somebody with nothing but the address of the log and its verifier key checks all of it over HTTP, while it grows.

Two readers do: one of somebody else's making (tlog-scales), and one of our own that leans on nothing of ours. It is written from
the formats alone (docs/contract/LOG.md, A1 to A4 and A7) with the standard library; only the signature is left to `cryptography`.
Nobody tells the service to publish: it does by itself.
"""

import hashlib
import http.client
import json
import shutil
import threading
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Engine
from tlog_scales.backend import HttpBackend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey
from tlog_scales.tiles import leaf_hash as scales_leaf_hash

from ledger.actions.publish import publish
from ledger.signing import load_key
from tests.filling import fill
from tests.web.service import Service, gunicorn, running

SIZES = (1, 255, 256, 257, 65_536, 70_000)
PUBLISHED_SECONDS = 30
AT_ONCE = {"LEDGER_PUBLISH_SECONDS": "1"}


# --- a reader written from the formats alone -----------------------------------------------------------------------------


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right)


def root_of(hashes: list[bytes]) -> bytes:
    """Pairs from the left, and an odd one goes up as it is: the same tree as by splitting from above."""
    if not hashes:
        return sha256(b"")
    while len(hashes) > 1:
        pairs = zip(hashes[::2], hashes[1::2], strict=False)
        hashes = [node(left, right) for left, right in pairs] + hashes[len(hashes) & ~1 :]
    return hashes[0]


def root_by_path(index: int, size: int, leaf: bytes, path: list[bytes]) -> bytes:
    """The root that a path of inclusion leads to, by the definition of the path."""
    if size == 1:
        assert path == []
        return leaf
    half = 1 << (size - 1).bit_length() - 1
    *below, sibling = path
    if index < half:
        return node(root_by_path(index, half, leaf, below), sibling)
    return node(sibling, root_by_path(index - half, size - half, leaf, below))


def number(n: int) -> str:
    groups = []
    while True:
        n, group = divmod(n, 1000)
        groups.append(f"x{group:03}" if groups else f"{group:03}")
        if not n:
            return "/".join(reversed(groups))


def note_of(data: bytes, vkey: str) -> tuple[str, int, bytes]:
    """Origin, size and root of a checkpoint that the key signed."""
    text, _, signatures = data.decode().rpartition("\n\n")
    text += "\n"
    name, key_id, encoded = vkey.split("+", 2)
    public = b64decode(encoded)
    assert sha256(name.encode() + b"\n" + public)[:4].hex() == key_id
    assert public[0] == 1
    ours = [line for line in signatures.splitlines() if line.startswith(f"\u2014 {name} ")]
    assert len(ours) == 1
    signature = b64decode(ours[0].rpartition(" ")[2], validate=True)
    assert signature[:4].hex() == key_id
    Ed25519PublicKey.from_public_bytes(public[1:]).verify(signature[4:], text.encode())
    origin, size, root = text.splitlines()
    assert text == f"{origin}\n{int(size)}\n{root}\n"
    return origin, int(size), b64decode(root, validate=True)


class Reader:
    """Reads a log at an address, and keeps every partial resource that it has seen."""

    def __init__(self, port: int, vkey: str) -> None:
        self.port = port
        self.vkey = vkey
        self.partial: dict[str, bytes] = {}

    def get(self, path: str, token: str | None = None) -> tuple[int, http.client.HTTPMessage, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def checkpoint(self) -> tuple[int, bytes]:
        status, headers, data = self.get("/log/checkpoint")
        assert status == 200
        assert headers["Content-Type"] == "text/plain; charset=utf-8"
        origin, size, root = note_of(data, self.vkey)
        assert self.vkey.startswith(f"{origin}+")
        return size, root

    def resource(self, path: str) -> bytes:
        status, headers, data = self.get(f"/log/tile/{path}")
        assert status == 200, path
        assert headers["Content-Type"] == "application/octet-stream"
        if ".p/" in path:
            self.partial[path] = data
        return data

    def walk(self, size: int) -> list[bytes]:
        """Fetch everything that the checkpoint of `size` speaks of; the entries, after every tile was found to follow from them."""
        entries: list[bytes] = []
        for start in range(0, size, 256):
            width = min(256, size - start)
            data, begun = self.resource(self.path("entries", start // 256, width)), len(entries)
            while data:
                length = int.from_bytes(data[:2], "big")
                assert len(data) >= 2 + length
                entries.append(data[2 : 2 + length])
                data = data[2 + length :]
            assert len(entries) - begun == width
        level, row = 0, [sha256(b"\x00" + entry) for entry in entries]
        while row:
            for start in range(0, len(row), 256):
                part = row[start : start + 256]
                assert self.resource(self.path(str(level), start // 256, len(part))) == b"".join(part)
            row = [root_of(row[start : start + 256]) for start in range(0, len(row) // 256 * 256, 256)]
            level += 1
        return entries

    @staticmethod
    def path(level: str, n: int, width: int) -> str:
        return f"{level}/{number(n)}" + (f".p/{width}" if width < 256 else "")

    def beyond(self, size: int) -> list[str]:
        """Resources that come next, on every level and the one above the last."""
        found = []
        for level in ("entries", *map(str, range((size.bit_length() - 1) // 8 + 2))):
            n, width = divmod(size >> 8 * int(level if level != "entries" else 0), 256)
            found += [self.path(level, n, width + 1), self.path(level, n, 256), self.path(level, n + 1, 1)]
        return found

    def proof(self, index: int, token: str) -> tuple[int, bytes, bytes]:
        """Size and root of the checkpoint in an entry's proof, and the entry's leaf, after checking that they belong together."""
        status, _, data = self.get(f"/v1/entries/{index}/proof", token)
        assert status == 200
        head, _, note = data.partition(b"\n\n")
        first, extra, at, *path = head.decode().split("\n")
        assert (first, at) == ("c2sp.org/tlog-proof@v1", f"index {index}")
        assert extra.startswith("extra ")
        opening = json.loads(b64decode(extra.removeprefix("extra "), validate=True))
        leaf = opening["leaf"].encode()
        digest = urlsafe_b64encode(sha256(opening["disclosure"].encode("ascii"))).rstrip(b"=").decode()
        assert json.loads(leaf)["_sd"] == [digest]
        _, size, root = note_of(note, self.vkey)
        assert index < size
        assert root_by_path(index, size, sha256(b"\x00" + leaf), [b64decode(line, validate=True) for line in path]) == root
        return size, root, leaf


# --- the journeys --------------------------------------------------------------------------------------------------------


@contextmanager
def reader_of(service: Service, port: int) -> Iterator[Reader]:
    signer = wait_for(lambda: load_key(service.ledger.settings.signing_key_file))
    yield Reader(port, str(signer.key))


def wait_for(found):  # type: ignore[no-untyped-def]
    until = time.monotonic() + PUBLISHED_SECONDS
    while not (answer := found()):
        assert time.monotonic() < until, "nothing was published"
        time.sleep(0.05)
    return answer


def indices(size: int) -> list[int]:
    """First, last, and around the borders of tiles."""
    wanted = (0, 1, 254, 255, 256, 257, 511, 512, 65_279, 65_280, 65_535, 65_536, size // 2, size - 2, size - 1)
    return sorted({index for index in wanted if 0 <= index < size})


@pytest.mark.slow
def test_a_growing_log_convinces_two_readers_at_every_size(migrated_file: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{shutil.copyfile(migrated_file, tmp_path / 'ledger.db')}"
    with running(url) as service, gunicorn(service, 2, more=AT_ONCE) as port:
        token = service.as_("auditor").token
        assert token is not None
        assert Reader(port, "").get("/log/checkpoint")[0] == 404
        fill(service.ledger.engine, SIZES[0])
        backend = HttpBackend(f"http://127.0.0.1:{port}/log")
        backend.session.trust_env = False  # no proxy stands between us
        with reader_of(service, port) as plain, backend.session:
            theirs, vkey = TilesReader(backend), Vkey.from_string(plain.vkey)
            before: tuple[int, bytes, list[bytes]] | None = None
            for size in SIZES:
                fill(service.ledger.engine, size)
                wait_for(lambda size=size: plain.get("/log/checkpoint")[0] == 200 and plain.checkpoint()[0] == size)
                _, root = plain.checkpoint()
                kept = dict(plain.partial)

                # Our own reader: every byte of the log follows from its entries, and they from those before.
                entries = plain.walk(size)
                hashes = [sha256(b"\x00" + entry) for entry in entries]
                assert root_of(hashes) == root
                if before is not None:
                    assert entries[: before[0]] == before[2]
                    assert root_of(hashes[: before[0]]) == before[1]
                for path, data in kept.items():
                    assert plain.resource(path) == data, f"{path} has changed or gone since the log grew to {size}"
                for path in plain.beyond(size):
                    status, headers, _ = plain.get(f"/log/tile/{path}")
                    assert (status, headers["Cache-Control"]) == (404, "no-store"), path
                for index in indices(size):
                    covered, _, leaf = plain.proof(index, token)
                    assert (covered <= size, leaf) == (True, entries[index])

                # Somebody else's.
                told = theirs.get_checkpoint()
                told.verify(vkey)
                assert (told.size, told.root_hash) == (size, root)
                assert theirs.calculate_root_hash() == root
                for index in indices(size):
                    entry = theirs.get_entry(index)
                    assert entry == entries[index]
                    theirs.get_inclusion_proof(index, size).check(scales_leaf_hash(entry), root)
                if before is not None:
                    theirs.get_consistency_proof(before[0], size).check(before[1], root)
                before = size, root, entries


def test_whatever_a_checkpoint_speaks_of_can_be_read_when_it_is_seen(database_url: str, engine: Engine) -> None:
    """Entries come in and are published, by the service and by another process at once, while somebody reads all the time."""
    with running(database_url) as service, gunicorn(service, 2, more=AT_ONCE) as port:
        fill(service.ledger.engine, 100)
        publish(service.ledger)
        failed: list[BaseException] = []

        def record() -> None:
            try:
                for size in range(150, 900, 50):
                    fill(service.ledger.engine, size)
                    publish(service.ledger)
            except BaseException as error:
                failed.append(error)
                raise

        with reader_of(service, port) as plain:
            recording = threading.Thread(target=record)
            recording.start()
            seen: list[int] = []
            while recording.is_alive() or seen[-1] != service.size:
                size, root = plain.checkpoint()
                assert root_of([sha256(b"\x00" + entry) for entry in plain.walk(size)]) == root
                seen.append(size)
            recording.join()
            assert failed == []
            assert seen == sorted(seen)
            assert len(set(seen)) > 2
