"""Whether an Ed25519 signature holds: RFC 8032 section 5.1.7, so that a stranger's checker needs no compiled library.

- Every number is read in its one spelling: S below the group's order, a coordinate below the field's prime.
- The equation is asked without the cofactor, [S]B = R + [k]A, as OpenSSL and Go ask it: one signature, one answer everywhere.
- It answers True or False and never raises. Nothing in it is secret, so nothing in it takes care to run in constant time.

It does not sign. A plain Python program that handles a private key tells it to whoever can measure time.
"""

import hashlib
from typing import Final

KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64

_P: Final = 2**255 - 19  # the field
_L: Final = 2**252 + 27742317777372353535851937790883648493  # the order of the base point
_D: Final = -121665 * pow(121666, -1, _P) % _P  # the curve: -x² + y² = 1 + d x² y²
_D2: Final = 2 * _D % _P
_SQRT_MINUS_ONE: Final = pow(2, (_P - 1) // 4, _P)
_WINDOW: Final = 4  # bits of a scalar that are worked off at a time

# A point in extended coordinates (X, Y, Z, T): x = X/Z, y = Y/Z, x y = T/Z (RFC 8032 section 5.1.4).
_Point = tuple[int, int, int, int]
_NEUTRAL: Final[_Point] = (0, 1, 1, 0)


def verify(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether `signature` (64 bytes) is one of `message` by the holder of the key `public` (32 bytes)."""
    if len(public) != KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    r, s = signature[:KEY_BYTES], int.from_bytes(signature[KEY_BYTES:], "little")
    if s >= _L or (a := _decoded(public)) is None:
        return False
    k = int.from_bytes(hashlib.sha512(r + public + message).digest(), "little") % _L
    # R is not decoded: a point is written in one way only, so R is what it must be if its bytes are.
    return _encoded(_sum_of_multiples(s, _BASE_MULTIPLES, k, _multiples(_negative(a)))) == r


def _sum_of_multiples(s: int, of_b: list[_Point], k: int, of_a: list[_Point]) -> _Point:
    """[s]B + [k]A from the first sixteen multiples of each, in one chain of doublings for both."""
    total = _NEUTRAL
    for shift in range(_L.bit_length() - 1 & -_WINDOW, -1, -_WINDOW):
        for _ in range(_WINDOW):
            total = _doubled(total)
        total = _sum(total, of_b[s >> shift & 15])
        total = _sum(total, of_a[k >> shift & 15])
    return total


def _multiples(point: _Point) -> list[_Point]:
    multiples = [_NEUTRAL]
    while len(multiples) < 1 << _WINDOW:
        multiples.append(_sum(multiples[-1], point))
    return multiples


def _sum(one: _Point, other: _Point) -> _Point:
    """RFC 8032 section 5.1.4. The formula holds for any two points of this curve, equal and neutral ones too."""
    x1, y1, z1, t1 = one
    x2, y2, z2, t2 = other
    a = (y1 - x1) * (y2 - x2) % _P
    b = (y1 + x1) * (y2 + x2) % _P
    c = t1 * _D2 * t2 % _P
    d = 2 * z1 * z2 % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _doubled(point: _Point) -> _Point:
    """RFC 8032 section 5.1.4: cheaper than the sum of a point with itself."""
    x, y, z, _ = point
    a = x * x % _P
    b = y * y % _P
    h = a + b
    e = h - (x + y) * (x + y) % _P
    g = a - b
    f = 2 * z * z + g
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _negative(point: _Point) -> _Point:
    x, y, z, t = point
    return _P - x, y, z, _P - t


def _encoded(point: _Point) -> bytes:
    """RFC 8032 section 5.1.2: y, and in the highest bit whether x is odd."""
    x, y, z, _ = point
    inverse = pow(z, -1, _P)
    return (y * inverse % _P | (x * inverse % _P & 1) << 255).to_bytes(KEY_BYTES, "little")


def _decoded(data: bytes) -> _Point | None:
    """RFC 8032 section 5.1.3; None for bytes that are no point, or are another spelling of one."""
    number = int.from_bytes(data, "little")
    is_odd, y = number >> 255, number & (1 << 255) - 1
    if y >= _P:
        return None
    u, v = (y * y - 1) % _P, (_D * y * y + 1) % _P
    x = u * pow(v, 3, _P) * pow(u * pow(v, 7, _P), (_P - 5) // 8, _P) % _P
    if v * x * x % _P != u:
        x = x * _SQRT_MINUS_ONE % _P
        if v * x * x % _P != u:
            return None
    if x == 0 and is_odd:
        return None
    if x & 1 != is_odd:
        x = _P - x
    return x, y, 1, x * y % _P


def _base_point() -> _Point:
    """y is 4/5 and x is even (RFC 8032 section 5.1)."""
    point = _decoded((4 * pow(5, -1, _P) % _P).to_bytes(KEY_BYTES, "little"))
    assert point is not None
    return point


_BASE_MULTIPLES: Final = _multiples(_base_point())
