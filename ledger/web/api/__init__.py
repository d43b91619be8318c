"""The API, a file for each noun: guard, arguments, one call."""
