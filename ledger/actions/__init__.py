"""The verbs: one file for each thing a person does with the ledger."""
