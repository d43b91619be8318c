"""The header Idempotency-Key: by it a client may send the same request again and have it recorded once."""

import re
from typing import Final

from flask import request

from ledger.facts.problems import refuse

_KEY: Final = re.compile(r"[!-~]{1,255}")


def idempotency_key() -> str | None:
    """The caller's key, if there is one. Raises Refused."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not _KEY.fullmatch(key):
        raise refuse(
            "invalid", "Idempotency-Key", "幂等键须为 1 至 255 个可见的 ASCII 字符", "a key is 1 to 255 visible ASCII characters"
        )  # fmt: skip
    return key
