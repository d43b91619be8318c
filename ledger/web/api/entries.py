"""Entries: said one by one or in batches, and read back."""

from collections.abc import Sequence
from typing import Any

from flask import Response

from ledger.actions import entries
from ledger.actions.ledger import Ask, Reading
from ledger.actions.prove import proof_of
from ledger.actions.record import Answer, submit
from ledger.web.auth import WRITE, actor, guard
from ledger.web.caching import kept_as_file
from ledger.web.context import language, the_ledger
from ledger.web.idempotency import idempotency_key
from ledger.web.openapi import Blueprint
from schemas.answers import BatchReceiptSchema, EntryPageSchema, ReceiptSchema
from schemas.entries import BatchSchema, EntryRequestSchema, Said
from schemas.queries import DryRunQuerySchema, EntriesQuerySchema

blueprint = Blueprint("entries", __name__, url_prefix="/v1/entries", description="What was said, in the order of the log")


@blueprint.post("")
@guard(WRITE)
@blueprint.body(EntryRequestSchema)
@blueprint.query(DryRunQuerySchema)
@blueprint.records(ReceiptSchema)
def record_entry(said: Said, query: dict[str, Any]) -> Answer:
    """Record one entry"""
    return submit(the_ledger(), actor(), [said], key=idempotency_key(), language=language(), **query)


@blueprint.post("/batch")
@guard(WRITE)
@blueprint.body(BatchSchema)
@blueprint.query(DryRunQuerySchema)
@blueprint.records(BatchReceiptSchema)
def record_batch(said: Sequence[Said], query: dict[str, Any]) -> Answer:
    """Record entries of one centre together, all or none"""
    return submit(the_ledger(), actor(), said, batch=True, key=idempotency_key(), language=language(), **query)


@blueprint.get("")
@guard("entries")
@blueprint.query(EntriesQuerySchema)
@blueprint.answers(EntryPageSchema)
def list_entries(reading: Reading, query: dict[str, Any]) -> Ask:
    """Entries in the order of the log, those the caller may see"""
    return entries.page(reading, actor(), **query)


@blueprint.get("/<index:index>")
@guard("entries")
@blueprint.answers(ReceiptSchema, missing=True)
def read_entry(reading: Reading, index: int) -> Ask:
    """One entry"""
    return entries.one(reading, actor(), index)


@blueprint.get("/<index:index>/proof")
@guard("entries")
@blueprint.proves
def read_proof(index: int) -> Response:
    """That an entry stands in the published log: a .tlog-proof, to be checked without the service"""
    return kept_as_file(proof_of(the_ledger(), actor(), index).to_bytes(), f"entry-{index}.tlog-proof")
