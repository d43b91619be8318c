"""Policy as data: metrics and programmes in TOML, and the fold that turns entries into figures.

- `fields` lists what a metric may count, test and date by; `windows` says which days a target looks at.
- `language` reads the files (with `reading`, `metrics` and `targets`) into the frozen values of `definitions`.
- `programmes/` holds the built-in files. A new programme is a new file there, or in a folder of its own, and no code.
"""
