"""One frozen dataclass per kind of entry, in the words of the contract; `ledger.facts.encoding` gathers them."""
