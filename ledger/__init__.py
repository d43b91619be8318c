"""Pool Ledger: what patent operating centres did, kept in one append-only log that anybody can check.

Quiet on purpose: importing a part of the package loads that part alone. The application is made in `ledger.app`.
"""

__version__ = "0.1.0"
