"""The one door for a WSGI server: `gunicorn wsgi:app`."""

from ledger.app import create_app

app = create_app()
