"""B: bodies that are no request, or too much of one."""

import gzip
import json
import time
from collections.abc import Iterator
from typing import Any

from ledger.web.messages import BATCH_BYTES_MAX, ENTRY_BYTES_MAX
from tests.actions.scene import patent, patent_id
from tests.attacks.stage import Answers, Attack, Book, Foe, Stage
from tests.schemas.examples import BODIES

attack = Book("B")

HERE, BATCH, DRY = "/v1/entries", "/v1/entries/batch", "/v1/entries?dry_run=true"
PATIENCE_SECONDS = 15  # for any one body, on a machine that does something else besides
TITLED: dict[str, Any] = {"kind": "patent", "centre": "c1", "body": patent(60)[1]}


def recorder(stage: Stage) -> Foe:
    return stage.foe("recorder", "c1")


def titled(title: str) -> dict[str, Any]:
    return TITLED | {"body": TITLED["body"] | {"title": title}}


def raw(stage: Stage, bodies: Iterator[bytes] | list[bytes]) -> Answers:
    foe = recorder(stage)
    for body in bodies:
        for path in (HERE, BATCH):
            begun = time.monotonic()
            yield foe.post(path, raw=body)
            assert time.monotonic() - begun < PATIENCE_SECONDS


def batch(*items: object) -> bytes:
    return json.dumps({"entries": items}).encode()


@attack("what is not JSON: cut short, two values, comments, NaN, raw control characters, null bytes, nothing", by="a recorder",
        answers="400 malformed")  # fmt: skip
def no_json(stage: Stage) -> Answers:
    return raw(stage, [
        b"", b" ", b"{", b'{"kind"', b"{} {}", b"{'a': 1}", b'{"a": 1,}', b'{"a": 1} // x', b'{"a": NaN}', b'{"a": -Infinity}',
        b'{"a": "\n"}', b"\x00", b'{"a": "\x00"}', b"kind=patent", b"<entry/>", b"\x80\x04\x95K\x01.",
        b"---\na: !!python/object:os.system",
    ])  # fmt: skip


@attack("text in another encoding, overlong UTF-8, a byte order mark, half a surrogate pair", by="a recorder",
        answers="400 malformed")
def encodings(stage: Stage) -> Answers:
    return raw(stage, [
        '{"a": "专利"}'.encode("gb18030"), '{"a": 1}'.encode("utf-16"), '{"a": 1}'.encode("utf-32"), b"\xef\xbb\xbf{}",
        b'{"a": "\xc0\xaf"}', b'{"a": "\xe0\x80\xaf"}', b'{"a": "\xf8\x88\x80\x80\x80"}', b'{"a": "\xed\xa0\x80"}',
        b'{"a": "\xff"}',
        b'{"a": "\\ud800"}', b'{"\\udfff": 1}', b'{"a": "\\udc00\\ud800"}',
    ])  # fmt: skip


@attack("a name twice in one object, to be read one way here and another way there", by="a recorder", answers="400 malformed")
def doubled_names(stage: Stage) -> Answers:
    return raw(stage, [
        b'{"centre": "c1", "centre": "c2"}', b'{"kind": "patent", "body": {"title": "a", "title": "b"}}',
        b'{"entries": [{"kind": "patent", "kind": "licence"}]}', b'{"a": 1, "\\u0061": 2}',
    ])  # fmt: skip


@attack("nested 100 000 deep; numbers of 100 000 digits", by="a recorder", answers="400 malformed")
def bombs(stage: Stage) -> Answers:
    depth = 100_000
    return raw(stage, [
        b"[" * depth, b"[" * depth + b"]" * depth, b'{"a":' * depth + b"1" + b"}" * depth, b'{"a": [' * depth,
        b'{"a": ' + b"9" * depth + b"}",
        b'{"a": -' + b"9" * depth + b"}",
    ])  # fmt: skip


@attack("numbers that are infinite, tiny or not whole where others are meant: 1e400, -0.0, 1e-400, 36.0, 2^64", by="a recorder",
        answers="422 invalid")  # fmt: skip
