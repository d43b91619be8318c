"""What all readers of identifiers share: one width for letters and digits, and one error for a text that names nothing.

It needs no library, so that regions and roles can be read where no identifier is checked.
"""

import unicodedata
from typing import Final

_SHOWN_MAX: Final = 80


class BadIdentifier(ValueError):
    """A text that names nothing: `reason` is a stable key, `params` are the values that its translation may show."""

    def __init__(self, reason: str, **params: str) -> None:
        self.reason: Final = reason
        self.params: Final[dict[str, str]] = {name: _shown(value) for name, value in params.items()}
        details = ", ".join(f"{name} {value}" for name, value in self.params.items())
        super().__init__(f"{reason}: {details}" if details else reason)


# Only the full-width twins of ASCII are folded. NFKC as a whole would also read ² as 2 and ① as 1, and such a text is a mistake.
_HALF_WIDTH: Final = {
    code: unicodedata.normalize("NFKC", chr(code)) for code in (*range(ord("！"), ord("～") + 1), ord("\N{IDEOGRAPHIC SPACE}"))
}


def half_width(text: str) -> str:
    """The text with full-width letters, digits, signs and spaces as their ASCII twins; nothing else is touched."""
    return text.translate(_HALF_WIDTH)


def _shown(text: str) -> str:
    """What a message may repeat of a text from outside: not too much of it, and nothing that an encoder or terminal trips over."""
    printable = "".join(c for c in text[: _SHOWN_MAX + 1] if _visible(c) or c == " ")
    return printable if len(text) <= _SHOWN_MAX else printable[:_SHOWN_MAX] + "…"


def _visible(character: str) -> bool:
    return unicodedata.category(character)[0] not in "CZ"
