"""Ed25519 in plain Python: the examples of RFC 8032, the same verdict as `cryptography`, and one spelling for every number."""

import hashlib

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import assume, given
from hypothesis import strategies as st

from ledger.proof.ed25519 import verify
from tests.proof.rfc8032 import VECTORS
from tests.proof.signers import flipped

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
SIGN_BIT = 1 << 255

SEEDS = st.binary(min_size=32, max_size=32)
MESSAGES = st.binary(max_size=300)
NEUTRAL = (1).to_bytes(32, "little")  # the encoding of the point (0, 1)

# The points whose eighth multiple is neutral, as keys: nobody signs with them, and implementations fall out over them.
SMALL_ORDER = {
    "order 1": NEUTRAL,
    "order 2": (P - 1).to_bytes(32, "little"),
    "order 4": bytes(32),
    "order 4, x odd": SIGN_BIT.to_bytes(32, "little"),
    "order 8": bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    "order 8, x odd": bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"),
    "order 8, y negative": bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    "order 8, y negative, x odd": bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"),
}


def accepted(public: bytes, signature: bytes, message: bytes) -> bool:
    """What `cryptography` says."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def number(data: bytes) -> int:
    return int.from_bytes(data, "little")


def key_and_signature(seed: bytes, message: bytes) -> tuple[bytes, bytes]:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    return private.public_key().public_bytes_raw(), private.sign(message)


# --- the examples of the standard


@pytest.mark.parametrize(("name", "seed", "public", "message", "signature"), VECTORS, ids=[one[0] for one in VECTORS])
def test_the_examples_of_rfc_8032_hold(name, seed, public, message, signature):
    assert key_and_signature(bytes.fromhex(seed), bytes.fromhex(message)) == (bytes.fromhex(public), bytes.fromhex(signature))
    assert verify(bytes.fromhex(public), bytes.fromhex(signature), bytes.fromhex(message))


@pytest.mark.parametrize(("name", "seed", "public", "message", "signature"), VECTORS, ids=[one[0] for one in VECTORS])
def test_an_example_does_not_hold_for_another_message(name, seed, public, message, signature):
    assert not verify(bytes.fromhex(public), bytes.fromhex(signature), bytes.fromhex(message) + b"\x00")


def test_no_bit_of_a_signature_is_idle():
    public, signature = key_and_signature(b"\x07" * 32, b"a checkpoint")
    assert verify(public, signature, b"a checkpoint")
    assert not any(verify(public, one, b"a checkpoint") for one in flipped(signature))


# --- the same verdict as the library that signs


@given(SEEDS, MESSAGES)
def test_what_cryptography_signs_is_verified(seed, message):
    public, signature = key_and_signature(seed, message)
    assert verify(public, signature, message)


@given(SEEDS, MESSAGES, st.sampled_from(["public", "signature", "message"]), st.data())
def test_of_what_was_changed_both_think_alike(seed, message, part, data):
    public, signature = key_and_signature(seed, message)
    parts = {"public": public, "signature": signature, "message": message}
    assume(parts[part])
    at = data.draw(st.integers(0, len(parts[part]) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != parts[part][at]))
    parts[part] = parts[part][:at] + bytes([byte]) + parts[part][at + 1 :]
    assert verify(**parts) is accepted(**parts) is False


@given(SEEDS, SEEDS, MESSAGES)
def test_another_key_does_not_verify(seed, other, message):
    assume(seed != other)
    public, _ = key_and_signature(other, message)
    _, signature = key_and_signature(seed, message)
    assert verify(public, signature, message) is accepted(public, signature, message) is False


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=64, max_size=64), MESSAGES)
def test_of_random_bytes_both_think_alike(public, signature, message):
    assert verify(public, signature, message) is accepted(public, signature, message)


def test_the_equation_is_asked_without_the_cofactor():
    """With the cofactor every one of these would hold; without it a key of order n lets about one in n messages through."""
    signature = NEUTRAL + bytes(32)  # R neutral and S nought: it holds where [k]A is neutral
    verdicts = {}
    for name, public in SMALL_ORDER.items():
        messages = [b"%d" % count for count in range(40)]
        verdicts[name] = [verify(public, signature, message) for message in messages]
        for message, verdict in zip(messages, verdicts[name], strict=True):
            k = number(hashlib.sha512(NEUTRAL + public + message).digest()) % L
            assert verdict is (k % int(name.split()[1].rstrip(",")) == 0)
            assert verdict is accepted(public, signature, message)
    assert all(verdicts["order 1"])
    assert all(len(set(verdicts[name])) == 2 for name in verdicts if name != "order 1")


# --- one spelling


@given(SEEDS, MESSAGES)
def test_s_is_below_the_order_of_the_group(seed, message):
    public, signature = key_and_signature(seed, message)
    s = number(signature[32:])
    assert s < L
    for other in range(s + L, 2**256, L):
        assert not verify(public, signature[:32] + other.to_bytes(32, "little"), message)


def test_a_key_is_read_in_one_spelling():
    signature = NEUTRAL + bytes(32)
    assert verify(NEUTRAL, signature, b"")
    assert not verify((P + 1).to_bytes(32, "little"), signature, b""), "y = p + 1 is y = 1 in another spelling"
    assert not verify((1 | SIGN_BIT).to_bytes(32, "little"), signature, b""), "minus nought is nought in another spelling"
    assert not verify((P + 1 | SIGN_BIT).to_bytes(32, "little"), signature, b"")


def test_the_point_in_a_signature_is_read_in_one_spelling():
    assert verify(NEUTRAL, NEUTRAL + bytes(32), b"")
    for other in (P + 1, 1 | SIGN_BIT, P + 1 | SIGN_BIT):
        assert not verify(NEUTRAL, other.to_bytes(32, "little") + bytes(32), b"")


def test_a_key_that_is_no_point_verifies_nothing():
    assert not any(verify((2).to_bytes(32, "little"), point + bytes(32), b"") for point in SMALL_ORDER.values())
    assert not accepted((2).to_bytes(32, "little"), NEUTRAL + bytes(32), b"")


@pytest.mark.parametrize(("key_bytes", "signature_bytes"), [(0, 64), (31, 64), (33, 64), (32, 0), (32, 63), (32, 65), (64, 32)])
def test_another_length_verifies_nothing_and_is_no_error(key_bytes, signature_bytes):
    assert not verify(NEUTRAL.ljust(key_bytes, b"\x00")[:key_bytes], NEUTRAL.ljust(signature_bytes, b"\x00")[:signature_bytes], b"")


@given(st.binary(max_size=70), st.binary(max_size=70), MESSAGES)
def test_it_answers_whatever_it_is_given(public, signature, message):
    assert verify(public, signature, message) in (True, False)
