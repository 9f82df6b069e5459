"""Fixtures of the browser tests: a Chromium and a page.

Everything that Playwright's blocking API starts is closed at the end of each module: while it is open its event loop
counts as running, and no test of another module could run a loop of its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.chromium import FLAGS, NoChromium, chromium_path


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a browser. Without one the test is skipped, or fails when CLASSROOM_REQUIRE_BROWSER=1."""
    try:
        return chromium_path()
    except NoChromium as error:
        if os.environ.get("CLASSROOM_REQUIRE_BROWSER") == "1":
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window of 1440 x 900 with nothing remembered from another test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()
