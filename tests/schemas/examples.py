"""One full request body for each kind, with every field that may be given together, already in its normal form."""

import copy
from collections.abc import Mapping
from typing import Any

PATENTS = ("CN202010000001.1", "CN202010000002.6", "CN202010000003.0")
UNIVERSITY, INSTITUTE = "1242000044160001X2", "124200004416000282"
FIRM, BANK, OPERATOR = "91420100551000111Y", "914200001770003137", "91420100551000410W"

DEAL: Mapping[str, Any] = {
    "deal_no": "许-2025/001",
    "grantors": [UNIVERSITY, INSTITUTE],
    "grantees": [FIRM],
    "lines": [
        {
            "patent_id": PATENTS[0],
            "grantor": UNIVERSITY,
            "grantee": FIRM,
            "amount": "600000.00",
            "registered_on": "2025-08-21",
            "registration_no": "X2025980000001",
            "announced_on": "2025-09-01",
        },
        {"patent_id": PATENTS[1], "amount": "400000.00"},
    ],
    "related_party": False,
    "role": "served",
    "payment_mode": "lump",
    "amount": "1000000.00",
    "signed_on": "2025-08-01",
    "effective_on": "2025-08-02",
    "registered_on": "2025-08-20",
    "registration_no": "X2025980000000",
    "announced_on": "2025-09-01",
    "tech_contract_no": "2025420100000001",
    "matched_via": "inventory_system",
    "principals": [UNIVERSITY],
    "agent": OPERATOR,
    "royalty_text": "按净销售额的 3% 逐年支付",
}

