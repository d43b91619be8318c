"""The schema's history: numbered revisions with one head, run by `pool-ledger migrate`."""
