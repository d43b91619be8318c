"""Tiles, bundles and their paths: the examples of C2SP tlog-tiles, a tree of 70 001 leaves, and one spelling for each path."""

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.proof.merkle import (
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
from ledger.proof.tiles import (
    Tile,
    build,
    bundles_at,
    completed,
    derived,
    entry_bundle,
    full_tiles_between,
    parse_entry_bundle,
    parse_tile_path,
    resources_at,
    tile_hashes,
    tile_path,
    tile_root,
    width_at,
)
from tests.proof.trees import kept_reader, leaves, mth, reader_over

LARGE = 70_001
LEAVES = leaves(LARGE)
TILES = {(level, n): data for level, n, data in completed(0, LEAVES, lambda level, n: [])}
ROOTS: dict[tuple[int, int], bytes] = {}

LEVELS = st.none() | st.integers(0, 63)
NUMBERS = st.integers(0, 10**18 - 1) | st.integers(0, 2000)
SIZES = st.integers(0, 2**64) | st.integers(0, 70_000)
EDGES = [255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 65_791, 65_792, 70_000]


def frontier_root(size: int) -> bytes:
    frontier = Frontier()
    frontier.extend(LEAVES[:size])
    return frontier.root()


def reader_at(size: int):
    """The reader of a log of `size` leaves, as the store has it."""

    def full_tile(level: int, n: int) -> bytes:
        assert Tile(level, n).exists_at(size), "a tile was asked for that this log does not have yet"
        return TILES[level, n]

    def leaf_hashes(start: int, stop: int) -> list[bytes]:
        assert start % 256 == 0
        assert start < stop <= size
        return LEAVES[start:stop]

    return derived(size, full_tile, leaf_hashes, ROOTS)


# --- which tiles there are


@pytest.mark.parametrize(
    ("size", "paths"),
    [
        (0, []),
        (1, ["tile/0/000.p/1"]),
        (255, ["tile/0/000.p/255"]),
        (256, ["tile/0/000", "tile/1/000.p/1"]),
        (257, ["tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1"]),
        (65_536, [*(f"tile/0/{n:03}" for n in range(256)), "tile/1/000", "tile/2/000.p/1"]),
        (70_000, [*(f"tile/0/{n:03}" for n in range(273)), "tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"]),
    ],
)
def test_a_log_offers_the_tiles_of_its_size_and_no_empty_one(size, paths):
    assert [tile.path for tile in resources_at(size)] == paths
    assert [tile.path for tile in bundles_at(size)] == [
        path.replace("tile/0/", "tile/entries/") for path in paths if path.startswith("tile/0/")
    ]


@given(st.integers(0, 70_000), LEVELS, st.integers(0, 300), st.integers(1, 256))
def test_a_tile_exists_if_a_tile_of_that_size_holds_all_of_it(size, level, n, width):
    held = {(tile.level, tile.n): tile.width for tile in resources_at(size) + bundles_at(size)}
    assert Tile(level, n, width).exists_at(size) == (width <= held.get((level, n), 0))


@given(SIZES, st.integers(0, 63), NUMBERS)
def test_a_tile_is_as_wide_as_its_hashes_go(size, level, n):
    width = width_at(level, n, size)
    assert width == max(0, min(256, size // 256**level - n * 256))
    assert width == 0 or Tile(level, n, width).exists_at(size)
    assert width == 256 or not Tile(level, n, width + 1).exists_at(size)


def test_a_bundle_exists_like_the_tile_of_level_0():
    assert Tile(None, 273, 112).exists_at(70_000)
    assert not Tile(None, 273, 113).exists_at(70_000)
    assert not Tile(None, 274, 1).exists_at(70_000)


@given(st.integers(0, 200_000), st.integers(0, 70_000))
def test_tiles_become_full_once_and_never_before_those_below(old, more):
    new = old + more
    before, after = ({(tile.level, tile.n) for tile in resources_at(size) if tile.width == 256} for size in (old, new))
    tiles = full_tiles_between(old, new)
    assert len(tiles) == len(set(tiles))
    assert set(tiles) == after - before
    assert tiles == sorted(tiles)


@pytest.mark.parametrize(
    ("old", "new", "tiles"),
    [
        (0, 255, []),
        (255, 256, [(0, 0)]),
        (256, 511, []),
        (65_535, 65_536, [(0, 255), (1, 0)]),
        (2**24 - 1, 2**24, [(0, 65_535), (1, 255), (2, 0)]),
    ],
)
def test_the_leaf_that_fills_a_tile_is_known(old, new, tiles):
    assert full_tiles_between(old, new) == tiles


@pytest.mark.parametrize(("old", "new"), [(1, 0), (-1, 0)])
def test_a_tree_that_shrinks_completes_nothing(old, new):
    with pytest.raises(ValueError, match="does not grow"):
        full_tiles_between(old, new)


# --- what stands in them


def test_the_tiles_of_a_large_tree_hold_the_hashes_that_are_defined():
    assert sorted(TILES) == [*((0, n) for n in range(273)), (1, 0)]
    for n in range(273):
        assert TILES[0, n] == b"".join(LEAVES[n * 256 : n * 256 + 256])
    assert TILES[1, 0] == b"".join(mth(LEAVES[i * 256 : i * 256 + 256]) for i in range(256))
    assert all(len(data) == 8192 for data in TILES.values())


@pytest.mark.parametrize("steps", [[70_001], [255, 1, 1, 65_279, 1, 4_464], [300] * 233 + [101], [65_535, 4_466]])
def test_a_tree_grown_in_steps_completes_the_same_tiles(steps):
    kept: dict[tuple[int, int], bytes] = {}
    ends = list(accumulate(steps))
    assert ends[-1] == LARGE
    for start, stop in zip([0, *ends], ends, strict=False):
        reader = kept_reader(LEAVES[:start], kept)
        for level, n, data in completed(start, LEAVES[start:stop], reader):
            assert (level, n) not in kept
            kept[level, n] = data
    assert kept == TILES


@given(st.integers(0, 1500), st.lists(st.integers(0, 600), max_size=6))
def test_a_smaller_tree_grown_in_any_steps_completes_the_same_tiles(start, steps):
    kept = {key: data for key, data in TILES.items() if key in full_tiles_between(0, start)}
    size = start
    for step in steps:
        added = completed(size, LEAVES[size : size + step], kept_reader(LEAVES[:size], kept))
        kept |= {(level, n): data for level, n, data in added}
        size += step
    assert kept == {key: TILES[key] for key in full_tiles_between(0, size)}


def test_an_append_that_fills_no_tile_reads_nothing():
    def unasked(level: int, n: int) -> list[bytes]:
        raise AssertionError("nothing is needed")

    assert list(completed(256, LEAVES[256:511], unasked)) == []
    assert list(completed(256, LEAVES[256:512], unasked)) == [(0, 1, TILES[0, 1])], "the new leaves fill the whole tile"


def test_the_open_tile_may_already_show_the_leaves_that_are_being_added():
    # A store may write the rows first and read them back in the same transaction.
    assert list(completed(300, LEAVES[300:512], reader_over(LEAVES[:512]))) == [(0, 1, TILES[0, 1])]


def test_a_tile_of_level_2_is_built_from_the_level_below():
    def below(level: int, n: int) -> list[bytes]:
        assert level == 1
        return [n.to_bytes(32, "big")] * 256

    data = build(2, 3, below)
    expected = []
    for n in range(768, 1024):
        root = n.to_bytes(32, "big")
        for _ in range(8):
            root = node_hash(root, root)
        expected.append(root)
    assert tile_hashes(data) == expected


@pytest.mark.parametrize("row", [LEAVES[:255], LEAVES[:257], [*LEAVES[:255], b"short"], []])
def test_a_tile_that_is_not_full_is_not_built(row):
    with pytest.raises(Damaged, match="tile 0/7"):
        build(0, 7, lambda level, n: row)


@pytest.mark.parametrize("width", [0, 1, 255])
def test_a_partial_tile_is_never_hashed_upward(width):
    with pytest.raises(Damaged, match="only a full one"):
        tile_root(LEAVES[:width])
    with pytest.raises(Damaged, match="only a full one"):
        build(1, 0, lambda level, n: LEAVES[:width])


@pytest.mark.parametrize("length", [0, 31, 33, 8191, 8193, 8224])
def test_a_tile_of_another_length_is_damaged(length):
    with pytest.raises(Damaged, match=f"{length} bytes are not 1 to 256 hashes"):
        tile_hashes(bytes(length))


# --- the tree read through its tiles


@pytest.mark.parametrize("size", [1, *EDGES, LARGE])
def test_the_tiles_lead_to_the_root_of_the_frontier(size):
    assert root_at(reader_at(size), size) == frontier_root(size)


@given(st.integers(0, LARGE) | st.sampled_from(EDGES), st.data())
def test_a_later_log_still_knows_every_earlier_root(size, data):
    earlier = data.draw(st.integers(max(0, size - 700), size))
    assert root_at(reader_at(size), earlier) == root_at(reader_at(earlier), earlier)


@given(st.integers(1, LARGE) | st.sampled_from(EDGES), st.data())
def test_every_proof_read_through_tiles_holds(size, data):
    index = data.draw(st.integers(0, size - 1))
    reader = reader_at(size)
    root, old_root = root_at(reader, size), root_at(reader, index)
    assert verify_inclusion(index, size, LEAVES[index], inclusion(reader, index, size), root)
    assert not verify_inclusion(index, size, LEAVES[index - 1], inclusion(reader, index, size), root) or size == 1
    assert verify_consistency(index, size, old_root, root, consistency(reader, index, size))


@given(st.integers(0, LARGE), st.integers(0, 300), st.integers(0, 3))
def test_a_derived_tile_is_as_wide_as_the_log_allows(size, n, level):
    row = reader_at(size)(level, n)
    assert len(row) == width_at(level, n, size)
    assert list(row) == list(reader_at(LARGE)(level, n))[: len(row)], "a partial tile is the beginning of the full one"


def test_the_root_of_a_full_tile_is_computed_once():
    asked: list[tuple[int, int]] = []

    def full_tile(level: int, n: int) -> bytes:
        asked.append((level, n))
        return TILES[level, n]

    remembered: dict[tuple[int, int], bytes] = {}
    for _ in range(2):
        row = derived(LARGE, full_tile, lambda start, stop: LEAVES[start:stop], remembered)(1, 1)
        assert row == [mth(LEAVES[n * 256 : n * 256 + 256]) for n in range(256, 273)]
    assert asked == [(0, n) for n in range(256, 273)]


def test_without_a_memory_of_its_own_a_reader_still_answers():
    assert kept_reader(LEAVES[:600], TILES)(1, 0) == [mth(LEAVES[:256]), mth(LEAVES[256:512])]
    assert kept_reader(LEAVES[:600], TILES)(0, 3) == []


# --- what they are called


@pytest.mark.parametrize(
    ("level", "n", "width", "path"),
    [
        (0, 0, 256, "tile/0/000"),
        (0, 999, 256, "tile/0/999"),
        (0, 1000, 256, "tile/0/x001/000"),
        (5, 1_234_067, 256, "tile/5/x001/x234/067"),
        (63, 7, 255, "tile/63/007.p/255"),
        (None, 1_234_067, 8, "tile/entries/x001/x234/067.p/8"),
    ],
)
def test_a_path_is_written_in_groups_of_three(level, n, width, path):
    assert tile_path(level, n, width) == path
    assert parse_tile_path(path) == Tile(level, n, width)


@given(LEVELS, NUMBERS, st.integers(1, 256))
def test_a_path_leads_back_to_its_tile(level, n, width):
    assert parse_tile_path(tile_path(level, n, width)) == Tile(level, n, width)


@pytest.mark.parametrize(
    "text",
    [
        "", "tile", "tile/", "tile/0", "tile/0/", "/tile/0/000", "tile/0/000/", "tile/0/000\n", " tile/0/000", "tile//0/000",
        "tile/00/000", "tile/01/000", "tile/64/000", "tile/99/000", "tile/-1/000", "tile/+1/000", "tile/x/000", "tile/Entries/000",
        "tile/0/0", "tile/0/00", "tile/0/0000", "tile/0/1000", "tile/0/x000", "tile/0/x000/001", "tile/0/x000/x001/001",
        "tile/0/001/001", "tile/0/X001/000", "tile/0/x01/000", "tile/0/x001/x000", "tile/0/x001//000", "tile/0/-01", "tile/0/1_0",
        "tile/0/000.p", "tile/0/000.p/", "tile/0/000.p/0", "tile/0/000.p/00", "tile/0/000.p/01", "tile/0/000.p/256",
        "tile/0/000.p/257", "tile/0/000.p/1/", "tile/0/000.p/-1", "tile/0/000.P/1", "tile/0/000.p/1.p/1", "tile/0/000.p/1\n",
        "tile/8/0/000", "tile/data/000", "tile/0/../0/000", "tile/0/٠٠٠", "tile/0/000.p/١", "tile/0/" + "x001/" * 6 + "000",
    ],
)  # fmt: skip
def test_any_other_spelling_is_no_path(text):
    assert parse_tile_path(text) is None


@given(st.from_regex(r"tile/(entries|[0-9]{1,2})/(x[0-9]{3}/){0,2}[0-9]{1,4}(\.p/[0-9]{1,3})?\n?", fullmatch=True))
def test_what_is_read_as_a_path_is_written_the_same_again(text):
    tile = parse_tile_path(text)
    assert tile is None or tile.path == text


@pytest.mark.parametrize(("level", "n", "width"), [(-1, 0, 256), (64, 0, 256), (0, -1, 256), (0, 0, 0), (0, 0, 257), (None, 0, -1)])
def test_a_tile_that_cannot_be_has_no_path(level, n, width):
    with pytest.raises(ValueError, match="tile"):
        tile_path(level, n, width)


# --- bundles


def test_the_bundle_and_the_tile_of_two_entries_are_the_known_ones():
    assert entry_bundle([b"one", b"two"]).hex() == "00036f6e65000374776f"
    assert (leaf_hash(b"one") + leaf_hash(b"two")).hex() == (
        "d0d7360ab79f58ab1e1e3fe64ad77e2ea0bc07e36b5f46ed2223edd9298df9e9"
        "ab1ab7f07c7c8fe0eff4ba6faa53c7e4412e91a599153e8aa4e01beece5b7825"
    )


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=256))
def test_a_bundle_gives_its_entries_back(entries):
    assert parse_entry_bundle(entry_bundle(entries), len(entries)) == entries


@given(st.lists(st.binary(max_size=20), min_size=1, max_size=20), st.data())
def test_a_bundle_cut_short_or_made_longer_is_damaged(entries, data):
    bundle, count = entry_bundle(entries), len(entries)
    end = data.draw(st.integers(0, len(bundle) - 1))
    with pytest.raises(Damaged, match="ends within entry"):
        parse_entry_bundle(bundle[:end], count)
    with pytest.raises(Damaged, match="1 bytes after its"):
        parse_entry_bundle(bundle + b"\x00", count)
    with pytest.raises(Damaged, match="after its"):
        parse_entry_bundle(bundle, count - 1)
    with pytest.raises(Damaged, match=f"ends within entry {count} of {count + 1}"):
        parse_entry_bundle(bundle, count + 1)


@pytest.mark.parametrize("count", [0, 257])
def test_a_bundle_of_no_entries_or_too_many_is_not_written(count):
    with pytest.raises(ValueError, match=f"not {count}"):
        entry_bundle([b"x"] * count)


def test_the_longest_entry_fits_and_one_byte_more_does_not():
    assert parse_entry_bundle(entry_bundle([b"x" * 65_535]), 1) == [b"x" * 65_535]
    with pytest.raises(ValueError, match="65536"):
        entry_bundle([b"x" * 65_536])
