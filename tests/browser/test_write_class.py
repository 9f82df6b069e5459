"""Writing on the board with a real server: two windows, formulas that it makes, and what a lock does to words."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from classroom import api
from tests.browser.jupyter_process import TOKEN, JupyterProcess

TITLE = "Writing"
ENABLE = "--ServerApp.jpserver_extensions={'classroom': True}"
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[JupyterProcess]:
    server = JupyterProcess(tmp_path_factory.mktemp("write"), ENABLE, app="jupyter_server")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def teacher(jupyter: JupyterProcess) -> Iterator[api.Teacher]:
    opened = api.start(TITLE, url=jupyter.url, token=TOKEN)
    yield opened
    opened.close()


def keep(page: Page, name: str) -> None:
    """A picture in light and dark where CLASSROOM_SHOTS names a folder."""
    folder = os.environ.get("CLASSROOM_SHOTS")
    for scheme in ("light", "dark") if folder else ():
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(400)
        page.screenshot(path=str(Path(str(folder), f"write-{name}-{scheme}.png")))
    page.emulate_media(color_scheme="light")


def enter(page: Page, link: str, name: str) -> None:
    page.goto(link)
    page.get_by_label("Your name").fill(name)
    page.keyboard.press("Enter")
    expect(page.locator(".cr-board-stage")).to_be_visible()


def test_words_and_formulas_go_from_window_to_window(page: Page, browser: Browser, teacher: api.Teacher) -> None:
    teacher.unlock("draw")
    other = browser.new_context(viewport={"width": 1200, "height": 800}).new_page()
    try:
        enter(page, teacher.link, "Ana Lima")
        enter(other, teacher.link, "Bao Tran")
        fetched: list[str] = []
        page.on("request", lambda request: fetched.append(request.url) if "fonts/board" in request.url else None)
        tools = page.get_by_role("navigation", name="Drawing tools")
        tools.get_by_role("button", name="Text (T)").click()
        assert fetched == []
        page.mouse.click(300, 250)
        area = page.get_by_role("textbox", name="Text on the board")
        expect(area).to_be_focused()
        page.keyboard.insert_text(
            "The roots of **x² = 2** are $\\pm\\sqrt{2}$,\nsince\n$$\\left(\\sqrt{2}\\right)^2 = 2$$\n- one\n- two"
        )
        page.wait_for_timeout(800)
        keep(page, "writing")
        page.get_by_role("button", name="Larger").click()
        expect(area).to_be_focused()
        page.keyboard.press("Escape")
        expect(area).to_have_count(0)
        text = teacher.wait_for(lambda t: next((o for o in t.board.objects if o.type == "text"), None), 20)
        assert text.fields["size"] == 48
        assert any("fonts.json" in url for url in fetched)
        page.mouse.move(700, 700)
        keep(page, "written")
        keep(other, "seen")
    finally:
        other.context.close()
