"""Patent pools and what is in them."""

from typing import Any

from ledger.actions import standing
from ledger.actions.ledger import Ask, Reading
from ledger.web.auth import actor, guard
from ledger.web.openapi import Blueprint
from schemas.answers import PoolAnswerSchema, PoolPageSchema, PoolPatentPageSchema
from schemas.queries import OnQuerySchema, PageQuerySchema, PoolPatentsQuerySchema

blueprint = Blueprint("pools", __name__, url_prefix="/v1/pools", description="Patent pools and what is in them")


@blueprint.get("")
@guard("entries")
@blueprint.query(PageQuerySchema)
@blueprint.answers(PoolPageSchema)
def list_pools(reading: Reading, query: dict[str, Any]) -> Ask:
    """The pools that the caller may see, as they are today"""
    return standing.pools(reading, actor(), **query)


@blueprint.get("/<ref:pool_id>")
@guard("entries")
@blueprint.query(OnQuerySchema)
@blueprint.answers(PoolAnswerSchema, missing=True)
def read_pool(reading: Reading, query: dict[str, Any], pool_id: str) -> Ask:
    """A pool on a day"""
    return standing.pool(reading, actor(), pool_id, **query)


@blueprint.get("/<ref:pool_id>/patents")
@guard("entries")
@blueprint.query(PoolPatentsQuerySchema)
@blueprint.answers(PoolPatentPageSchema, missing=True)
def read_pool_patents(reading: Reading, query: dict[str, Any], pool_id: str) -> Ask:
    """The patents in a pool on a day"""
    return standing.pool_patents(reading, actor(), pool_id, **query)
