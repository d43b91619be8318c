"""The doors over HTTP: the API and the pages."""
