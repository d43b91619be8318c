"""Administrative divisions as six digits (GB/T 2260), with a park's `-slug` where a park has no code of its own.

A code ending in `0000` is a province, one ending in `00` a city, any other a county or district. A code covers itself, the
divisions below it and every park inside them; a park covers only itself. Whose region is asked, and on which day, is `world`'s
question.
"""

import re
from typing import Final

from ledger.facts.text import BadIdentifier, half_width

# No division begins with 0: such a code would have an empty prefix and cover the whole country.
_REGION: Final = re.compile(r"[1-9][0-9]{5}(?:-[a-z0-9][a-z0-9-]*)?")
_REGION_MAX: Final = 64


def normal_region(text: str) -> str:
    """The region as it is stored: `420500`, or `420506-hitech` for a park."""
    region = half_width(text).strip()
    if len(region) > _REGION_MAX or not _REGION.fullmatch(region):
        raise BadIdentifier("region-form", region=text)
    return region


def covers(region: str, other: str | None) -> bool:
    """Whether `other` is the region or lies in it. An unknown region lies nowhere."""
    if other is None:
        return False
    prefix = region_prefix(region)
    return other == region if prefix is None else other.startswith(prefix)


def region_prefix(region: str) -> str | None:
    """The digits that all covered regions begin with (for a LIKE in SQL); None for a park, which covers only itself."""
    if len(region) > 6:
        return None
    return region.removesuffix("0000") if region.endswith("0000") else region.removesuffix("00")
