"""What counts after a run of entries: from the history of one subject to its rows."""
