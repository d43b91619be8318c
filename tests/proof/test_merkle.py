"""The tree: the vectors of Certificate Transparency, the definitions, and proofs that stop holding at the first wrong bit."""

import base64
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.proof.merkle import (
    EMPTY_ROOT,
    Damaged,
    Frontier,
    consistency,
    inclusion,
    leaf_hash,
    node_hash,
    root_at,
    verify_consistency,
    verify_inclusion,
)
from tests.proof.trees import CT_ENTRIES, flipped, leaves, mth, path, reader_over, subproof

CT = [leaf_hash(entry) for entry in CT_ENTRIES]
LEAVES = leaves(1100)
TILES = reader_over(LEAVES)
SIZES = st.integers(1, len(LEAVES))
NEAR_EDGES = [1, 2, 3, 7, 8, 255, 256, 257, 511, 512, 513, 768, 1023, 1024, 1025]


def frontier_of(hashes: Sequence[bytes]) -> Frontier:
    frontier = Frontier()
    frontier.extend(hashes)
    return frontier


def test_the_empty_tree_has_the_root_of_nothing():
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert base64.b64encode(Frontier().root()).decode() == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    assert root_at(reader_over([]), 0) == EMPTY_ROOT


def test_an_empty_entry_is_not_an_empty_tree():
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


def test_a_leaf_never_hashes_like_a_node():
    assert leaf_hash(CT[0] + CT[1]) != node_hash(CT[0], CT[1])


