"""A sample year for Pool Ledger: some four thousand entries of two offices, three centres and a park, all of them invented.

    python examples/sample_year.py [SEED] > sample_year.jsonl

prints the entries as JSON lines, the form that `pool-ledger import` reads. A loader takes `steps()` instead: it knows who
says each entry and when. The offices come first, by `pool-ledger centre add`, at `FOUNDED_AT`; indexes count from there.
The same seed gives the same bytes, on every machine and on every day.
"""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a script it finds only its own folder

from examples.invented import activities, display, laser, loans, outputs, photonics, pools, registry, verdicts
from examples.invented.cast import Casting, cast_of_hubei, cast_of_jiangsu
from examples.invented.journal import Journal, Step

__all__ = ["FOUNDED_AT", "OFFICES", "SEED", "TOKENS", "Step", "steps"]

SEED = 20250801
FOUNDED_AT = datetime(2024, 7, 1, 0, 30, tzinfo=UTC)  # before the first step
OFFICES = (
    {"code": "hb-ipo", "name": "湖北省知识产权局(示例)", "kind": "province_office", "region": "420000"},
    {"code": "js-ipo", "name": "江苏省知识产权局(示例)", "kind": "province_office", "region": "320000"},
)
TOKENS = (
    {"role": "recorder", "centre": "wh-photonics"},
    {"role": "signatory", "centre": "wh-photonics"},
    {"role": "recorder", "centre": "yc-laser"},
    {"role": "recorder", "centre": "sz-display"},
    {"role": "signatory", "centre": "sz-display"},
    {"role": "recorder", "centre": "sz-park"},
    {"role": "authority", "centre": "hb-ipo", "region": "420000"},
    {"role": "authority", "centre": "js-ipo", "region": "320000"},
    {"role": "reader"},
    {"role": "auditor"},
)


def steps(seed: int = SEED) -> Iterator[Step]:
    """The year in the order of its recording; `at` strictly increases."""
    journal = Journal(seed)
    casting = Casting(journal.dice("cast"))
    hubei, jiangsu = cast_of_hubei(casting), cast_of_jiangsu(casting)
    registry.register_centres(journal, hubei, jiangsu)
    registry.begin_programmes(journal)
    registry.declare_baselines(journal)
    registry.register_parties(journal, hubei, jiangsu)
    registry.change_classes(journal, hubei)
    patents = pools.draw_up(journal.dice("photonics patents"), hubei)
    pools.fill_the_pools(journal, patents, hubei.operator)
    pools.follow_the_gazette(journal, patents)
    of_photonics = photonics.everything(journal, hubei, patents)
    of_laser = laser.everything(journal, hubei)
    laser.record_what_the_other_recorded(of_laser, of_photonics, hubei, patents.to_lend)
    of_park_firms = display.everything(journal, jiangsu)
    display.report_the_park(journal, jiangsu)
    loans.photonics_loans(journal, hubei, patents.of_firms)
    loans.city_loans(journal, hubei)
    loans.park_loans(journal, jiangsu, of_park_firms)
    activities.photonics_activities(journal, hubei)
    activities.laser_activities(journal, hubei)
    activities.display_activities(journal, jiangsu)
    outputs.file_products(journal, hubei, patents.of_firms)
    outputs.photonics_outputs(journal, hubei, patents.of_firms)
    outputs.other_outputs(journal, hubei, jiangsu)
    verdicts.everything(journal, of_photonics)
    return journal.steps(first_index=len(OFFICES))


def json_line(step: Step) -> str:
    return json.dumps({"evidence": [], **step.entry}, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    for each in steps(*map(int, sys.argv[1:2])):
        sys.stdout.buffer.write(json_line(each).encode() + b"\n")
