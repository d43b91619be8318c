"""What every answer tells a browser: load nothing, guess nothing, be framed by nobody, and keep what you were given to yourself.

- Answers of the API load nothing at all. Our pages load our own stylesheet and picture, and send forms here; a page that takes
  more than that (`/docs` runs scripts) says so itself, and its word stands.
- What is not said to be kept is not kept.
- What is open to pages of other sites (the public log, `ledger.web.log`) stays open to them.
- Over https a browser is told to come back by https only.
"""

from typing import Final

from flask import Flask, Response, g, request

_EVERYWHERE: Final = "base-uri 'none'; frame-ancestors 'none'"
ANSWER_POLICY: Final = f"default-src 'none'; form-action 'none'; {_EVERYWHERE}"
PAGE_POLICY: Final = f"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; {_EVERYWHERE}"
SCRIPTED_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    f"form-action 'none'; {_EVERYWHERE}"
)

EVERY: Final = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}
ANSWER: Final = EVERY | {"Content-Security-Policy": ANSWER_POLICY, "Referrer-Policy": "no-referrer"}
# Not "no-referrer": a form of ours would then arrive from nowhere (`Origin: null`), like one of somebody else's.
PAGE: Final = EVERY | {"Content-Security-Policy": PAGE_POLICY, "Referrer-Policy": "same-origin"}
HSTS: Final = f"max-age={365 * 86_400}"


def register_headers(app: Flask) -> None:
    app.after_request(secured)


def secured(response: Response) -> Response:
    said = {name.lower(): value for name, value in response.headers}
    of_its_kind = PAGE if said.get("content-type", "").startswith("text/html") else ANSWER
    for name, value in of_its_kind.items():
        if name.lower() not in said:
            response.headers.add(name, value)
    for_others = said.get("access-control-allow-origin") == "*"
    response.headers.add("Cross-Origin-Resource-Policy", "cross-origin" if for_others else "same-origin")
    if request.is_secure:
        response.headers.add("Strict-Transport-Security", HSTS)
    if "session" in g:  # who asks was told by a cookie
        response.vary.add("Cookie")
    return response
