"""What can be said, when it is allowed, and what follows from it. Plain values: no framework, no database, no clock."""
