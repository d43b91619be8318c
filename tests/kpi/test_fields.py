"""The vocabulary: a closed list of fields, days and counts that agrees with the entries."""

import re
from dataclasses import fields as fields_of

import pytest

from ledger.facts.kinds.deals import Deal
from ledger.facts.kinds.outcomes import Activity, Output, Pledge
from ledger.facts.kinds.pools import Admission, Pool
from ledger.facts.kinds.registry import Party
from ledger.kpi import fields


def test_the_fields_that_can_be_tested_are_a_closed_list():
    sides = ("grantor", "grantee", "party", "borrower", "employer")
    assert set(fields.FIELDS) == {
        "kind", "recorder.region", "patent.in_force", "deal.related_party", "deal.role", "deal.payment_mode", "deal.matched_via",
        "transfer.cause", "licence.licence_type", "grantee.is_operator", "pledge.action", "activity.type", "activity.mode",
        "activity.service_type", "activity.programme", "attendee.role", "output.type", "output.status", "output.issuer_level",
        *(f"{side}.{name}" for side in sides for name in ("kind", "size", "region", "industry", "chain", "tags")),
    }  # fmt: skip


def test_every_field_can_be_asked_of_some_family_and_every_family_asks_only_fields():
    assert {name for family in fields.FAMILIES.values() for name in family.tests} == set(fields.FIELDS)


def test_every_side_of_a_test_is_a_side_of_its_family():
    for family in fields.FAMILIES.values():
        assert {side for name in family.tests if (side := fields.side_of(name))} == set(family.sides)


def test_only_deals_and_activities_have_no_state_on_a_day():
    assert {name for name, family in fields.FAMILIES.items() if not family.stock} == {"deal", "activity"}


@pytest.mark.parametrize(
    ("family", "fact"),
    [("deal", Deal), ("pool", Pool), ("admission", Admission), ("activity", Activity), ("pledge", Pledge), ("output", Output),
     ("party", Party)],
)  # fmt: skip
def test_days_and_sums_are_named_as_the_entries_name_them(family: str, fact: type):
    of_fact = {field.name for field in fields_of(fact)}
    of_deals = {"received", "annualised"}  # from payments, and from the amount and the term
    known = fields.FAMILIES[family]
    assert set(known.dates) <= of_fact
    assert {count.removeprefix("sum:") for count in known.counts if count.startswith("sum:")} - of_deals <= of_fact


def test_every_count_has_a_unit_that_fits():
    for count in {count for family in fields.FAMILIES.values() for count in family.counts}:
        assert [unit for unit in ("次", "万元", "万元/年") if fields.unit_problem(count, unit) is None] == (
            ["万元/年"] if count == "sum:annualised" else ["万元"] if re.search("amount|received", count) else ["次"]
        )
