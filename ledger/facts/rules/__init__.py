"""When something may be said: one small check per rule, gathered by kind in `table`."""
