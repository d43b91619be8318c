"""The only SQL: entries, lines and tokens in rows, on SQLite and on PostgreSQL."""
