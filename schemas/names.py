"""Words and names on the wire: text of people, identifiers in their one spelling, digests, tokens.

Text is trimmed, composed (NFC) and one line long. Identifiers may come in any spelling that `ledger.facts.identifiers` reads and
leave in the canonical one, which is the one documented; check digits no pattern can state, so those fields have a `format` too.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar, Final

from ledger.facts.identifiers import normal_code, normal_ipc, normal_party_id, normal_patent_id
from ledger.facts.regions import normal_region
from ledger.facts.text import BadIdentifier
from schemas.errors import Words, Wrong, wrong
from schemas.fields import Wire

TEXT_MAX: Final = 200
LONG_TEXT_MAX: Final = 2000
REF_MAX: Final = 64

# Control characters, the ends of lines and paragraphs, the marks that turn the direction of writing around, and those that cannot
# be seen at all: with them a name on a page would read as another. Lone surrogates are no text.
_CONTROL: Final = (
    r"\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
)
_TAGS: Final = r"\U000e0000-\U000e007f"  # whole hidden sentences; not in the documented pattern, which knows no such escape
_BLANK: Final = r" \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"  # beside control characters, what str.strip takes away
_NO_TEXT: Final = re.compile(rf"[{_CONTROL}{_TAGS}\ud800-\udfff]")
TEXT_PATTERN: Final = rf"^[^{_CONTROL}]*[^{_CONTROL}{_BLANK}][^{_CONTROL}]*$"
_SHRINK_MAX: Final = 4  # NFC makes no text shorter than a quarter; normalising an endless one is work for nothing
_MARKS_MAX: Final = 30  # in a row on one letter (UAX 15, stream-safe text): putting more in order takes the square of their number


class Text(Wire):
    """Words of people: trimmed, NFC, one line."""

    def __init__(self, longest: int = TEXT_MAX, **told: Any) -> None:
        self.longest: Final = longest
        super().__init__({"type": "string", "minLength": 1, "maxLength": longest, "pattern": TEXT_PATTERN}, **told)

    def take(self, raw: Any) -> str:
        if type(raw) is not str:
            raise Wrong("须为文本", "This must be text")
        if raw.isascii() and raw.isprintable():
            text = raw.strip()
        elif _NO_TEXT.search(raw):
            raise Wrong("文本不得含控制字符或不可见字符", "The text must not hold control characters, or any that cannot be seen")
        else:
            text = raw.strip()
            if len(text) <= self.longest * _SHRINK_MAX:
                text = _composed(text)
        if not text:
            raise Wrong("不能为空", "This must not be empty")
        if len(text) > self.longest:
            raise Wrong(f"至多 {self.longest} 个字符", f"This has at most {self.longest} characters")
        return text


def _composed(text: str) -> str:
    run = 0
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        if run > _MARKS_MAX:
            raise Wrong("组合符号过多", "Too many combining marks stand together")
    return unicodedata.normalize("NFC", text).strip()


class LongText(Text):
    def __init__(self, **told: Any) -> None:
        super().__init__(LONG_TEXT_MAX, **told)


class Ref(Text):
    """A number or name by which a deal, loan, pool, statement, output, programme or metric is referred to."""

    def __init__(self, **told: Any) -> None:
        super().__init__(REF_MAX, **told)


class Named(Wire):
    """An identifier with one canonical spelling."""

    def spelt(self, text: str) -> str:
        """The one spelling. Raises BadIdentifier."""
        raise NotImplementedError

    def take(self, raw: Any) -> str:
        if type(raw) is not str:
            raise Wrong("须为文本", "This must be text")
        if len(raw) > TEXT_MAX:
            raise Wrong(f"至多 {TEXT_MAX} 个字符", f"This has at most {TEXT_MAX} characters")
        try:
            return self.spelt(raw)
        except BadIdentifier as error:
            raise wrong(error) from None


# A batch names the same parties and patents over and over. Only what was accepted is kept, that is short, and a worker lives long.
_REMEMBERED: Final = 2**12
_patent_id: Final = lru_cache(_REMEMBERED)(normal_patent_id)
_party_id: Final = lru_cache(_REMEMBERED)(normal_party_id)


class PatentId(Named):
    described: ClassVar[Mapping[str, Any]] = {
        "type": "string",
        "format": "patent-id",
        "pattern": r"^(?:CN(?:[0-9]{2}[12389][0-9]{5}|20[0-9]{2}[12389][0-9]{7})\.[0-9X]|[A-Z]{2,4}[0-9]{3,14}[A-Z][0-9]?"
        r"|PCT/[A-Z]{2}(?:[0-9]{4}/[0-9]{6}|[0-9]{2}/[0-9]{5}))$",
        "description": "Application number with its check digit, CN202010000001.1; a foreign patent as US11234567B2. "
        "Other spellings (ZL 2020 1 0000001.1) are accepted and answered in this one.",
    }

    def spelt(self, text: str) -> str:
        return _patent_id(text)


class PartyId(Named):
    described: ClassVar[Mapping[str, Any]] = {
        "type": "string",
        "format": "party-id",
        "pattern": rf"^(?:[0-9A-HJ-NP-RTUWXY]{{2}}[0-9]{{6}}[0-9A-HJ-NP-RTUWXY]{{10}}"
        rf"|(?:[A-Z]{{2}}|ORG|PER):[^{_CONTROL}{_BLANK}]{{1,64}})$",
        "description": "Unified social credit code of 18 characters, or XX:id with a two-letter country, ORG or PER in front. "
        "Individuals under opaque ids only.",
    }

    def spelt(self, text: str) -> str:
        return _party_id(text)


class Code(Named):
    described: ClassVar[Mapping[str, Any]] = {"type": "string", "pattern": r"^[a-z0-9][a-z0-9-]{1,30}$"}

    def spelt(self, text: str) -> str:
        return normal_code(text)


class Region(Named):
    described: ClassVar[Mapping[str, Any]] = {
        "type": "string",
        "pattern": r"^[1-9][0-9]{5}(?:-[a-z0-9][a-z0-9-]{0,56})?$",
        "description": "Six digits (GB/T 2260); a park may add -slug.",
    }

    def spelt(self, text: str) -> str:
        return normal_region(text)


class Ipc(Named):
    described: ClassVar[Mapping[str, Any]] = {
        "type": "string",
        "pattern": r"^(?:[A-H][0-9]{2}[A-Z][0-9]{1,4}/[0-9]{2,6}|[0-9]{2}-[0-9]{2})$",
        "description": "Class of the IPC (G06F16/33), or of the Locarno list (14-02).",
    }

    def spelt(self, text: str) -> str:
        return normal_ipc(text)


class Pattern(Wire):
    """Text of one exact form, refused in words of its own."""

    form: ClassVar[re.Pattern[str]]
    otherwise: ClassVar[Words]

    def __init__(self, **told: Any) -> None:
        super().__init__({**self.described, "type": "string", "pattern": f"^{self.form.pattern}$"}, **told)

    def take(self, raw: Any) -> str:
        if type(raw) is not str or not self.form.fullmatch(raw):
            raise Wrong(self.otherwise.zh, str(self.otherwise))
        return raw


class Sha256(Pattern):
    form = re.compile(r"[0-9A-Fa-f]{64}")
    otherwise = Words("须为 64 位十六进制的 SHA-256 摘要", "This must be a SHA-256 digest of 64 hexadecimal digits")

    def take(self, raw: Any) -> str:
        return super().take(raw).lower()


class Base64Hash(Pattern):
    form = re.compile(r"[A-Za-z0-9+/]{43}=")
    otherwise = Words("须为 base64 的 32 字节摘要", "This must be a hash of 32 bytes in base64")


class ProofPath(Pattern):
    """Where the proof of an entry is fetched."""

    form = re.compile(r"/v1/entries/(?:0|[1-9][0-9]{0,15})/proof")
    otherwise = Words("须为记录的证明地址", "This must be the address of an entry's proof")


class TilePath(Pattern):
    """A hash tile or entry bundle below `tile/`, in its one spelling; `ledger.proof.tiles` knows which there are."""

    described: ClassVar[Mapping[str, Any]] = {"description": "LEVEL or entries, the number, and .p/WIDTH for a partial one"}
    form = re.compile(
        r"(?:entries|[0-9]|[1-5][0-9]|6[0-3])/(?:x[0-9]{3}/){0,5}[0-9]{3}(?:\.p/(?:[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?"
    )
    otherwise = Words("不是瓦片路径", "This is no path of a tile")


class MediaType(Pattern):
    form = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,62}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}")
    otherwise = Words("不是媒体类型,例如 application/pdf", "This is no media type, such as application/pdf")

    def take(self, raw: Any) -> str:
        return super().take(raw).lower()


class Token(Pattern):
    """A person's opaque token. Its form has no room for names in Chinese, and an identity number is recognised."""

    described: ClassVar[Mapping[str, Any]] = {
        "format": "person-token",
        "description": "Opaque: never a name or an identity number.",
    }
    form = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@=+/-]{0,63}")
    otherwise = Words(
        "须为匿名编号:至多 64 个字母、数字或 . _ : @ = + / -",
        "This must be an opaque token: at most 64 letters, digits or . _ : @ = + / -",
    )

    def take(self, raw: Any) -> str:
        token = super().take(raw)
        try:
            normal_party_id(f"PER:{token}")
        except BadIdentifier as error:
            raise wrong(error) from None
        return token
