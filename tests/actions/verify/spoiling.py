"""Ways to spoil a bundle, and what a verifier has to say of each.

A twin is made from a good draft by somebody who may rewrite every file but has not the key, or (the log itself) has it too. All
that follows from a change and needs no key is brought up to date: digests in the manifest, the container around it. What must be
named is a check, a code, and where there is one the file and the entry.
"""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any, NamedTuple

import rfc8785

from ledger.proof import leaves
from ledger.proof.merkle import leaf_hash
from ledger.proof.tiles import Tile, entry_bundle
from tests.bundles import Draft, Files, base64_of, chained, disclosure_of, log_files, packed, salt_of, sealed
from tests.proof.signers import LOG, ORIGIN, Signer

MALLORY = Signer(ORIGIN, b"\x66" * 32)
STRANGER = Signer("elsewhere.example/log", b"\x01" * 32)


class Named(NamedTuple):
    """What a report must name; a file or entry of None is not looked at."""

    check: str
    code: str
    file: str | None = None
    entry: int | None = None


Spoil = Callable[[Draft], bytes]
Twin = tuple[str, Spoil, tuple[Named, ...]]


# --- tools ---------------------------------------------------------------------------------------------------------------


def index_of(draft: Draft, number: str) -> int:
    """The entry that says a deal number first."""
    return next(e.index for e in draft.entries if getattr(e.fact, "deal_no", None) == number)


def nth_own(draft: Draft, seq: int, stream: str = "c1") -> int:
    return next(entry.index for entry in draft.entries if entry.centre == stream and entry.seq == seq)


def on_files(change: Callable[[Files], None], *, seal: bool = True) -> Spoil:
    """A change of the finished files."""

    def spoil(draft: Draft) -> bytes:
        files = draft.files()
        change(files)
        return packed(sealed(files) if seal else files)

    return spoil


def content(name: str, change: Callable[[bytes], bytes], *, seal: bool = True) -> Spoil:
    """A change of one file."""
    return on_files(lambda files: files.update({name: change(files[name])}), seal=seal)


def on_json(name: str, change: Callable[[Any], None]) -> Spoil:
    def edit(data: bytes) -> bytes:
        value = json.loads(data)
        change(value)
        return rfc8785.dumps(value)

    return content(name, edit)


def on_draft(change: Callable[[Draft], None]) -> Spoil:
    """A change of the draft, so that all that follows is made anew and signed by whoever signs."""

    def spoil(draft: Draft) -> bytes:
        draft = deepcopy(draft)
        change(draft)
        return draft.packed()

    return spoil


def rechained(draft: Draft, texts: dict[int, str] | None = None) -> None:
    """All leaves anew, with some disclosures exchanged."""
    told = {entry.index: disclosure_of(entry) for entry in draft.entries} | (texts or {})
    draft.log = chained(draft.entries, [told[entry.index] for entry in draft.entries])
    draft.disclosures = [(index, told[index]) for index, _ in draft.disclosures]


def leaf_with(leaf: bytes, **told: Any) -> bytes:
    return rfc8785.dumps(json.loads(leaf) | told)


def raised(value: dict[str, Any]) -> None:
    value["body"]["amount"] = "9999.00"


def flip(data: bytes, at: int = -1) -> bytes:
    at = at % len(data)
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


# --- entries -------------------------------------------------------------------------------------------------------------


def drop(draft: Draft) -> None:
    draft.disclosures = [one for one in draft.disclosures if one[0] != index_of(draft, "L-3")]


def double(draft: Draft) -> None:
    place = [index for index, _ in draft.disclosures].index(index_of(draft, "L-3"))
    draft.disclosures.insert(place, draft.disclosures[place])


def swap(draft: Draft) -> None:
    place = [index for index, _ in draft.disclosures].index(index_of(draft, "L-1"))
    held = draft.disclosures
    held[place], held[place + 1] = held[place + 1], held[place]


def alter(draft: Draft) -> None:
    index = index_of(draft, "L-1")
    text = draft.rewrite(index, raised)
    draft.disclosures = [(i, text if i == index else t) for i, t in draft.disclosures]