def numbers(stage: Stage) -> Answers:
    foe = recorder(stage)
    for number in ("1e400", "-1e400", "-0.0", "1e-400", "36.0", str(2**64), "0.1", "true", "1E5", "-1", "0"):
        body = json.dumps(BODIES["licence"] | {"term_months": "HERE", "amount": "HERE"}).replace('"HERE"', number)
        yield foe.post(DRY, raw=b'{"kind": "licence", "centre": "c1", "body": %s}' % body.encode())


@attack("a million names in one object; names that an unseeded hash would put into one bucket", by="a recorder",
        answers="422 invalid")
def many_names(stage: Stage) -> Answers:
    foe = recorder(stage)
    for body in (
        b"{%s}" % b",".join(b'"k%d":1' % number for number in range(1_000_000)),
        b'{"entries": [{"kind": "patent", "centre": "c1", "body": {%s}}]}'
        % b",".join(b'"%d":0' % (n * (2**61 - 1)) for n in range(300_000)),
    ):  # fmt: skip
        begun = time.monotonic()
        yield foe.post(BATCH, raw=body)
        assert time.monotonic() - begun < PATIENCE_SECONDS
        assert len(foe.last.data) < 2**16


@attack("more than a batch may hold: 10 001 entries, or 100 001 lines", by="a recorder", answers="422 invalid")
def too_many(stage: Stage) -> Answers:
    foe = recorder(stage)
    lines = {"kind": "licence", "centre": "c1", "body": {"lines": [1] * 2000}}
    for items in ([TITLED] * 10_001, [1] * 10_001, [lines] * 51, [lines] * 5000):
        begun = time.monotonic()
        yield foe.post(BATCH, raw=batch(*items))
        assert time.monotonic() - begun < PATIENCE_SECONDS
        assert len(foe.last.data) < 2**16


@attack("as many mistakes as a batch has room for", by="a recorder", answers="422 invalid")
def many_mistakes(stage: Stage) -> Answers:
    foe = recorder(stage)
    evidence = {"kind": "patent", "centre": "c1", "body": {}, "evidence": [1] * 100}
    begun = time.monotonic()
    yield foe.post(BATCH, raw=batch(*[evidence] * 1500))
    assert time.monotonic() - begun < PATIENCE_SECONDS
    # Told up to a limit that no batch meant in earnest comes near.
    assert 50_000 <= len(foe.last.json["errors"]) < 51_000  # type: ignore[index]


@attack("bodies beyond 2 MiB for an entry and 32 MiB for a batch", by="a recorder", answers="413 too-large")
def too_large(stage: Stage) -> Answers:
    foe = recorder(stage)
    yield foe.post(HERE, raw=b" " * (ENTRY_BYTES_MAX + 1))
    yield foe.post(BATCH, raw=b" " * (BATCH_BYTES_MAX + 1))
    yield foe.post("/session", raw=b'{"token": "%s"}' % (b"A" * 100_000))


@attack("a body packed with gzip, deflate or brotli, a bomb of gzip among them", by="a recorder",
        answers="415 unsupported-media-type")
def packed(stage: Stage) -> Answers:
    foe = recorder(stage)
    bomb = gzip.compress(b"[" * 2**24)
    for coding in ("gzip", "deflate", "br", "x-gzip", "gzip, gzip", "identity, gzip", "zstd"):
        yield foe.post(HERE, raw=bomb, Content_Encoding=coding)


@attack("another media type, a form, a multipart, two media types, another charset", by="a recorder",
        answers="415 unsupported-media-type")  # fmt: skip
def media_types(stage: Stage) -> Answers:
    foe = recorder(stage)
    for media_type in ("", "text/plain", "text/json", "application/xml", "application/x-www-form-urlencoded",
                       "multipart/form-data; boundary=x",
                       "application/json; charset=utf-7", "application/json, text/plain", "application/problem+json", "\x00",
                       "application/json;charset=utf-8;charset=gbk\"", "application/" + "j" * 4000):  # fmt: skip
        yield foe.post(HERE, TITLED, Content_Type=media_type)


