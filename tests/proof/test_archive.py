"""The container of an export: other programs read it, and no byte of it can be changed, lost or added unseen."""

import hashlib
import io
import shutil
import subprocess
import tracemalloc
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.proof import archive
from ledger.proof.archive import Archive, Limits, Opened, check_name
from ledger.proof.merkle import Damaged

LIMITS = Limits()
SAMPLE = {
    "log/checkpoint": b"a note\n",
    "log/tile/0/000.p/2": bytes(range(64)),
    "empty.txt": b"",
    "disclosures.jsonl": '{"index":0}\n{"名":1}\n'.encode(),
    "none.jsonl": b"",
    "manifest.json": b"{}",
}


def pieces(data: bytes, length: int = 7) -> list[bytes]:
    return [data[at : at + length] for at in range(0, len(data), length)]


def written(members: Mapping[str, bytes], limits: Limits = LIMITS) -> bytes:
    made = Archive(limits)
    steps = [
        made.stream(name, pieces(data)) if name.endswith(".jsonl") else made.member(name, data) for name, data in members.items()
    ]
    return b"".join(piece for step in (*steps, made.end()) for piece in step)


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    file: Path = tmp_path_factory.mktemp("archive") / "bundle.zip"
    file.touch()
    return file


def found(path: Path, data: bytes, limits: Limits = LIMITS) -> list[str]:
    """What is said of a file with these bytes, on opening it or after it."""
    with path.open("r+b") as file:  # one file for all: thousands of new ones take their time
        file.write(data)
        file.truncate()
    return found_in(path, limits)


def found_in(path: Path, limits: Limits = LIMITS) -> list[str]:
    try:
        with Opened(path, limits) as opened:
            return [str(one) for one in opened.wrong()]
    except Damaged as damage:
        return [str(damage)]


def contents(path: Path, limits: Limits = LIMITS) -> dict[str, bytes]:
    with Opened(path, limits) as opened:
        return {name: opened.read(name) for name in opened.names}


# --- what is written -------------------------------------------------------------------------------------------------


def test_what_is_written_is_read_back_and_nothing_is_wrong(path):
    assert found(path, written(SAMPLE)) == []
    assert contents(path) == SAMPLE


def test_the_bytes_are_those_of_the_format_to_the_last_one():
    said = bytes.fromhex(
        # a whole member: header, name, content
        "504b0304 2d00 0000 0000 0000 2100 20303a36 03000000 03000000 0100 0000 61 616263"
        # a streamed one: its header with the empty ZIP64 field, name, content, and what follows it
        "504b0304 2d00 0800 0000 0000 2100 00000000 ffffffff ffffffff 0700 1400 622e6a736f6e6c"
        "0100 1000 0000000000000000 0000000000000000 616263"
        "504b0708 20303a36 0300000000000000 0300000000000000"
    ).replace(bytes.fromhex("20303a36"), bytes.fromhex("c2412435"))  # the CRC-32 of abc is 352441c2
    directory = bytes.fromhex(
        "504b0102 2d03 2d00 0000 0000 0000 2100 c2412435 03000000 03000000 0100 0000 0000 0000 0000 0000a481 00000000 61"
        "504b0102 2d03 2d00 0800 0000 0000 2100 c2412435 ffffffff ffffffff 0700 1400 0000 0000 0000 0000a481 22000000"
        "622e6a736f6e6c 0100 1000 0300000000000000 0300000000000000"
    )
    end = b"PK\5\6" + bytes(4) + b"\2\0\2\0" + len(directory).to_bytes(4, "little") + len(said).to_bytes(4, "little") + b"\0\0"
    assert written({"a": b"abc", "b.jsonl": b"abc"}) == said + directory + end


def test_how_a_stream_is_cut_leaves_no_trace():
    def streamed(*chunks: bytes) -> bytes:
        made = Archive()
        return b"".join([*made.stream("a.jsonl", chunks), *made.end()])

    assert streamed(b"one\ntwo\n") == streamed(b"one", b"", b"\ntwo\n")


def test_an_empty_container_is_one_too(path):
    assert found(path, written({})) == []
    assert contents(path) == {}


