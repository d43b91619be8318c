"""Answers to reads, and the short way: an answer the caller has already costs the token and the head of the log, and no more.

- The tag of an answer is made from what it follows from: the resolved request and the digests of its definitions (`Ask.key`), the
  size it depends on, who sees it, the language and the release. So it can be compared before anything is counted.
- Answers are private and are asked for again each time; they differ by token and language.
- A proof is tagged by its bytes: which checkpoint it leads to hangs on when one was published.
"""

import hashlib
from typing import Final

import rfc8785
from flask import Response, g, request

from ledger import __version__
from ledger.actions.bundle import Bundle
from ledger.actions.ledger import Ask, Reading
from ledger.facts.actors import Actor
from ledger.web.context import json_answer, language, the_ledger

TAG_LENGTH: Final = 32  # hexadecimal digits, 128 bits


def respond(reading: Reading, ask: Ask) -> Response:
    """The answer to a read, or 304 where the caller holds it."""
    tag = tag_of(ask)
    return tagged(not_modified() if is_held(tag) else json_answer(ask.answer()), tag, reading.size)


def kept_as_file(data: bytes, name: str) -> Response:
    """Text to be kept as a file of this name, or 304 where the caller holds it."""
    tag = hashlib.sha256(data).hexdigest()[:TAG_LENGTH]
    if is_held(tag):
        response = not_modified()
    else:
        response = Response(data, content_type="text/plain; charset=utf-8")
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    with the_ledger().read() as reading:
        return tagged(response, tag, reading.size)


def is_held(tag: str) -> bool:
    return tag in request.if_none_match.as_set(include_weak=True)


def not_modified() -> Response:
    response = Response(status=304)
    del response.headers["Content-Type"]
    return response


def tagged(response: Response, tag: str, size: int) -> Response:
    response.set_etag(tag)
    # How long the log was when this was answered, also where less of it was asked for.
    response.headers["Ledger-Size"] = str(size)
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.update(("Authorization", "Accept-Language"))
    return response


def tag_of(ask: Ask | Bundle) -> str:
    who: Actor | None = g.get("actor")
    scope = None if who is None else [who.role, who.centre, who.region]
    told = [request.endpoint, list(ask.key), ask.size, scope, language(), __version__]
    return hashlib.sha256(rfc8785.dumps(told)).hexdigest()[:TAG_LENGTH]
