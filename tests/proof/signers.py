"""Whoever signs in these tests: a log and witnesses, with keys made from a seed. Signing is left to `cryptography`."""

from collections.abc import Iterator
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import assume
from hypothesis import strategies as st

from ledger.proof.notes import COSIGNATURE, ED25519, Note, Signature, VerifierKey, cosigned

ORIGIN = "ledger.example/log"


@dataclass(frozen=True)
class Signer:
    name: str
    seed: bytes
    type: int = ED25519

    @property
    def private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    @property
    def key(self) -> VerifierKey:
        return VerifierKey(self.name, self.type, self.private.public_key().public_bytes_raw())

    def sign(self, text: str, *, at: int = 1_757_470_269) -> Signature:
        """A witness's signature carries the time `at`; a log's has none."""
        if self.type == ED25519:
            return Signature(self.name, self.key.id, self.private.sign(text.encode()))
        return Signature(self.name, self.key.id, at.to_bytes(8, "big") + self.private.sign(cosigned(at, text)))


LOG = Signer(ORIGIN, b"\x01" * 32)
W1, W2, W3, W4 = (Signer(f"w{number}.example", bytes([0x10 + number]) * 32, COSIGNATURE) for number in range(1, 5))


def signed(text: str, *signers: Signer) -> Note:
    return Note(text, tuple(one.sign(text) for one in signers))


def flipped(data: bytes) -> Iterator[bytes]:
    """The data with one bit changed, once for each byte: the bit differs from byte to byte."""
    for at, byte in enumerate(data):
        yield data[:at] + bytes([byte ^ 1 << at % 8]) + data[at + 1 :]


@st.composite
def bruised(draw: st.DrawFn, whole: bytes) -> bytes:
    """Bytes that differ from `whole` in one place: some taken away there, some put in."""
    at = draw(st.integers(0, len(whole)))
    gone = draw(st.integers(0, 3))
    put = draw(st.binary(max_size=3) | st.sampled_from([b"\n", b"\n\n", b" ", b"=", "—".encode(), b"\r\n", b"\x00", b"\xff"]))
    result = whole[:at] + put + whole[at + gone :]
    assume(result != whole)
    return result
