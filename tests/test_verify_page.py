"""The worked entry of docs/verify.md is right to the byte: everything on the page is worked out from what stands before it."""

import base64
import hashlib
import re
from pathlib import Path

import pytest

from ledger.proof import leaves
from ledger.proof.checkpoints import opened
from ledger.proof.merkle import leaf_hash, node_hash
from ledger.proof.notes import VerifierKey

PAGE = (Path(__file__).parents[1] / "docs" / "verify.md").read_text(encoding="utf-8")


def block(name: str) -> str:
    found = re.search(rf"^```\w+ {name}\n(.*?)\n```$", PAGE, re.M | re.S)
    assert found, f"the page has no block {name}"
    return found[1]


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_the_disclosure_is_the_text_of_the_value():
    assert base64.urlsafe_b64encode(block("value").encode()).rstrip(b"=").decode() == block("disclosure")
    assert leaves.opened(block("disclosure"))["kind"] == "pool"


def test_the_digest_is_of_the_text_and_stands_in_the_leaf():
    digest = base64.urlsafe_b64encode(hashlib.sha256(block("disclosure").encode()).digest()).rstrip(b"=").decode()
    assert f"`{digest}`" in PAGE
    assert leaves.parse_leaf(block("leaf").encode()).digest == digest


@pytest.mark.parametrize("name", ["leaf", "next"])
def test_leaf_hashes_are_told(name: str):
    assert f"`{b64(leaf_hash(block(name).encode()))}`" in PAGE


def test_the_next_leaf_names_the_one_before():
    assert leaves.parse_leaf(block("next").encode()).prev_hash == leaf_hash(block("leaf").encode())


def test_the_root_is_signed_by_the_key_at_the_top():
    key = VerifierKey.parse(re.search(r"`(ledger\.example/log\+[^`]+)`", PAGE)[1])
    checkpoint = opened((block("checkpoint") + "\n").encode(), key)
    assert checkpoint.size == 2
    assert checkpoint.root == node_hash(leaf_hash(block("leaf").encode()), leaf_hash(block("next").encode()))
    assert f"`{b64(checkpoint.root)}`" in PAGE
