"""One request over HTTP to somebody who is not ours, and what came back: used for witnesses and for the issuer.

- The deadline (of `time.monotonic`) is looked at before the request and after each piece of the reply, and no silence lasts longer
  than was left at the beginning. Who sends the head of a reply byte by byte can stretch it: callers ask in a thread apart.
- No redirect is followed, and nothing but http and https is asked, by the proxies of the environment where it names some.
- No more is read than the caller has use for. Of what comes back nothing is repeated in messages.

Which addresses may be asked, and what an answer is worth, is for the callers.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Final
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request

SILENCE: Final = ("未在时限内答复", "did not answer in time")
TOO_LONG: Final = ("答复过长", "answers at too great a length")


class NoReply(Exception):
    """Nothing came back that could be read; `zh` and `en` say why, to be put behind the name of whoever was asked."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    media_type: str
    body: bytes


def exchange(
    url: str, deadline: float, bytes_max: int, *, headers: Mapping[str, str], body: bytes | None = None, only_good: bool = False
) -> Reply:
    """Ask by GET, or by POST where there is a body, and take whatever status comes; `only_good` takes 200 alone.

    Raises NoReply, for a reply of more than `bytes_max` as well; a status that is not taken is told before any of its body is read.
    """
    opener = OpenerDirector()  # without the handlers that follow redirects, and without those for files
    for handler in (ProxyHandler(), HTTPHandler(), HTTPSHandler()):
        opener.add_handler(handler)
    try:
        wanted = Request(url, body, {"User-Agent": "pool-ledger", **headers})
        response = opener.open(wanted, timeout=_left(deadline))
        if response is None:
            raise ValueError("an address of another kind")
        with response:
            if only_good and response.status != 200:
                raise NoReply(f"答复状态 {response.status}", f"answers with status {response.status}")
            data = b""
            while piece := response.read1(bytes_max):
                data += piece
                if len(data) > bytes_max:
                    raise NoReply(*TOO_LONG)
                _left(deadline)
            return Reply(response.status, response.headers.get_content_type(), data)
    except TimeoutError:
        raise NoReply(*SILENCE) from None
    except (OSError, HTTPException, ValueError) as error:
        why = getattr(error, "reason", None) or error
        if isinstance(why, TimeoutError):
            raise NoReply(*SILENCE) from None
        kind = type(why).__name__
        raise NoReply(f"无法连接({kind})", f"cannot be reached ({kind})") from None


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
