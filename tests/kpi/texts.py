"""Pieces of TOML that several tests of the KPI language build on."""

LICENCES = """
[metric.licences]
label = { zh = "许可次数", en = "Licences" }
from = "licence"
count = "lines"
unit = "次"
date = ["registered_on"]
[metric.licences.where]
"grantor.kind" = ["university"]
"grantee.size" = ["small", "micro"]
"deal.related_party" = [false]
"""


def programme_with(*targets: str, months: str = "months = 24") -> str:
    rows = "".join(f"  {target},\n" for target in targets)
    head = '[programme.p]\ntitle = { zh = "方案", en = "P" }\nsource = "000"\nsubject = "centre"\n'
    return f"{head}{months}\ntarget = [\n{rows}]\n"