@pytest.mark.parametrize(
    ("size", "root"),
    [
        (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        (7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
        (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
    ],
)
def test_the_known_trees_have_their_known_roots(size, root):
    assert frontier_of(CT[:size]).root().hex() == root
    assert root_at(reader_over(CT), size).hex() == root


def test_the_known_inclusion_proof_comes_out():
    proof = inclusion(reader_over(CT), 2, 7)
    assert [step.hex()[:8] for step in proof] == ["07506a85", "fac54203", "837dbb15"]


def test_the_known_consistency_proof_comes_out():
    proof = consistency(reader_over(CT), 3, 7)
    assert [step.hex()[:8] for step in proof] == ["0298d122", "07506a85", "fac54203", "837dbb15"]


@pytest.mark.parametrize("size", range(1, 41))
def test_every_proof_in_a_small_tree_is_the_one_defined(size):
    for index in range(size):
        assert inclusion(TILES, index, size) == path(index, LEAVES[:size])
        assert consistency(TILES, index + 1, size) == subproof(index + 1, LEAVES[:size])


@given(st.data())
def test_every_proof_in_a_larger_tree_is_the_one_defined(data):
    size = data.draw(SIZES)
    index = data.draw(st.integers(0, size - 1))
    assert inclusion(TILES, index, size) == path(index, LEAVES[:size])
    assert consistency(TILES, index + 1, size) == subproof(index + 1, LEAVES[:size])


@given(SIZES | st.sampled_from(NEAR_EDGES))
def test_a_frontier_has_the_root_that_is_defined(size):
    frontier = frontier_of(LEAVES[:size])
    assert frontier.root() == mth(LEAVES[:size])
    assert frontier.root() == root_at(TILES, size)
    assert frontier.size == size


@given(st.integers(0, len(LEAVES)), st.integers(0, 300))
def test_a_frontier_put_away_grows_on_as_if_nothing_had_been(size, more):
    kept = frontier_of(LEAVES[:size]).to_bytes()
    assert len(kept) == 32 * bin(size).count("1")
    again = Frontier.from_bytes(size, kept)
    again.extend(LEAVES[size : size + more])
    assert again == frontier_of(LEAVES[: size + more])


def test_a_frontier_is_kept_largest_subtree_first():
    assert frontier_of(CT[:7]).to_bytes() == mth(CT[:4]) + mth(CT[4:6]) + CT[6]


@pytest.mark.parametrize(("size", "length"), [(0, 32), (1, 0), (3, 32), (4, 31), (5, 65), (-1, 32)])
def test_a_frontier_of_the_wrong_length_is_damaged(size, length):
    with pytest.raises(Damaged, match=f"{length} bytes cannot stand for a tree of {size} leaves") as refusal:
        Frontier.from_bytes(size, bytes(length))
    assert refusal.value.what == "frontier"


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_what_is_no_hash_is_not_appended(length):
    frontier = frontier_of(CT[:3])
    with pytest.raises(ValueError, match="32 bytes"):
        frontier.append(bytes(length))
    assert frontier == frontier_of(CT[:3])


@given(st.data())
def test_an_inclusion_proof_holds_and_fails_with_any_bit_changed(data):
    size = data.draw(SIZES)
    index = data.draw(st.integers(0, size - 1))
    leaf, proof, root = LEAVES[index], inclusion(TILES, index, size), mth(LEAVES[:size])

    assert verify_inclusion(index, size, leaf, proof, root)
    assert not any(verify_inclusion(index, size, bad, proof, root) for bad in flipped(leaf))
    assert not any(verify_inclusion(index, size, leaf, proof, bad) for bad in flipped(root))
    for at, step in enumerate(proof):
        assert not any(verify_inclusion(index, size, leaf, [*proof[:at], bad, *proof[at + 1 :]], root) for bad in flipped(step))
        assert not verify_inclusion(index, size, leaf, proof[:at] + proof[at + 1 :], root)
        assert not verify_inclusion(index, size, leaf, [*proof[:at], step, *proof[at:]], root)
    assert not verify_inclusion(index, size, leaf, [*proof, root], root)


@given(st.data())
def test_an_inclusion_proof_holds_at_no_other_place(data):
    size = data.draw(st.integers(2, 300))
    index = data.draw(st.integers(0, size - 1))
    leaf, proof, root = LEAVES[index], inclusion(TILES, index, size), mth(LEAVES[:size])
    assert [place for place in range(-1, size + 2) if verify_inclusion(place, size, leaf, proof, root)] == [index]


@given(st.data())
def test_a_consistency_proof_holds_and_fails_with_any_bit_changed(data):
    new = data.draw(st.integers(2, len(LEAVES)))
    old = data.draw(st.integers(1, new - 1))
    old_root, new_root, proof = mth(LEAVES[:old]), mth(LEAVES[:new]), consistency(TILES, old, new)

    assert verify_consistency(old, new, old_root, new_root, proof)
    assert not any(verify_consistency(old, new, bad, new_root, proof) for bad in flipped(old_root))
    assert not any(verify_consistency(old, new, old_root, bad, proof) for bad in flipped(new_root))
    for at, step in enumerate(proof):
        for bad in flipped(step):
            assert not verify_consistency(old, new, old_root, new_root, [*proof[:at], bad, *proof[at + 1 :]])
        assert not verify_consistency(old, new, old_root, new_root, proof[:at] + proof[at + 1 :])
    assert not verify_consistency(old, new, old_root, new_root, [*proof, new_root])
    assert not verify_consistency(new, old, new_root, old_root, proof)


def test_a_proof_does_not_stand_for_a_tree_that_is_higher():
    old, new, proof = mth(LEAVES[:2]), mth(LEAVES[:4]), consistency(TILES, 2, 4)
    assert verify_consistency(2, 4, old, new, proof)
    assert not verify_consistency(2, 8, old, new, proof)
    assert verify_inclusion(1, 4, LEAVES[1], inclusion(TILES, 1, 4), new)
    assert not verify_inclusion(1, 8, LEAVES[1], inclusion(TILES, 1, 4), new)


@pytest.mark.parametrize("size", [1, 2, 3, 255, 256, 1000])
def test_a_tree_is_consistent_with_itself_and_needs_no_proof(size):
    root = mth(LEAVES[:size])
    assert consistency(TILES, size, size) == []
    assert verify_consistency(size, size, root, root, [])
    assert not verify_consistency(size, size, root, root, [root])
    assert not verify_consistency(size, size, root, EMPTY_ROOT, [])


def test_every_tree_begins_with_the_empty_one():
    root = mth(LEAVES[:5])
    assert consistency(TILES, 0, 5) == []
    assert verify_consistency(0, 5, EMPTY_ROOT, root, [])
    assert verify_consistency(0, 0, EMPTY_ROOT, EMPTY_ROOT, [])
    assert not verify_consistency(0, 5, root, root, [])
    assert not verify_consistency(0, 5, EMPTY_ROOT, root, [root])
    assert not verify_consistency(0, 0, root, root, [])
    assert not verify_consistency(0, 0, EMPTY_ROOT, root, [])


def test_a_rewritten_tree_is_consistent_with_no_earlier_one():
    rewritten = [*LEAVES[:3], leaf_hash(b"another deal"), *LEAVES[4:9]]
    proof = consistency(reader_over(rewritten), 5, 9)
    assert verify_consistency(5, 9, mth(rewritten[:5]), mth(rewritten), proof)
    assert not verify_consistency(5, 9, mth(LEAVES[:5]), mth(rewritten), proof)


@pytest.mark.parametrize("cut", [31, 33])
def test_bytes_shared_out_anew_between_two_neighbours_prove_nothing(cut):
    # The node over two leaves hashes 64 bytes: cut elsewhere, the same bytes would lead to the same root.
    both, root = LEAVES[0] + LEAVES[1], mth(LEAVES[:2])
    assert node_hash(both[:cut], both[cut:]) == root
    assert not verify_inclusion(0, 2, both[:cut], [both[cut:]], root)
    assert verify_inclusion(0, 2, LEAVES[0], [LEAVES[1]], root)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_step_of_another_length_is_no_step(length):
    old, new = mth(LEAVES[:3]), mth(LEAVES[:7])
    proof = consistency(TILES, 3, 7)
    for at in range(len(proof)):
        assert not verify_consistency(3, 7, old, new, [*proof[:at], bytes(length), *proof[at + 1 :]])
    assert not verify_consistency(3, 7, old, new, [])


def test_a_proof_longer_than_the_tree_is_high_is_refused_and_does_not_loop():
    root = LEAVES[0]
    assert verify_inclusion(0, 1, root, [], root)
    assert not verify_inclusion(0, 1, root, [root], root)
    assert not verify_consistency(1, 2, LEAVES[0], mth(LEAVES[:2]), [LEAVES[1], LEAVES[2]])
    assert not verify_consistency(2, 3, mth(LEAVES[:2]), mth(LEAVES[:3]), [])


@pytest.mark.parametrize(("index", "size"), [(0, 0), (7, 7), (8, 7), (-1, 7)])
def test_a_leaf_beyond_the_tree_has_no_proof(index, size):
    with pytest.raises(ValueError, match=f"no leaf {index}"):
        inclusion(TILES, index, size)
    assert not verify_inclusion(index, size, LEAVES[0], [], LEAVES[0])


@pytest.mark.parametrize(("old", "new"), [(8, 7), (-1, 7), (1, 0)])
def test_a_tree_does_not_shrink(old, new):
    with pytest.raises(ValueError, match="not the beginning"):
        consistency(TILES, old, new)
    assert not verify_consistency(old, new, LEAVES[0], LEAVES[0], [])


def test_a_tree_has_no_negative_size():
    with pytest.raises(ValueError, match="no size -1"):
        root_at(TILES, -1)


def test_a_tile_that_is_too_short_is_named_and_not_hashed_as_if_it_were_whole():
    def short(level: int, n: int) -> Sequence[bytes]:
        return TILES(level, n)[:200] if (level, n) == (0, 1) else TILES(level, n)

    assert root_at(short, 448) == mth(LEAVES[:448])
    with pytest.raises(Damaged, match="tile 0/1: hashes 192 to 207 are needed"):
        root_at(short, 464)