BODIES: Mapping[str, Mapping[str, Any]] = {
    "centre": {
        "code": "wh-photonics",
        "name": "光电子信息产业知识产权运营中心",
        "centre_kind": "park",
        "region": "420100-optics-valley",
        "valid_from": "2022-01-01",
        "operator": OPERATOR,
        "contact": "运营部",
    },
    "party": {
        "party_id": FIRM,
        "name": "明纤光通信有限公司",
        "party_kind": "enterprise",
        "valid_from": "2020-01-01",
        "size": "small",
        "size_basis": "declared",
        "region": "420100",
        "industry": "photonics",
        "chains": ["photonics", "laser"],
        "tags": [],
    },
    "patent": {
        "patent_id": PATENTS[0],
        "right": "invention",
        "title": "一种光纤放大器",
        "filed_on": "2020-03-02",
        "granted_on": "2022-05-10",
        "publication_no": "CN111111111B",
        "term_end": "2040-03-02",
        "ipc": ["H01S3/067", "G02B6/42"],
        "owners": [UNIVERSITY, "US:acme-7"],
    },
    "patent_status": {
        "patent_id": PATENTS[0],
        "code": "CF01",
        "effective_on": "2025-03-02",
        "announced_on": "2025-05-01",
    },
    "pool": {
        "pool_id": "Q1/光通信",
        "action": "open",
        "on": "2025-08-20",
        "name": "光通信专利池",
        "industry": "photonics",
        "operator": OPERATOR,
    },
    "admission": {
        "pool_id": "Q1/光通信",
        "patents": list(PATENTS),
        "on": "2025-08-21",
        "mode": "custody",
        "agreement_no": "托管-7",
    },
    "withdrawal": {"pool_id": "Q1/光通信", "patents": [PATENTS[2]], "on": "2026-01-01", "reason": "协议到期"},
    "transfer": {**DEAL, "cause": "assignment"},
    "licence": {**DEAL, "licence_type": "non_exclusive", "term_months": 36, "annual_fee": "333333.33"},
    "open_licence": {**DEAL, "statement_ref": "KF-2025-1", "term_months": 12},
    "equity": {
        **DEAL,
        "investee": FIRM,
        "title_transferred": True,
        "appraised_amount": "1200000.00",
        "share_ratio": "0.125",
    },
    "open_licence_statement": {
        "statement_ref": "KF-2025-1",
        "patents": [PATENTS[0]],
        "action": "publish",
        "on": "2025-01-05",
        "fee_text": "每年一万元",
        "fee_amount": "10000.00",
    },
    "registration": {
        "deal_no": "许-2025/001",
        "registered_on": "2025-08-20",
        "registration_no": "X2025980000000",
        "announced_on": "2025-09-01",
        "lines": [1, 2],
    },
    "amendment": {"deal_no": "许-2025/001", "on": "2026-01-01", "amount_change": "-0.01", "reason": "agreed"},
    "termination": {"deal_no": "许-2025/001", "on": "2026-06-01", "reason": "mutual", "amount_change": "-500000.00"},
    "payment": {
        "deal_no": "许-2025/001",
        "received_on": "2025-08-05",
        "amount": "-250000.50",
        "payment_type": "refund",
    },
    "pledge": {
        "loan_ref": "LN/2025/1",
        "action": "new",
        "registered_on": "2025-10-10",
        "borrower": FIRM,
        "pledgors": [FIRM],
        "pledgee": BANK,
        "rights": [
            {"right_kind": "patent", "right_id": PATENTS[0], "registration_no": "Y2025980000201"},
            {"right_kind": "trademark", "right_id": "TM-30123456"},
        ],
        "loan_amount": "30000000.00",
        "credit_line": "50000000.00",
    },
    "activity": {
        "activity_type": "roadshow",
        "title": "光电子专利路演",
        "held_on": "2025-11-03",
        "mode": "hybrid",
        "sessions": 2,
        "deliveries": 120,
        "count": 4,
        "headcount": 80,
        "firms": 35,
        "patents_presented": 12,
        "intentions": 5,
        "contracts": 1,
        "contract_amount": "100000.00",
        "financing_amount": "0.00",
        "attendees": [{"token": "a1f-07", "role": "ip_manager", "employer": FIRM}, {"token": "b2"}],
        "hosts": ["运营中心", "园区管委会"],
        "service_type": "matching",
        "programme": "prep",
    },
    "output": {
        "output_type": "abs_product",
        "ref_no": "ABS/1",
        "title": "知识产权证券化产品一期",
        "on": "2026-02-01",
        "status": "issued",
        "party_id": FIRM,
        "value_amount": "200000000.00",
        "patents": [PATENTS[1]],
        "issuer_level": "nation",
    },
    "participation": {
        "programme": "hubei-2025",
        "subject": "wh-photonics",
        "state": "started",
        "on": "2025-08-01",
        "start_on": "2025-08-01",
        "months": 24,
        "industry": "photonics",
        "overrides": {"times": "400", "amount": "5000.50"},
    },
    "baseline": {
        "metric": "hei_sme_amount",
        "subject": "420100",
        "from": "2024-08-01",
        "to": "2025-08-01",
        "value": "1000.00",
        "source": "2024 年度统计报表第 3 页",
    },
    "attestation": {"entry": 41, "verdict": "rejected", "lines": [1], "reason": "duplicate", "note": "与第 12 号重复"},
    "reversal": {"entry": 41, "reason": "data_error", "note": "金额有误", "replaced_by": 57},
    "closing": {
        "programme": "hubei-2025",
        "subject": "wh-photonics",
        "through": "2026-07-31",
        "action": "accept",
        "note": "经核查",
        "decisions": {"navigation": True, "survey": False},
        "scorecard_digest": "ab" * 32,
    },
}

EVIDENCE = [{"sha256": "0f" * 32, "title": "许可合同.pdf", "media_type": "application/pdf"}, {"sha256": "1e" * 32}]


def request(kind: str, centre: str = "wh-photonics", **changed: Any) -> dict[str, Any]:
    """A request to record the example of a kind, with fields of its body changed."""
    # A copy all through: what a test does to its request must not reach the next one.
    body = {**copy.deepcopy(BODIES[kind]), **changed}
    return {"kind": kind, "centre": centre, "body": body, "evidence": copy.deepcopy(EVIDENCE)}
