"""The partner of all HTTP figures: a Flask application with one JSON endpoint that does nothing, served by the same settings."""

from flask import Flask

app = Flask("bare")


@app.route("/", methods=["GET", "POST"])
def answer() -> dict[str, bool]:
    return {"ok": True}
