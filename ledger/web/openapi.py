"""Blueprints whose views are lists of promises, and the OpenAPI document that follows from them, exact to the header.

flask-smorest does the gathering; this module gives it our strict way of reading requests, our one shape of errors, and the
promises that hold for all doors alike. Nothing in the document is written by hand twice.
"""

import http
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from functools import wraps
from typing import Any, ClassVar, Final, TypeVar, cast

import flask_smorest
from flask import Flask, Request, Response
from marshmallow import Schema
from marshmallow import ValidationError as BadBody
from webargs.flaskparser import FlaskParser

from ledger import __version__
from ledger.actions.record import Answer, judged_too
from ledger.web import auth
from ledger.web.caching import respond
from ledger.web.context import the_ledger
from ledger.web.errors import MEDIA_TYPE
from ledger.web.logs import note_recorded
from ledger.web.messages import BATCH_BYTES_MAX, ENTRY_BYTES_MAX, read_json, read_query
from ledger.web.paths import CONVERTERS
from schemas.entries import BatchSchema, sound_items
from schemas.errors import PROBLEMS_MAX, refused
from schemas.fields import Line, Whole
from schemas.openapi import VERSION, Plugin
from schemas.problems import ProblemSchema
from schemas.queries import QuerySchema, load_query

F = TypeVar("F", bound=Callable[..., Any])
Doc = dict[str, Any]

_STRING: Final = {"type": "string"}
_BYTES: Final = {"type": "string", "format": "binary"}
READ_HEADERS: Final[Doc] = {
    "ETag": {"description": "Tag of the answer, for If-None-Match", "required": True, "schema": _STRING},
    "Ledger-Size": {
        "description": "How many entries the log held when this was answered",
        "required": True,
        "schema": {"type": "integer", "minimum": 0},
    },
    "Vary": {"description": "Authorization, Accept-Language", "schema": _STRING},
    "Cache-Control": {"description": "private, no-cache", "schema": _STRING},
}
REPLAYED: Final[Doc] = {
    "Idempotency-Replayed": {"description": "The first answer to this key, again", "schema": {"type": "string", "const": "true"}}
}
FILE_NAME: Final[Doc] = {"Content-Disposition": {"description": "A name for the file", "required": True, "schema": _STRING}}
LOCATION: Final[Doc] = {"Location": {"description": "Where the entry is found", "schema": _STRING}}
IF_NONE_MATCH: Final[Doc] = {"name": "If-None-Match", "in": "header", "description": "Tags of answers held", "schema": _STRING}
IDEMPOTENCY_KEY: Final[Doc] = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same key and content answer the first answer again; scope is the centre, for ever",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}
ERROR_HEADERS: Final[Mapping[int, Doc]] = {
    401: {"WWW-Authenticate": {"required": True, "schema": _STRING}},
    429: {"Retry-After": {"description": "Seconds", "required": True, "schema": {"type": "integer", "minimum": 1}}},
    503: {"Retry-After": {"description": "Seconds", "required": True, "schema": {"type": "integer", "minimum": 0}}},
}


class ProblemDetailsSchema(ProblemSchema):
    """Problem details (RFC 9457): one code with its one status, and an error for each thing that is wrong."""

    instance = Line(required=True)
    entry = Whole()


