"""What a refusal looks like: problem details (RFC 9457) with one code, and an error for everything that is wrong."""

from ledger.facts.problems import STATUS, WARNINGS
from schemas.base import Strict
from schemas.fields import Choice, Line, Many, Object, Whole

ERRORS_MAX = 50_000


class ErrorSchema(Strict):
    """One thing that is wrong: the dotted path in the request (empty for the request as a whole), and the entry in the way."""

    path = Line(required=True)
    code = Choice(STATUS, required=True)
    message = Line(required=True)
    entry = Whole()


class WarningSchema(Strict):
    """What is odd about an entry that was recorded all the same."""

    code = Choice(WARNINGS, required=True)
    path = Line(required=True)
    message = Line(required=True)
    entry = Whole()


class ProblemSchema(Strict):
    """Problem details; `code` decides `status`, and `type` is a page about it."""

    type = Line(required=True)
    title = Line(required=True)
    status = Whole(400, 599, required=True)
    detail = Line(required=True)
    code = Choice(STATUS, required=True)
    errors = Many(Object(ErrorSchema), 0, ERRORS_MAX, required=True)
    request_id = Line(required=True)
