"""Regions: who lies in whom, and the same answer from a prefix."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.facts.regions import covers, normal_region, region_prefix
from ledger.facts.text import BadIdentifier

# Few digits, so that drawn regions often lie in each other.
CODES = st.builds(
    "{}{}{}".format, st.sampled_from(["42", "32"]), st.sampled_from(["00", "05", "90"]), st.sampled_from(["00", "02", "04"])
)
REGIONS = st.builds("{}{}".format, CODES, st.sampled_from(["", "-east-lake", "-optics"]))


@pytest.mark.parametrize("region", ["420000", "420500", "420502", "429004", "420502-hitech", "320500-park-2"])
def test_a_region_is_six_digits_or_a_park_behind_them(region):
    assert normal_region(f" {region}　") == region


def test_full_width_digits_are_read():
    assert normal_region("４２０５０２－hitech") == "420502-hitech"


@pytest.mark.parametrize(
    "text",
    ["", "42", "4205", "42050", "4205020", "000000", "420502-", "420502--a", "420502-East", "420502-光谷", "420502_a", "湖北省"],
)
def test_any_other_region_is_refused(text):
    with pytest.raises(BadIdentifier) as caught:
        normal_region(text)
    assert caught.value.reason == "region-form"


def test_an_endless_park_name_is_refused():
    with pytest.raises(BadIdentifier):
        normal_region("420502-" + "a" * 60)


@pytest.mark.parametrize(
    ("region", "other", "answer"),
    [
        ("420500", "420500", True),
        ("420500", "420502", True),
        ("420500", "420502-hitech", True),
        ("420500", "420500-hitech", True),
        ("420500", "420602", False),
        ("420500", "420000", False),
        ("420000", "420500", True),
        ("420000", "429004", True),
        ("420000", "420502-hitech", True),
        ("420000", "320500", False),
        ("420502", "420502", True),
        ("420502", "420502-hitech", True),
        ("420502", "420503", False),
        ("420502", "420500", False),
        ("420502-hitech", "420502-hitech", True),
        ("420502-hitech", "420502", False),
        ("420502-hitech", "420502-hitech-2", False),
        ("420000", None, False),
    ],
)
def test_a_code_covers_what_lies_in_it_and_a_park_only_itself(region, other, answer):
    assert covers(region, other) is answer


@pytest.mark.parametrize(
    ("region", "prefix"), [("420000", "42"), ("500000", "50"), ("420500", "4205"), ("420502", "420502"), ("420500-hitech", None)]
)
def test_the_prefix_of_a_region_is_its_telling_digits(region, prefix):
    assert region_prefix(region) == prefix


@given(region=REGIONS, other=REGIONS)
def test_covering_is_beginning_with_the_prefix_or_being_the_same_park(region, other):
    prefix = region_prefix(region)
    assert covers(region, other) is (region == other if prefix is None else other[: len(prefix)] == prefix)


@given(REGIONS)
def test_a_region_covers_itself(region):
    assert covers(region, region)


@given(a=REGIONS, b=REGIONS, c=REGIONS)
def test_what_lies_in_a_part_lies_in_the_whole(a, b, c):
    if covers(a, b) and covers(b, c):
        assert covers(a, c)


@given(a=REGIONS, b=REGIONS)
def test_two_regions_that_cover_each_other_are_one(a, b):
    if covers(a, b) and covers(b, a):
        assert a == b