class Arguments(FlaskParser):
    """Requests are read by the schemas' own loaders: all problems at once, each under its path."""

    def parse(self, argmap: Any, req: Request | None = None, *, location: str | None = None, **_: Any) -> Any:
        if location == "query":
            return load_query(argmap, read_query())
        raw = read_json(BATCH_BYTES_MAX if isinstance(argmap, BatchSchema) else ENTRY_BYTES_MAX)
        auth.check_writer(raw)
        try:
            return argmap.load(raw)
        except BadBody as error:
            problems = refused(error)
            if isinstance(argmap, BatchSchema) and len(problems.problems) < PROBLEMS_MAX:
                problems = judged_too(the_ledger(), auth.actor(), problems, sound_items(raw))
            raise problems from None


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]  # published without types
    """A noun of the API. Its views: `get` or `post`, `guard`, `arguments`, and what is answered."""

    ARGUMENTS_PARSER: ClassVar[FlaskParser] = Arguments()

    def __init__(self, name: str, module: str, **options: Any) -> None:
        super().__init__(name, module, **options)
        self._prepare_doc_cbks.append(self._prepare_promises_doc)

    def get(self, rule: str, **options: Any) -> Callable[[F], F]:
        return cast(Callable[[F], F], self.route(rule, methods=["GET"], **options))

    def post(self, rule: str, **options: Any) -> Callable[[F], F]:
        return cast(Callable[[F], F], self.route(rule, methods=["POST"], **options))

    def query(self, schema: type[QuerySchema]) -> Callable[[F], F]:
        return cast(Callable[[F], F], super().arguments(schema(), location="query"))

    def body(self, schema: type[Schema]) -> Callable[[F], F]:
        return cast(Callable[[F], F], super().arguments(schema(), location="json"))

    def takes(self, schema: type[Schema]) -> Callable[[F], F]:
        """The view reads its body by itself, and is documented to read this."""
        content = {"application/json": {"schema": schema}}
        return cast(Callable[[F], F], self.doc(requestBody={"required": True, "content": content}))

    def tells(
        self, schema: type[Schema] | Doc | None, *, missing: bool = False, status: int = 200, or_: Sequence[int] = (), **told: Any
    ) -> Callable[[F], F]:
        """The view answers by itself, and is documented to answer this, `or_` to refuse by these. `missing`: or 404."""

        def decorate(view: F) -> F:
            _promise(view, *or_, *([404] if missing else []))
            return cast(F, self.response(status, schema, **told)(view))

        return decorate

    def proves(self, view: F) -> F:
        """The view answers bytes for one entry as text to be kept in a file, with a tag of their own."""
        _promise(view, 304, 404, header=IF_NONE_MATCH)
        return cast(F, self.response(200, _STRING, content_type="text/plain", headers=READ_HEADERS | FILE_NAME)(view))

    def streams(self, content_type: str) -> Callable[[F], F]:
        """The view answers a file that is written while it is sent; what it is made from may not exist."""

        def decorate(view: F) -> F:
            _promise(view, 304, 404, header=IF_NONE_MATCH)
            return cast(F, self.response(200, _BYTES, content_type=content_type, headers=READ_HEADERS | FILE_NAME)(view))

        return decorate

    def answers(self, schema: type[Schema], *, missing: bool = False) -> Callable[[F], F]:
        """The view is given a reading of the ledger and answers an `Ask`. `missing`: what is asked for may not exist."""

        def decorate(view: F) -> F:
            @wraps(view)
            def answered(*args: Any, **path: Any) -> Response:
                with the_ledger().read() as reading:
                    return respond(reading, view(reading, *args, **path))

            _promise(answered, 304, *([404] if missing else []), header=IF_NONE_MATCH)
            return cast(F, self.response(200, schema(), headers=READ_HEADERS)(answered))

        return decorate

    def records(self, schema: type[Schema]) -> Callable[[F], F]:
        """The view appends, or rehearses it, and answers an `Answer`."""

        def decorate(view: F) -> F:
            @wraps(view)
            def recorded(*args: Any, **path: Any) -> Response:
                return written(view(*args, **path))

            _promise(recorded, 400, 409, 413, 415, 422, header=IDEMPOTENCY_KEY)
            documented = self.response(201, schema(), headers=LOCATION | REPLAYED)(recorded)
            rehearsed = self.alt_response(200, schema=schema(), headers=REPLAYED, description="A dry run: nothing is kept")
            return cast(F, rehearsed(documented))

        return decorate

    @staticmethod
    def _prepare_promises_doc(doc: Doc, doc_info: Doc, **_: Any) -> Doc:
        """What holds for all doors alike: who gets in, and how a request may fail."""
        statuses, headers = doc_info.get("promises", (set(), []))
        statuses = {429, 500, 503, *statuses}
        if doc_info["guarded_by"] == auth.OPEN:
            doc["security"] = []
        else:
            statuses |= {401, 403}
        if doc_info["guarded_by"] == auth.LOG:
            doc["security"] = [{}, {"bearer": []}]  # either, as the settings of the service say
        parameters = doc.setdefault("parameters", [])
        if parameters:  # so far these are a query
            statuses |= {400, 422}
        parameters += headers
        doc["operationId"] = doc_info["operation"]
        for status in sorted(statuses - {304}):
            doc["responses"][status] = http.HTTPStatus(status).name
        if 304 in statuses:
            doc["responses"][304] = {"description": "The caller holds this answer", "headers": deepcopy(READ_HEADERS)}
        return doc


def _promise(view: Any, *statuses: int, header: Doc | None = None) -> None:
    """Note for the document how a view may end, and a header that it heeds."""
    view._apidoc = {**getattr(view, "_apidoc", {}), "promises": (set(statuses), [header] if header else [])}


def written(answer: Answer) -> Response:
    note_recorded(answer)
    response = Response(answer.body, answer.status, content_type="application/json")
    if answer.location is not None:
        response.headers["Location"] = answer.location
    if answer.replayed:
        response.headers["Idempotency-Replayed"] = "true"
    response.headers["Cache-Control"] = "no-store"
    return response


class Api(flask_smorest.Api):  # type: ignore[misc]  # published without types
    """flask-smorest with our errors, which are documented as what they are."""

    DEFAULT_ERROR_RESPONSE_NAME = None  # each operation names all its refusals

    def _register_responses(self) -> None:
        """Every refusal, by the name of its status: always problem details, with the headers that come along."""
        for status in filter(lambda status: status >= 400, http.HTTPStatus):
            response = {
                "description": status.phrase,
                "headers": ERROR_HEADERS.get(status, {}),
                "content": {MEDIA_TYPE: {"schema": ProblemDetailsSchema}},
            }
            self.spec.components.response(status.name, response, lazy=True)

    def _register_error_handlers(self) -> None:
        """Errors are answered by `web.errors`, those outside of the API too."""


def make_api(app: Flask) -> Api:
    app.config.update(
        API_TITLE="Pool Ledger",
        API_VERSION=__version__,
        OPENAPI_VERSION=VERSION,
        OPENAPI_URL_PREFIX=None,  # the document has a view of its own
        API_SPEC_OPTIONS={
            "info": {"description": "What patent operating centres did, in one append-only log, and the figures that follow."},
            "security": [{"bearer": []}],
        },
    )
    api = Api(app, spec_kwargs={"marshmallow_plugin": Plugin()})
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    for converter in CONVERTERS.values():
        api.register_converter(converter, lambda found: dict(found.field.metadata))
    return api
