"""Every claim the ledger makes about itself, tried. The folders mirror those of the code."""
