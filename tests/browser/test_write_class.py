"""Writing on the board with a real server: two windows, formulas that it makes, and what a lock does to words."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from classroom import api
from classroom.lesson import Thing
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
        text = words(teacher, "The roots")
        assert text["size"] == 48
        assert [formula["display"] for formula in text["formulas"]] == [False, True]
        assert any("fonts.json" in url for url in fetched)
        page.mouse.move(700, 700)
        keep(page, "written")
        keep(other, "seen")
    finally:
        other.context.close()


def words(teacher: api.Teacher, text: str) -> dict[str, Any]:
    """The fields of the text that begins so, once it is there and its formulas are."""

    def there(t: api.Teacher) -> dict[str, Any] | None:
        found = [o.fields for o in t.board.objects if isinstance(o, Thing) and o.type == "text"]
        return next((fields for fields in found if fields["text"].startswith(text)), None)

    fields: dict[str, Any] = teacher.wait_for(there, 20)
    return fields


def test_a_formula_that_comes_late_is_laid_out_when_it_comes(page: Page, teacher: api.Teacher) -> None:
    teacher.unlock("draw")
    enter(page, teacher.link, "Chidi Obi")
    page.get_by_role("button", name="Text (T)").click()
    page.route("**/api/formula", lambda route: route.abort())
    page.mouse.click(300, 500)
    page.keyboard.insert_text("late $\\frac{a}{b}$")
    page.keyboard.press("Escape")
    fields = words(teacher, "late")
    assert len(fields["formulas"]) == 0
    assert [run[2:] for run in fields["lines"][0][2]] == [("", "late "), ("code", "$\\frac{a}{b}$")]
    page.unroute("**/api/formula")
    teacher.wait_for(lambda t: len(words(t, "late")["formulas"]) == 1, 30)
    assert words(teacher, "late")["lines"][0][2][1][2] == "math"
    page.get_by_role("button", name="Undo").click()  # mending was no step of it
    teacher.wait_for(
        lambda t: (
            not any(isinstance(o, Thing) and o.fields.get("text", "").startswith("late") for o in t.board.objects)
        ),
        10,
    )


def test_what_is_wrong_in_a_formula_is_said_while_it_is_written(page: Page, teacher: api.Teacher) -> None:
    teacher.unlock("draw")
    enter(page, teacher.link, "Dana Levi")
    page.get_by_role("button", name="Text (T)").click()
    page.mouse.click(300, 500)
    page.keyboard.insert_text("broken $\\frac{a}$")
    why = page.locator(".cr-writebar__why")
    expect(why).to_be_visible()
    said = why.inner_text()
    assert "formula" in said, said
    keep(page, "formula-problem")
    page.keyboard.press("Escape")
    assert len(words(teacher, "broken")["formulas"]) == 0


def test_a_lock_in_the_middle_says_why_and_keeps_the_words(page: Page, teacher: api.Teacher) -> None:
    teacher.unlock("draw")
    enter(page, teacher.link, "Emil Berg")
    page.get_by_role("button", name="Sticky note (N)").click()
    page.mouse.click(500, 400)
    page.keyboard.insert_text("not lost")
    teacher.lock("draw")
    why = page.locator(".cr-writebar__why")
    expect(why).to_contain_text("cannot be kept")
    expect(page.get_by_role("navigation", name="Drawing tools")).to_have_count(0)  # no right, no tool
    keep(page, "locked")
    area = page.get_by_role("textbox", name="Sticky note")
    page.keyboard.press("Escape")
    expect(area).to_have_value("not lost")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    page.get_by_role("button", name="Throw away").click()
    expect(area).to_have_count(0)
    page.mouse.click(500, 400)
    page.keyboard.press("t")
    page.mouse.click(500, 400)
    expect(page.get_by_role("textbox", name="Text on the board")).to_have_count(0)
    assert not any(isinstance(o, Thing) and o.type == "note" for o in teacher.board.objects)


def test_on_a_phone_the_bar_and_the_words_fit(browser: Browser, teacher: api.Teacher) -> None:
    teacher.unlock("draw")
    context = browser.new_context(viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True)
    page = context.new_page()
    try:
        page.goto(teacher.link)
        page.get_by_label("Your name").fill("Fay Kim")
        page.get_by_role("button", name="Join the class").tap()
        page.locator(".cr-tabbar").get_by_role("button", name="Draw").tap()
        page.get_by_role("button", name="Text", exact=True).tap()
        page.touchscreen.tap(150, 300)
        area = page.get_by_role("textbox", name="Text on the board")
        expect(area).to_be_focused()
        page.keyboard.insert_text("by thumb")
        keep(page, "phone")
        bar = page.locator(".cr-writebar .cr-row").bounding_box()
        assert bar is not None
        assert bar["x"] >= 0
        assert bar["x"] + bar["width"] <= 360
        page.touchscreen.tap(200, 500)
        expect(area).to_have_count(0)
        assert words(teacher, "by thumb")
    finally:
        context.close()
