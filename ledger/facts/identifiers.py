"""How patents, parties and the papers around them are named, and one spelling for each name.

- A Chinese patent is known by its application number, `CN` + body + `.` + check digit. It is the only number that a patent keeps
  from filing to expiry; publication numbers cannot be turned into it, so they are refused with a reason of their own.
- A foreign patent is known by office (WIPO ST.3), number and kind (ST.16), written together: `US11234567B2`.
- An organisation in China is known by its unified social credit code (GB 32100), anybody else by `XX:id`.
- The same thing always comes out as the same text, whatever way it was written; what cannot be read raises `BadIdentifier`.

Whether a patent or party has been registered is `world`'s question; regions have their own module.
"""

import re
import unicodedata
from typing import Final, Literal

from stdnum.cn import uscc

from ledger.facts.text import BadIdentifier, half_width

Right = Literal["invention", "utility_model", "design"]

_DOTS: Final = str.maketrans("", "", ".。·")
_FOREIGN_SEPARATORS: Final = str.maketrans("", "", ",/-")

_KIND_CODE: Final = r"[A-Z][0-9]?"
_CHINESE_OFFICE: Final = r"(?:CN|ZL|CNZL)"
_CHINESE: Final = re.compile(rf"{_CHINESE_OFFICE}?([0-9]{{8}}|[0-9]{{12}})([0-9X]?)(?:[ABCDSUY][0-9]?)?")
_PUBLICATION: Final = re.compile(rf"{_CHINESE_OFFICE}?[123](?:[0-9]{{6}}|[0-9]{{8}})(?:[ABCDSUY][0-9]?)?")
_CANONICAL_CHINESE: Final = re.compile(r"CN(?:[0-9]{8}|[0-9]{12})\.[0-9X]")
# WIPO wrote years with two digits from 1978 to 2003, and with four since.
_WIPO: Final = re.compile(rf"WO(?:(?:7[89]|[89][0-9]|0[0-3])[0-9]{{5,6}}|(?:19|20)[0-9]{{8}}){_KIND_CODE}")
_INTERNATIONAL: Final = re.compile(r"PCT/?([A-Z]{2})/?((?:19|20)[0-9]{2}/?[0-9]{6}|(?:7[89]|[89][0-9]|0[0-3])/[0-9]{5})")
_FOREIGN: Final = re.compile(rf"[A-Z]{{2}}[A-Z]{{0,2}}[0-9]{{3,14}}({_KIND_CODE})?")

_RIGHT_BY_DIGIT: Final[dict[str, Right]] = {
    "1": "invention",
    "2": "utility_model",
    "3": "design",
    "8": "invention",  # came into the national phase from a PCT application
    "9": "utility_model",  # likewise
}
_PATENT_WEIGHTS: Final = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)

# The library's own pattern asks for eight digits in front and so refuses N2…, Y… and A…; only the division code (3-8) is digits.
_USCC: Final = re.compile(r"[0-9A-HJ-NP-RTUWXY]{2}[0-9]{6}[0-9A-HJ-NP-RTUWXY]{10}")
_PARTY_SCHEME: Final = re.compile(r"[A-Z]{2}|ORG|PER")
_PARTY_ID_MAX: Final = 64
_RESIDENT_NUMBER: Final = re.compile(r"[1-9][0-9]{5}(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9X]")

_RECORDAL: Final = re.compile(r"[XY]?[0-9]{13}")
_TECH_CONTRACT: Final = re.compile(r"[0-9]{16}")
_IPC: Final = re.compile(r"([A-H][0-9]{2}[A-Z][0-9]{1,4}/[0-9]{2,6})(?:\([0-9]{4}\.[0-9]{2}\)[A-Z]?)?")
_LOCARNO: Final = re.compile(r"(?:LOC\([0-9]{1,2}\)CL\.?)?([0-9]{2}-[0-9]{2})")
_CODE: Final = re.compile(r"[a-z0-9][a-z0-9-]{1,30}")


def normal_patent_id(text: str) -> str:
    """The canonical id of a patent: `CN201210593328.X`, `US11234567B2`, `PCT/CN2021/123456`."""
    written = _compact(text)
    chinese = written.translate(_DOTS)
    # Publications first: nine digits that begin with 1, 2 or 3 are no old application number, for no year begins so.
    if _PUBLICATION.fullmatch(chinese):
        raise BadIdentifier("patent-publication", number=written)
    if match := _CHINESE.fullmatch(chinese):
        return _chinese_patent_id(match[1], match[2])
    if written.startswith(("CN", "ZL")):
        raise BadIdentifier("patent-form", number=text)
    return _foreign_patent_id(written)


def patent_check_digit(body: str) -> str:
    """The check digit of the 8 or 12 digits in front of the dot of a Chinese application number."""
    remainder = sum(int(digit) * weight for digit, weight in zip(body, _PATENT_WEIGHTS, strict=False)) % 11
    return "X" if remainder == 10 else str(remainder)


def patent_right(patent_id: str) -> Right | None:
    """The right that the kind digit of a canonical id speaks of; None for a foreign one, whose number does not say."""
    return _RIGHT_BY_DIGIT.get(_kind_digit(patent_id[2:-2])) if _is_chinese(patent_id) else None