def alter_with_its_leaf(draft: Draft) -> None:
    alter(draft)
    index = index_of(draft, "L-1")
    draft.log[index] = leaf_with(draft.log[index], _sd=[leaves.digest(dict(draft.disclosures)[index])])


def alter_and_leave_the_tiles(draft: Draft) -> bytes:
    good, draft = draft.files(), deepcopy(draft)
    alter_with_its_leaf(draft)
    files = draft.files()
    return packed(sealed({**files, **{name: good[name] for name in good if "/tile/0" in name or name == "log/checkpoint"}}))


def alter_and_leave_the_checkpoint(draft: Draft) -> bytes:
    good, draft = draft.files(), deepcopy(draft)
    alter_with_its_leaf(draft)
    return packed(sealed({**draft.files(), "log/checkpoint": good["log/checkpoint"]}))


def alter_and_chain_anew(draft: Draft, signer: Signer = MALLORY) -> None:
    index = index_of(draft, "L-1")
    rechained(draft, {index: draft.rewrite(index, raised)})
    draft.signers = (signer,)


def disclose_another(draft: Draft) -> None:
    """The disclosure of one own entry under the index of another."""
    here, there = index_of(draft, "L-3"), index_of(draft, "L-1")
    told = dict(draft.disclosures)
    draft.disclosures = [(i, told[there] if i == here else t) for i, t in draft.disclosures]


def salt_anew(draft: Draft) -> None:
    index = index_of(draft, "L-3")
    text = leaves.disclosure(leaves.opened(dict(draft.disclosures)[index]), salt_of(index + 1_000_000))
    draft.disclosures = [(i, text if i == index else t) for i, t in draft.disclosures]


def slip_in(draft: Draft) -> None:
    """An entry of another centre that nothing in the manifest speaks of."""
    index = index_of(draft, "K-2")
    draft.disclosures = sorted([*draft.disclosures, (index, disclosure_of(draft.entries[index]))])


def hide_foreign(draft: Draft) -> None:
    first = draft.manifest["foreign"][0]
    draft.disclosures = [one for one in draft.disclosures if one[0] != first]


def hide_foreign_and_its_index(draft: Draft) -> None:
    """The record of S1, without which the firm is of unknown size."""
    index = next(e.index for e in draft.entries if getattr(e.fact, "party_id", None) == "S1")
    draft.disclosures = [one for one in draft.disclosures if one[0] != index]
    draft.manifest["foreign"].remove(index)


def disclose_beyond(draft: Draft) -> None:
    last = draft.entries[-1]
    draft.disclosures.append((last.index, disclosure_of(last)))


def disclose_nothing_there(draft: Draft) -> None:
    draft.disclosures.append((len(draft.log) + 5, draft.disclosures[-1][1]))


def with_value(change: Callable[[dict[str, Any]], None]) -> Spoil:
    """The log itself commits to another value of L-1, and signs."""

    def spoil(draft: Draft) -> None:
        index = index_of(draft, "L-1")
        rechained(draft, {index: draft.rewrite(index, change)})

    return on_draft(spoil)


# --- streams, signed by the log itself -------------------------------------------------------------------------------------


def on_leaf(change: Callable[[bytes], bytes], seq: int = 5) -> Spoil:
    """One leaf of c1 other than it must be, and those of its stream that follow as they were."""

    def spoil(draft: Draft) -> None:
        index = nth_own(draft, seq)
        draft.log[index] = change(draft.log[index])

    return on_draft(spoil)


def skip_a_number(draft: Draft) -> None:
    """Every number of c1 from the fifth on is one higher, and the chain holds."""
    prev = ""
    for entry in draft.entries:
        if entry.centre == "c1":
            seq = entry.seq + (entry.seq >= 5)
            draft.log[entry.index] = leaf_with(draft.log[entry.index], seq=seq, **({"prev": prev} if entry.seq else {}))
            prev = leaves._base64url(leaf_hash(draft.log[entry.index]))


def shorten(draft: Draft) -> None:
    """The last entry of c1 is not in the log, and everything else is as if it had never been."""
    last = max(entry.index for entry in draft.entries if entry.centre == "c1")
    rest = [entry for entry in draft.entries if entry.index != last]
    draft.log = chained(rest, [disclosure_of(entry) for entry in rest])


