"""Invented numbers in their real forms, each with the check digit that its standard asks for.

Unified social credit codes (GB 32100, with the organisation code of GB 11714 inside), application numbers, publication,
recordal and contract numbers, and money. Nothing here is drawn by lot: the same serial gives the same number.
"""

from datetime import date

WAN = 1_000_000  # fen in 万元: amounts are whole fen until they are written down
CREDIT_CODE_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
KIND_DIGIT = {"invention": 1, "utility_model": 2, "design": 3}
PUBLICATION_KIND = {"invention": "B", "utility_model": "U", "design": "S"}


def organisation_code(serial: int) -> str:
    """Eight characters and their check character."""
    body = f"MAC{serial:05}"
    rest = sum(CREDIT_CODE_LETTERS.index(sign) * weight for sign, weight in zip(body, (3, 7, 9, 10, 5, 8, 4, 2), strict=True)) % 11
    return body + "0X987654321"[rest]


def credit_code(category: str, region: str, serial: int) -> str:
    """`category` is 91 for a company and 12 for a public institution; `region` may carry a park's slug."""
    body = category + region[:6] + organisation_code(serial)
    rest = sum(CREDIT_CODE_LETTERS.index(sign) * 3**place for place, sign in enumerate(body)) % 31
    return body + CREDIT_CODE_LETTERS[(31 - rest) % 31]


def application_number(filed_on: date, right: str, serial: int) -> str:
    body = f"{filed_on.year}{KIND_DIGIT[right]}{serial:07}"
    rest = sum(int(digit) * weight for digit, weight in zip(body, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5), strict=True)) % 11
    return f"CN{body}.{'0123456789X'[rest]}"


def publication_number(right: str, serial: int) -> str:
    return f"CN{KIND_DIGIT[right]}{serial:08}{PUBLICATION_KIND[right]}"


def licence_recordal(on: date, serial: int) -> str:
    return f"X{on.year}98{serial:07}"


def pledge_registration(on: date, serial: int) -> str:
    return f"Y{on.year}98{serial:07}"


def technology_contract(on: date, region: str, serial: int) -> str:
    return f"{on.year}{region[:6]}{serial:06}"


def yuan(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02}"
