"""A real browser for the pages: a Chromium that is already on the machine, driven by Playwright.

A page that is watched fails its test on anything the browser complains about and on any request that leaves 127.0.0.1:
the ledger's pages load nothing from elsewhere, and run under a policy that would complain if they tried.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Route, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Root has no sandbox to put the browser in; the rest keeps it from calling home by itself.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium() -> str:
    """The browser's path. Where there is none the test is skipped, but never in CI: there it fails."""
    if named := os.environ.get("LEDGER_CHROMIUM"):
        if not Path(named).is_file():
            pytest.fail(f"LEDGER_CHROMIUM names no file: {named}")
        return named
    for name in NAMES:
        if found := shutil.which(name):
            return found
    no_browser = f"no browser: neither $LEDGER_CHROMIUM nor {', '.join(NAMES)} on the path"
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(no_browser)
    pytest.skip(no_browser)


@contextmanager
def running_browser() -> Iterator[Browser]:
    path = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def watched_page(browser: Browser, **options: Any) -> Iterator[Page]:
    """A page of its own in a fresh, Chinese-speaking session; `options` are those of Playwright's new_context."""
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(f"console {message.type}: {message.text}")

    def stay_here(route: Route) -> None:
        host = urlsplit(route.request.url).hostname
        if host in ("127.0.0.1", None):  # None: data: and blob: addresses, which go nowhere
            route.continue_()
        else:
            complaints.append(f"request to {route.request.url}")
            route.abort()

    with browser.new_context(**{"locale": "zh-CN", "timezone_id": "Asia/Shanghai"} | options) as context:
        context.route("**/*", stay_here)
        page = context.new_page()
        page.on("console", listen)
        page.on("pageerror", lambda error: complaints.append(f"script error: {error}"))
        yield page
        if complaints:
            pytest.fail("\n".join(complaints), pytrace=False)
