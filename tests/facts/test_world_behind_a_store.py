"""A world that fetches what it needs must not forget what it took and nobody has written yet."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from ledger.facts.entries import Entry
from ledger.facts.kinds.deals import Licence, LineItem
from ledger.facts.kinds.registry import Party
from ledger.facts.lines.rows import DealLine
from ledger.facts.mentions import Mention, mention
from ledger.facts.world import World


class EmptyStore:
    """A store in which nothing has been written."""

    def histories(self, wanted: Sequence[Mention]) -> Mapping[Mention, Sequence[Entry]]:
        return {one: [] for one in wanted}

    def entry(self, index: int) -> Entry | None:
        return None

    def subjects(self, index: int) -> tuple[Mention, ...]:
        return ()

    def naming(self, wanted: Mention) -> Sequence[int]:
        return []

    def stream(self, centre: str) -> Sequence[int]:
        return []

    def deal_lines(self, *, patents: Sequence[str] = (), fingerprints: Sequence[str] = ()) -> Sequence[DealLine]:
        return []


def licence(index: int) -> Entry:
    fact = Licence(
        deal_no="L-1", grantors=("ORG:U1",), grantees=("ORG:S1",), lines=(LineItem(patent_id="CN202010000001.1"),),
        related_party=False, role="served", payment_mode="free", amount=0, signed_on=date(2025, 1, 2),
        registered_on=date(2025, 1, 9), licence_type="exclusive", term_months=12,
    )  # fmt: skip
    return Entry(index, "c1", index, datetime(2025, 2, 1, tzinfo=UTC), "recorder@c1", fact)


def test_a_deal_taken_a_moment_ago_uses_its_parties():
    world = World(EmptyStore())
    world.take(licence(0))
    assert world.naming(mention("party", "ORG:S1")) == [0]


def test_a_deal_taken_a_moment_ago_runs_on_its_patent():
    world = World(EmptyStore())
    world.take(licence(0))
    assert [line.entry for line in world.deal_lines_on("CN202010000001.1")] == [0]


def test_what_was_undone_is_forgotten_again():
    world = World(EmptyStore())
    party = Party(party_id="ORG:S1", name="明纤", party_kind="enterprise", valid_from=date(2020, 1, 1))
    world.take(Entry(0, "c1", 0, datetime(2025, 1, 1, tzinfo=UTC), "recorder@c1", party))
    mark = world.mark()
    world.take(licence(1))
    assert world.naming(mention("party", "ORG:S1")) == [1]
    world.undo(mark)
    assert world.naming(mention("party", "ORG:S1")) == []
    assert world.deal_lines_on("CN202010000001.1") == []
    assert world.deal("c1", "L-1") is None