@attack("text that is code elsewhere: SQL, HTML, templates, formats, shells, formulas of a spreadsheet", by="a recorder",
        answers="200, the same text")  # fmt: skip
def code_as_text(stage: Stage) -> Answers:
    foe = recorder(stage)
    for title in (
        "'; DROP TABLE entry; --", "\" OR \"\"=\"", "1) UNION SELECT hash FROM token --", "%' ESCAPE '!",
        "<script>alert(1)</script>",
        "</script><svg onload=alert(1)>", "javascript:alert(1)", "{{ 7*7 }}", "${jndi:ldap://x/a}", "%s%n%p", "{0.__class__}",
        "`id`", "$(id)",
        "; rm -rf /", "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "=HYPERLINK(\"http://x\",\"y\")", "\\", "\\u0000", "null",
        "[object Object]",
    ):  # fmt: skip
        told = foe.post(DRY, titled(title))
        yield f"{told}, the same text" if foe.last.json["body"]["title"] == title else f"{told}, but {foe.last.json}"  # type: ignore[index]


@attack("control characters, ends of lines, marks that turn the direction of writing, marks that cannot be seen", by="a recorder",
        answers="422 invalid")  # fmt: skip
def unseen(stage: Stage) -> Answers:
    foe = recorder(stage)
    for sign in ("\0", "\x07", "\x1b[2J", "\r\n", "\n", "\t", "\x7f", "\x85", "\u2028", "\u2029", "\u202e", "\u2066", "\u200e",
                 "\u061c",
                 "\u200b", "\u2060", "\ufeff", "\u00ad", "\U000e0041", "\ufff9"):  # fmt: skip
        yield foe.post(DRY, titled(f"a{sign}b"))
        yield foe.post(DRY, {"kind": "licence", "centre": "c1", "body": BODIES["licence"] | {"deal_no": f"L{sign}1"}})


@attack("thousands of combining marks on one letter; text that grows when it is composed; text without an end", by="a recorder",
        answers="422 invalid")  # fmt: skip
def heavy_text(stage: Stage) -> Answers:
    foe = recorder(stage)
    for title in ("a" + "\u0301\u0316" * 200_000, "\u0958" * 100_000, "\ufb2c" * 200, "字" * 201, "\u3000" * 600_000,
                  "=" * 2_000_000):
        begun = time.monotonic()
        yield foe.post(DRY, raw=json.dumps(titled(title), ensure_ascii=False).encode())
        assert time.monotonic() - begun < PATIENCE_SECONDS


@attack("identifiers in look-alike letters: Cyrillic, full width, digits of other scripts", by="a recorder",
        answers="422 invalid · 200, in the one spelling")  # fmt: skip
def look_alikes(stage: Stage) -> Answers:
    foe = recorder(stage)
    good = patent_id(60)
    wide = "".join(chr(ord(sign) + 0xFEE0) if sign.isalnum() else sign for sign in good)
    for spelt in ("С" + good[1:], good.replace("0", "О"), good.replace("0", "٠"), good.replace("0", "০"), good.replace("0", "𝟎"),
                  wide):
        told = foe.post(DRY, TITLED | {"body": TITLED["body"] | {"patent_id": spelt}})
        is_read = told == "200" and foe.last.json["body"]["patent_id"] == good  # type: ignore[index]
        yield "200, in the one spelling" if is_read else told


@attack("values of another type: an operator object for a text, a list for an object, truth values for numbers", by="a recorder",
        answers="422 invalid")  # fmt: skip
def types(stage: Stage) -> Answers:
    foe = recorder(stage)
    for value in (None, True, 0, 1.5, [], ["L-1"], {}, {"$ne": None}, {"$gt": ""}):
        yield foe.post(HERE, {"kind": "licence", "centre": "c1", "body": BODIES["licence"] | {"deal_no": value}})
        yield foe.post(HERE, {"kind": "licence", "centre": "c1", "body": value})
        yield foe.post(HERE, {"kind": value, "centre": "c1", "body": {}})
        yield foe.post(BATCH, {"entries": value})
        yield foe.post(BATCH, {"entries": [value]})


BODIES_OF: list[Attack] = attack.attacks