NAMES = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,3}(/[a-z0-9][a-z.]{0,2}){0,2}(\.jsonl)?", fullmatch=True)
MEMBERS = st.dictionaries(NAMES, st.binary(max_size=200), max_size=6)
LIMITED = st.sampled_from([LIMITS, Limits(members=2), Limits(bytes=120), Limits(members=1, bytes=1)])


@given(MEMBERS, LIMITED)
def test_zipfile_reads_every_container(members, limits):
    with zipfile.ZipFile(io.BytesIO(written(members, limits))) as opened:
        assert opened.testzip() is None
        assert {name: opened.read(name) for name in opened.namelist()} == members
        assert opened.namelist() == list(members)
        assert all(one.compress_type == zipfile.ZIP_STORED for one in opened.infolist())


@given(MEMBERS, LIMITED)
def test_every_container_is_read_back(path, members, limits):
    assert found(path, written(members, limits), limits) == []
    assert contents(path, limits) == members


@pytest.mark.skipif(shutil.which("unzip") is None, reason="there is no unzip here")
@pytest.mark.parametrize("limits", [Limits(), Limits(members=2), Limits(bytes=120)])
def test_unzip_reads_it(path, limits):
    path.write_bytes(written(SAMPLE, limits))
    done = subprocess.run(["unzip", "-t", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No errors detected" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("count", [65_534, 65_535, 66_000])
def test_more_members_than_a_short_number_counts(path, count):
    data = written({f"log/tile/{number}": b"%d" % number for number in range(count)})
    assert (b"PK\6\6" in data) == (count >= 65_535)
    assert found(path, data) == []
    with zipfile.ZipFile(path) as opened:
        assert len(opened.namelist()) == count
        assert opened.read(f"log/tile/{count - 1}") == b"%d" % (count - 1)


def test_neither_writing_nor_reading_a_stream_holds_it_in_memory(path):
    line = b"x" * 65_535 + b"\n"

    def lines() -> Iterator[bytes]:
        return (line for _ in range(400))  # 25 MB

    def drained(steps: Iterable[object]) -> None:
        for _ in steps:
            pass

    tracemalloc.start()
    try:
        with path.open("wb") as file:
            made = Archive()
            file.writelines(made.stream("a.jsonl", lines()))
            file.writelines(made.end())
        with Opened(path) as opened:
            drained(opened.wrong())
            drained(opened.stream("a.jsonl"))
            drained(opened.lines("a.jsonl"))
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "name",
    ["", "/etc/passwd", "../x", "a/../b", "a/./b", "a//b", "a/", ".hidden", "a\\b", "C:x", "a b", "名", "a\0", "a\n", "x" * 256],
)
def test_an_unsafe_name_is_neither_written_nor_read(path, name):
    with pytest.raises(ValueError, match="is no name for a member"):
        check_name(name)
    with pytest.raises(ValueError, match="is no name for a member"):
        list(Archive().member(name, b""))
    with zipfile.ZipFile(path, "w") as other:
        other.writestr(zipfile.ZipInfo(name), b"")
    assert found(path, path.read_bytes()) != []


def test_a_name_is_written_once():
    made = Archive()
    list(made.member("a", b""))
    with pytest.raises(ValueError, match="there is a member a already"):
        list(made.member("a", b""))
    list(made.stream("a.jsonl", []))
    with pytest.raises(ValueError, match=r"there is a member a\.jsonl already"):
        list(made.stream("a.jsonl", []))


def test_the_name_tells_whether_a_member_is_streamed():
    with pytest.raises(ValueError, match="is to be streamed"):
        list(Archive().member("a.jsonl", b""))
    with pytest.raises(ValueError, match="is not to be streamed"):
        list(Archive().stream("a.json", []))


# --- reading ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def opened(path) -> Iterator[Opened]:
    path.write_bytes(written(SAMPLE))
    with Opened(path) as one:
        yield one


def test_names_come_in_the_order_of_the_file(opened):
    assert opened.names == list(SAMPLE)
    assert "empty.txt" in opened
    assert "log" not in opened
    assert opened.size("log/tile/0/000.p/2") == 64


def test_a_missing_member_is_damage_and_not_a_slip_of_ours(opened):
    for read in (opened.read, opened.size, lambda name: list(opened.stream(name)), lambda name: list(opened.lines(name))):
        with pytest.raises(Damaged, match="log/tile: is missing"):
            read("log/tile")


def test_nothing_longer_than_allowed_is_read_at_once(opened):
    assert opened.read("log/checkpoint", 7) == b"a note\n"
    with pytest.raises(Damaged, match="log/checkpoint: has 7 bytes, more than 6"):
        opened.read("log/checkpoint", 6)


def test_two_streams_can_be_read_by_turns(opened):
    both = zip(opened.lines("disclosures.jsonl"), opened.lines("disclosures.jsonl"), strict=True)
    assert [(one, opened.read("manifest.json"), other) for one, other in both] == [
        (line, b"{}", line) for line in SAMPLE["disclosures.jsonl"].splitlines()
    ]


@given(st.lists(st.binary(max_size=9).map(lambda line: line.replace(b"\n", b"\r")), max_size=9), st.integers(1, 12))
def test_lines_are_what_stands_between_line_feeds(path, lines, piece_bytes):
    path.write_bytes(written({"a.jsonl": b"".join(line + b"\n" for line in lines)}))
    with pytest.MonkeyPatch.context() as patch, Opened(path) as opened:
        patch.setattr(archive, "_PIECE_BYTES", piece_bytes)
        assert list(opened.lines("a.jsonl")) == lines


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"1234\n12345\n", "a line of more than 4 bytes"), (b"12345", "a line of more than"), (b"1234\n123", "last line is cut off")],
)
def test_a_line_ends_and_is_not_too_long(path, data, reason):
    path.write_bytes(written({"a.jsonl": data}))
    with Opened(path) as opened, pytest.raises(Damaged, match=reason):
        list(opened.lines("a.jsonl", 4))