def patent_filing_year(patent_id: str) -> int | None:
    """The filing year in a canonical id; None for a foreign one."""
    return _filing_year(patent_id[2:-2]) if _is_chinese(patent_id) else None


def is_application_only(patent_id: str) -> bool:
    """Whether a canonical id names an international application: it leads to patents and never is one."""
    return patent_id.startswith(("PCT/", "WO"))


def normal_party_id(text: str) -> str:
    """The canonical id of a party: a credit code of 18 characters, or `XX:id` with a country, `ORG` or `PER` in front."""
    scheme, colon, rest = half_width(text).partition(":")
    if not colon:
        return _checked_uscc(_compact(text))
    scheme, rest = scheme.strip().upper(), unicodedata.normalize("NFC", rest.strip())
    if not _PARTY_SCHEME.fullmatch(scheme):
        raise BadIdentifier("party-scheme", scheme=scheme)
    if scheme in {"CN", "ORG"} and is_uscc(rest):
        return _compact(rest)  # one organisation, one id: with a scheme in front it would be a second party
    if scheme in {"CN", "ORG", "PER"} and _RESIDENT_NUMBER.fullmatch(_compact(rest)):
        # People stand here under opaque ids. Not repeated in `params`: the number must not travel into answers and logs.
        raise BadIdentifier("party-private")
    if not 1 <= len(rest) <= _PARTY_ID_MAX or not all(map(_visible, rest)):
        raise BadIdentifier("party-form", party=text)
    return f"{scheme}:{rest}"


def is_uscc(text: str) -> bool:
    """Whether the text is a unified social credit code with a right check digit."""
    try:
        _checked_uscc(_compact(text))
    except BadIdentifier:
        return False
    return True


def normal_code(text: str) -> str:
    """The code of a centre, park or office. Capitals are refused, not folded: codes stand in addresses and tokens as they are."""
    code = half_width(text).strip()
    if not _CODE.fullmatch(code):
        raise BadIdentifier("code-form", code=text)
    return code


def normal_ipc(text: str) -> str:
    """A class of the IPC without spaces and edition (`G06F16/33`), or of the Locarno list, which designs use (`14-02`)."""
    written = _compact(text)
    if match := _IPC.fullmatch(written) or _LOCARNO.fullmatch(written):
        return match[1]
    raise BadIdentifier("ipc-form", ipc=text)


def usual_recordal_number(text: str) -> bool:
    """Whether a recordal number of a licence or pledge looks as the gazette prints them; others exist and are only warned about."""
    return _RECORDAL.fullmatch(text) is not None


def usual_tech_contract_number(text: str) -> bool:
    """Whether a registration number of a technology contract has the usual 16 digits."""
    return _TECH_CONTRACT.fullmatch(text) is not None


def _compact(text: str) -> str:
    """Half-width capitals without spaces, nor the invisible format marks that come along when a cell or web page is copied."""
    return "".join(c for c in half_width(text) if not c.isspace() and unicodedata.category(c) != "Cf").upper()


def _visible(character: str) -> bool:
    return unicodedata.category(character)[0] not in "CZ"


def _chinese_patent_id(body: str, check: str) -> str:
    if _kind_digit(body) not in _RIGHT_BY_DIGIT:
        raise BadIdentifier("patent-kind", digit=_kind_digit(body))
    if _filing_year(body) is None:
        raise BadIdentifier("patent-year", year=body[: len(body) // 3])
    expected = patent_check_digit(body)
    if not check:
        raise BadIdentifier("patent-check-missing", expected=expected)
    if check != expected:
        raise BadIdentifier("patent-check-digit", found=check, expected=expected)
    return f"CN{body}.{check}"


def _foreign_patent_id(written: str) -> str:
    if match := _INTERNATIONAL.fullmatch(written):
        office, number = match[1], match[2].replace("/", "")
        year_length = 4 if len(number) == 10 else 2
        return f"PCT/{office}{number[:year_length]}/{number[year_length:]}"
    number = written.translate(_FOREIGN_SEPARATORS)
    match = _FOREIGN.fullmatch(number)
    if not match or (number.startswith("WO") and match[1] and not _WIPO.fullmatch(number)):
        raise BadIdentifier("patent-form", number=written)
    if not match[1]:
        # Without it one patent could stand in the ledger twice, once with the kind and once without.
        raise BadIdentifier("patent-foreign-kind", number=number)
    return number


def _is_chinese(patent_id: str) -> bool:
    return _CANONICAL_CHINESE.fullmatch(patent_id) is not None


def _kind_digit(body: str) -> str:
    return body[4] if len(body) == 12 else body[2]


def _filing_year(body: str) -> int | None:
    if len(body) == 12:
        year = int(body[:4])
        return year if 2003 <= year <= 2099 else None  # four-digit years came with October 2003
    year = int(body[:2])
    if year >= 85:  # the office opened in 1985
        return 1900 + year
    return 2000 + year if year <= 3 else None


def _checked_uscc(code: str) -> str:
    if not _USCC.fullmatch(code):
        raise BadIdentifier("uscc-form" if len(code) == 18 else "party-form", party=code)
    expected = uscc.calc_check_digit(code)
    if code[-1] != expected:
        raise BadIdentifier("uscc-check-digit", found=code[-1], expected=expected)
    return code
