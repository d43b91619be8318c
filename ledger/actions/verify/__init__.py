"""What a stranger can check without us: a bundle or a proof against a key, offline, with no database and no web."""