def test_all_contents_can_be_watched_in_the_pass_that_checks_them(opened):
    digests = {name: hashlib.sha256() for name in SAMPLE}
    assert list(opened.wrong(lambda name, piece: digests[name].update(piece))) == []
    assert {name: one.digest() for name, one in digests.items()} == {
        name: hashlib.sha256(data).digest() for name, data in SAMPLE.items()
    }


# --- spoiled files ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limits", [Limits(), Limits(members=1, bytes=1)])
def test_no_bit_can_be_flipped_unseen(path, limits):
    good = written(SAMPLE, limits)
    assert found(path, good, limits) == []
    unseen = []
    with path.open("r+b", buffering=0) as file:
        for at, byte in enumerate(good):
            for bit in range(8):
                file.seek(at)
                file.write(bytes([byte ^ 1 << bit]))
                if not found_in(path, limits):
                    unseen.append((at, bit))
            file.seek(at)
            file.write(bytes([byte]))
    assert unseen == []
    assert path.read_bytes() == good


def test_it_can_be_cut_nowhere(path):
    good = written(SAMPLE)
    assert [length for length in range(len(good)) if not found(path, good[:length])] == []


def test_a_byte_fits_in_nowhere(path):
    good = written(SAMPLE)
    assert [at for at in range(len(good)) if not found(path, good[:at] + good[at : at + 1] + good[at:])] == []
    assert found(path, good + b"\0") != []


@given(MEMBERS, LIMITED, st.data())
def test_whatever_is_changed_cut_or_added_is_found(path, members, limits, data):
    good = written(members, limits)
    at = data.draw(st.integers(0, len(good) - 1))
    change = data.draw(st.sampled_from(["byte", "cut", "take out", "put in", "double"]))
    until = data.draw(st.integers(at + 1, len(good)))
    match change:
        case "byte":
            spoiled = good[:at] + bytes([good[at] ^ data.draw(st.integers(1, 255))]) + good[at + 1 :]
        case "cut":
            spoiled = good[:at]
        case "take out":
            spoiled = good[:at] + good[until:]
        case "put in":
            spoiled = good[:at] + data.draw(st.binary(min_size=1, max_size=40)) + good[at:]
        case "double":
            spoiled = good[:until] + good[at:until] + good[until:]
    assert found(path, spoiled, limits) != []


@given(st.binary(max_size=300))
def test_no_bytes_at_all_raise_anything_but_damage(path, data):
    assert found(path, data) != []
    end = b"PK\5\6" + bytes(4)
    assert found(path, data + end + data[:14].ljust(14, b"\xff")) != []


