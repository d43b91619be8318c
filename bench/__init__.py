"""Measurements: `python -m bench`. Ratios to partners measured in the same run; docs/performance.md tells how to read them."""