# --- the list ----------------------------------------------------------------------------------------------------------------


def head(**told: Any) -> Spoil:
    """A checkpoint that says something else."""
    return on_draft(lambda draft: draft.__dict__.update(told))


def manifest(**told: Any) -> Spoil:
    return on_json("manifest.json", lambda value: value.update(told))


def without(name: str) -> Spoil:
    return on_files(lambda files: files.__delitem__(name))


def cards(change: Callable[[Any], None]) -> Spoil:
    return on_json("scorecards.json", change)


def target(value: Any, id_: str, level: str = "recorded") -> dict[str, Any]:
    found: dict[str, Any] = next(row for row in value[level]["targets"] if row["id"] == id_)
    return found


def more_lenient(programme: bytes) -> bytes:
    return programme.replace(b'value = "3"', b'value = "2"')


def more_than_can_be(draft: Draft) -> bytes:
    """Whoever walks from here to the far end walks for ever."""
    draft = deepcopy(draft)
    draft.size = 2**53 - 1
    files = draft.files()
    far = Tile(None, 2**44)
    return packed(sealed({**files, f"log/{far.path}": entry_bundle(draft.log[:256])}))


def twins(draft: Draft) -> list[Twin]:
    """For a draft of c1's bundle in a log that goes on beyond known_at and has a tile above its leaves."""
    l1, l2, l3, k1, k2 = (index_of(draft, number) for number in ("L-1", "L-2", "L-3", "K-1", "K-2"))
    fifth, sixth = nth_own(draft, 5), nth_own(draft, 6)
    last = len(draft.log) - 1
    known_at = draft.manifest["known_at"]
    rest = f"0/001.p/{len(draft.log) - 256}"
    foreign = draft.manifest["foreign"]
    disclosures, figures, told = "disclosures.jsonl", "scorecards.json", "manifest.json"
    programme = "programmes/two-years.toml"
    return [
        # entries
        ("an own entry is dropped", on_draft(drop), (Named("disclosures", "withheld", disclosures, l3),)),
        ("an entry is doubled", on_draft(double), (Named("disclosures", "double", disclosures, l3),)),
        ("two entries are swapped", on_draft(swap), (Named("disclosures", "order", disclosures, l1),)),
        ("an entry is altered", on_draft(alter), (
            Named("disclosures", "digest", disclosures, l1), Named("figures", "differs", figures))),
        ("an entry is altered with its leaf", alter_and_leave_the_tiles, (
            Named("tree", "leaf-hash-differs", "log/tile/0/000", l1), Named("tree", "root-differs", "log/checkpoint"))),
        ("an entry is altered with its leaf and all tiles", alter_and_leave_the_checkpoint, (
            Named("tree", "root-differs", "log/checkpoint"), Named("streams", "prev", None, l2))),
        ("an entry is altered with the whole log, signed by somebody", on_draft(alter_and_chain_anew), (
            Named("signature", "not-signed", "log/checkpoint"),)),
        ("an entry is disclosed under another's index", on_draft(disclose_another), (Named("disclosures", "digest", None, l3),)),
        ("a salt is exchanged", on_draft(salt_anew), (Named("disclosures", "digest", disclosures, l3),)),
        ("a foreign entry is slipped in", on_draft(slip_in), (Named("disclosures", "undeclared", disclosures, k2),)),
        ("a foreign entry is left out, and still listed", on_draft(hide_foreign), (
            Named("disclosures", "foreign-missing", told, foreign[0]),)),
        ("a foreign entry is left out of the list", manifest(foreign=foreign[1:]), (
            Named("disclosures", "undeclared", disclosures, foreign[0]),)),
        ("a party that counts is withheld, list and all", on_draft(hide_foreign_and_its_index), (
            Named("figures", "differs", figures),)),
        ("an entry beyond known_at is disclosed", on_draft(disclose_beyond), (Named("disclosures", "beyond", disclosures, last),)),
        ("an entry is disclosed that is not in the log", on_draft(disclose_nothing_there), (
            Named("disclosures", "no-leaf", disclosures, last + 6),)),
        ("a line of the disclosures has a blank", on_files(lambda f: f.update(
            {disclosures: f[disclosures].replace(b'"index":%d}' % l3, b'"index": %d}' % l3)})), (
            Named("disclosures", "form", disclosures), Named("disclosures", "withheld", None, l3))),
        ("the last line of the disclosures is cut", content(disclosures, lambda data: data[:-9]), (
            Named("disclosures", "cut-off", disclosures),)),
        # what the log itself could do
        ("a value is committed to that is not normal", with_value(lambda v: v["body"].update(amount="400")), (
            Named("disclosures", "not-normal", disclosures, l1),)),
        ("a value is committed to that no kind has", with_value(lambda v: v.update(kind="gift")), (
            Named("disclosures", "unreadable", disclosures, l1),)),
        ("evidence is committed to that is no digest", with_value(lambda v: v.update(evidence=[{"sha256": "none"}])), (
            Named("disclosures", "not-normal", disclosures, l1),)),
        ("an instant is committed to that is not later", with_value(
            lambda v: v.update(recorded_at="2025-09-01T00:00:00.000000Z")), (
            Named("disclosures", "instant", disclosures, l1), Named("disclosures", "second", disclosures, l1))),
        ("a leaf is not canonical", on_leaf(lambda leaf: leaf.replace(b',"t"', b', "t"')), (
            Named("streams", "form", None, fifth),)),
        ("a number is skipped", on_draft(skip_a_number), (Named("streams", "gap", None, fifth),)),
        ("a number is repeated", on_leaf(lambda leaf: leaf_with(leaf, seq=4)), (
            Named("streams", "repeat", None, fifth), Named("streams", "gap", None, sixth))),
        ("a leaf names another one as the one before", on_leaf(lambda leaf: leaf_with(leaf, prev="A" * 43)), (
            Named("streams", "prev", None, fifth),)),
        ("a leaf comes from the past", on_leaf(lambda leaf: leaf_with(leaf, ts=1)), (
            Named("streams", "time", None, fifth), Named("disclosures", "second", disclosures, fifth))),
        ("a stream is shortened", on_draft(shorten), (Named("manifest", "differs", told), Named("disclosures", "digest"))),
        # head
        ("the head is signed by somebody", head(signers=(MALLORY,)), (
            Named("signature", "not-signed", "log/checkpoint"),)),
        ("the head is of another log", head(signers=(STRANGER,), origin=STRANGER.name), (
            Named("signature", "origin", "log/checkpoint"), Named("signature", "not-signed", "log/checkpoint"))),
        ("the head has another size", content(
            "log/checkpoint", lambda data: data.replace(b"\n%d\n" % (last + 1), b"\n%d\n" % last)), (
            Named("signature", "not-signed"), Named("tree", "extra-file", f"log/tile/{rest}"))),
        ("the head has another root", head(root=b"\x07" * 32, signers=(MALLORY,)), (
            Named("signature", "not-signed"), Named("tree", "root-differs"))),
        ("the log signs another root", head(root=b"\x07" * 32), (Named("tree", "root-differs", "log/checkpoint"),)),
        ("the log signs more than it gives", head(size=100_000), (Named("tree", "missing-file", "log/tile/0/001"),)),
        ("the log signs more than there can be", head(size=2**53 - 1), (Named("tree", "missing-file", "log/tile/0/001"),)),
        ("the log signs more than there can be, and has something of its end", more_than_can_be, (
            Named("tree", "missing-file", "log/tile/0/001"), Named("tree", "no-root", "log/checkpoint"))),
        ("the head is no note", content("log/checkpoint", lambda _: b"trust me\n"), (
            Named("signature", "unreadable", "log/checkpoint"),)),
        # tiles
        ("a leaf's hash in a tile is another", content("log/tile/0/000", lambda data: flip(data, 32 * l1)), (
            Named("tree", "leaf-hash-differs", "log/tile/0/000", l1),)),
        ("a hash above is another", content("log/tile/1/000.p/1", lambda data: flip(data)), (
            Named("tree", "tile-differs", "log/tile/1/000.p/1"),)),
        ("a tile is too short", content("log/tile/0/000", lambda data: data[:-32]), (
            Named("tree", "tile-length", "log/tile/0/000"),)),
        ("a bundle of entries is cut", content("log/tile/entries/000", lambda data: data[:-1]), (
            Named("tree", "bundle-unreadable", "log/tile/entries/000"),)),
        ("a bundle of entries is missing", without("log/tile/entries/000"), (
            Named("tree", "missing-file", "log/tile/entries/000"), Named("disclosures", "no-leaf", None, l1))),
        ("a tile of another size is there", on_files(lambda f: f.update(
            {**f, **log_files(draft.log[:270]), **{n: f[n] for n in f if not n.startswith("log/")}})), (
            Named("tree", "extra-file", "log/tile/0/001.p/14"),)),
        # files
        ("a file is added", on_files(lambda f: f.update({"readme.txt": b"hello"})), (
            Named("container", "extra-file", "readme.txt"),)),
        ("a file is hidden in the log", on_files(lambda f: f.update({"log/tile/extra": b"hello"})), (
            Named("container", "extra-file", "log/tile/extra"), Named("tree", "extra-file", "log/tile/extra"))),
        ("a second programme is there", on_files(lambda f: f.update({"programmes/other.toml": f[programme]})), (
            Named("container", "order", "programmes/other.toml"),)),
        ("files stand in another order", on_files(lambda f: f.update(policy=f.pop("policy.txt")) or f.update(
            {"policy.txt": f.pop("policy")})), (Named("container", "order", "policy.txt"),)),
        *((f"{name} is missing", without(name), (Named(check, "missing", name),)) for name, check in (
            ("log/checkpoint", "signature"), (disclosures, "disclosures"), ("policy.txt", "policy"), (programme, "programme"),
            (figures, "figures"))),
        ("the manifest is missing", on_files(lambda f: f.__delitem__(told), seal=False), (Named("manifest", "missing", told),)),
        # policy and programme
        ("the policy names another key", content("policy.txt", lambda data: data.replace(
            str(LOG.key).encode(), str(MALLORY.key).encode())), (Named("policy", "other-key", "policy.txt"),)),
        ("the policy has a remark", on_files(lambda f: f.update({"policy.txt": b"# quorum\n" + f["policy.txt"]})), (
            Named("policy", "spelling", "policy.txt"),)),
        ("the policy is no policy", content("policy.txt", lambda _: b"trust everybody\n"), (
            Named("policy", "unreadable", "policy.txt"),)),
        ("another programme is there", content(programme, more_lenient), (
            Named("programme", "digest", programme), Named("figures", "differs", figures))),
        ("the programme has a remark", content(programme, lambda data: data + b"# lenient\n"), (
            Named("programme", "spelling", programme),)),
        ("the programme is broken", content(programme, lambda data: data.replace(b"target", b"aim")), (
            Named("programme", "fault", programme),)),
        ("the programme is no TOML", content(programme, lambda _: b"[" * 100_000), (
            Named("programme", "fault", programme),)),
        ("the manifest names another programme", manifest(programme="province"), (
            Named("programme", "missing", "programmes/province.toml"),)),
        # figures
        ("a figure is changed", cards(lambda v: target(v, "times").update(value="5")), (Named("figures", "differs", figures),)),
        ("a verified figure is changed", cards(lambda v: target(v, "amount", "verified").update(value="9.99")), (
            Named("figures", "differs", figures),)),
        ("a target is called met", cards(lambda v: target(v, "loans").update(met=True)), (Named("figures", "differs", figures),)),
        ("a target is dropped", cards(lambda v: v["recorded"]["targets"].pop()), (Named("figures", "differs", figures),)),
        ("targets change places", cards(lambda v: v["attested"]["targets"].reverse()), (Named("figures", "differs", figures),)),
        ("a level is dropped", cards(lambda v: v.pop("verified")), (Named("figures", "differs", figures),)),
        ("the figures are of another day", cards(lambda v: v["recorded"].update(on="2027-01-01")), (
            Named("figures", "differs", figures),)),
        ("the figures echo another root", cards(lambda v: v["recorded"]["known_at"].update(root=base64_of(b"\0" * 32))), (
            Named("figures", "differs", figures),)),
        ("the figures echo another size", cards(lambda v: v["verified"]["known_at"].update(size=1)), (
            Named("figures", "differs", figures),)),
        ("the figures echo another instant", cards(
            lambda v: v["recorded"]["known_at"].update(recorded_at="2025-09-01T00:00:00.000001Z")), (
            Named("figures", "differs", figures),)),
        ("the figures are not canonical", content(figures, lambda data: data + b"\n"), (
            Named("figures", "spelling", figures),)),
        ("the figures are no JSON", content(figures, lambda _: b"{"), (Named("figures", "unreadable", figures),)),
        ("the figures are a list", content(figures, lambda _: b"[]"), (Named("figures", "differs", figures),)),
        # contested
        ("a contested line is taken off the list", manifest(contested=[]), (Named("figures", "differs", figures),)),
        ("a line is called contested that is not dated", manifest(
            contested=sorted([*draft.manifest["contested"], {"entry": nth_own(draft, 0), "line": 1, "by": k1}], key=str)), (
            Named("contested", "no-line", told, nth_own(draft, 0)),)),
        ("a good line is called contested", manifest(
            contested=[{"entry": l1, "line": 2, "by": k1}, *draft.manifest["contested"]]), (
            Named("figures", "differs", figures),)),
        ("a line is contested by its own centre", manifest(contested=[{"entry": l2, "line": 1, "by": l1}]), (
            Named("contested", "by-itself", told, l2),)),
        ("a line is contested by what comes later", manifest(contested=[{"entry": l2, "line": 1, "by": last}]), (
            Named("contested", "by-unknown", told, l2),)),
        # manifest
        ("the manifest is of another log", manifest(origin="elsewhere"), (Named("manifest", "differs", told),)),
        ("the manifest has another size", manifest(checkpoint={"size": 1, "root": base64_of(b"\0" * 32)}), (
            Named("manifest", "differs", told),)),
        ("the manifest has another digest of the programme", manifest(programme_digest="0" * 64), (
            Named("programme", "digest", programme),)),
        ("the manifest has another subject", manifest(subject="c2"), (
            Named("manifest", "differs", told), Named("disclosures", "withheld", disclosures, k1))),
        ("the manifest has another day", manifest(on="2025-10-15"), (Named("figures", "differs", figures),)),
        ("the manifest knows less", manifest(known_at=known_at - 1), (Named("disclosures", "beyond", disclosures, known_at - 1),)),
        ("the manifest knows more", manifest(known_at=last + 1), (Named("figures", "differs", figures),)),
        ("the manifest knows what is not there", manifest(known_at=last + 9), (Named("manifest", "beyond-head", told),)),
        ("the manifest counts other entries", manifest(streams=[{"stream": "c1", "entries": 1}]), (
            Named("manifest", "differs", told),)),
        ("the manifest leaves the stream out", manifest(streams=[]), (Named("manifest", "differs", told),)),
        ("the manifest lists foreign entries in disorder", manifest(foreign=foreign[::-1]), (
            Named("manifest", "not-ascending", told),)),
        ("the manifest has a new field", manifest(remark="all good"), (Named("manifest", "field-unknown", told),)),
        ("the manifest lacks a field", on_json(told, lambda v: v.__delitem__("contested")), (
            Named("manifest", "field-missing", told),)),
        ("the manifest has a field of another form", manifest(known_at=str(known_at)), (Named("manifest", "field-form", told),)),
        ("the manifest is of another version", manifest(v=2), (Named("manifest", "field-form", told),)),
        ("the manifest has another digest", on_files(lambda f: f.update({told: rfc8785.dumps(
            json.loads(f[told]) | {"digest": "0" * 64})}), seal=False), (Named("manifest", "differs", told),)),
        ("the manifest has another digest of a file", content("policy.txt", lambda _: b"quorum none\n", seal=False), (
            Named("manifest", "file-differs", "policy.txt"),)),
        ("the manifest is not canonical", on_files(lambda f: f.update({told: f[told] + b" "}), seal=False), (
            Named("manifest", "spelling", told),)),
        ("the manifest says a thing twice", on_files(lambda f: f.update({told: b'{"v":1,' + f[told][1:]}), seal=False), (
            Named("manifest", "unreadable", told),)),
        ("the manifest is nested without end", content(told, lambda _: b"[" * 100_000, seal=False), (
            Named("manifest", "unreadable", told),)),
    ]  # fmt: skip