@given(st.lists(st.integers(0, 2**64 - 1), min_size=4, max_size=4), st.integers(0, 2))
def test_no_number_of_the_end_leads_astray(path, numbers, members):
    """The ZIP64 end says any number of members, bytes and offsets whatever: none is allocated, sought or waited for."""
    good = written({f"{n}": b"x" for n in range(members)}, Limits(members=0))
    at = good.index(b"PK\6\6") + 24
    spoiled = good[:at] + b"".join(number.to_bytes(8, "little") for number in numbers) + good[at + 32 :]
    assert found(path, good, Limits(members=0)) == []
    assert (found(path, spoiled, Limits(members=0)) == []) == (spoiled == good)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"log/checkpoint", b"../checkpoint!", "is no name for a member"),
        (b"log/checkpoint", b"/og/checkpoint", "is no name for a member"),
        (b"manifest.json", b"empty.txt.jso", None),
        (b"empty.txt", b"empty_txt", None),
        (b"a note\n", b"a nose\n", "log/checkpoint: its checksum is wrong"),
    ],
)
def test_a_name_changed_everywhere_stays_a_safe_one(path, old, new, reason):
    """Header and directory agree here: what is left is another container, good by itself, or it is refused by its names."""
    told = found(path, written(SAMPLE).replace(old, new))
    assert (told == []) if reason is None else (reason in told[0])


def test_a_name_that_is_there_twice_is_named(path):
    spoiled = written({"one.txt": b"1", "two.txt": b"2"}).replace(b"two.txt", b"one.txt")
    assert found(path, spoiled) == ["one.txt: is there twice"]


def test_every_damage_is_told_and_not_the_first_alone(path):
    good = written(SAMPLE)
    spoiled = good.replace(b"a note\n", b"a nose\n").replace(b'{"index":0}', b'{"index":1}')
    spoiled = spoiled.replace(b"PK\3\4\x2d\0\0\0\0\0\0\0\x21\0", b"PK\3\4\x14\0\0\0\0\0\0\0\x21\0")
    spoiled = spoiled.replace(b"PK\7\x08", b"PK\x08\7")
    header, behind, sum_ = (
        "its header is not the one that belongs to it", "what follows its content does not belong to it", "its checksum is wrong",
    )  # fmt: skip
    assert found(path, spoiled) == [
        f"log/checkpoint: {header}", f"log/checkpoint: {sum_}", f"log/tile/0/000.p/2: {header}", f"empty.txt: {header}",
        f"disclosures.jsonl: {sum_}", f"none.jsonl: {behind}", f"manifest.json: {header}",
    ]  # fmt: skip


def test_reading_a_content_checks_it_as_well(path):
    path.write_bytes(written(SAMPLE).replace(b"a note\n", b"a nose\n"))
    with Opened(path) as opened, pytest.raises(Damaged, match="log/checkpoint: its checksum is wrong"):
        opened.read("log/checkpoint")


def foreign(**options: object) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", **options) as other:  # type: ignore[call-overload]
        for name, data in SAMPLE.items():
            other.writestr(zipfile.ZipInfo(name), data)
    return file.getvalue()


def with_comment() -> bytes:
    good = written(SAMPLE)
    return good[:-2] + b"\5\0hello"


def zip64_without_need() -> bytes:
    return written(SAMPLE, Limits(members=2))


@pytest.mark.parametrize(
    "data",
    [foreign(), foreign(compression=zipfile.ZIP_DEFLATED), with_comment(), zip64_without_need(), b"#!/bin/sh\n" + written(SAMPLE)],
    ids=["another writer", "compressed", "a comment", "ZIP64 without need", "something before it"],
)
def test_another_spelling_of_the_same_contents_is_refused(path, data):
    with zipfile.ZipFile(io.BytesIO(data)) as readable:
        assert {name: readable.read(name) for name in readable.namelist()} == SAMPLE
    assert found(path, data) != []


def test_a_missing_file_is_no_damage(tmp_path):
    with pytest.raises(FileNotFoundError):
        Opened(tmp_path / "none.zip")


def test_a_refused_file_is_closed_again(path):
    """An open file that is left behind would warn, and warnings are errors here."""
    path.write_bytes(b"no zip")
    with pytest.raises(Damaged, match="zip: is too short to be one"):
        Opened(path)
