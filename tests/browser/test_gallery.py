"""Private copies with real windows and a real server: walking the room, opening a copy, showing it, taking it back."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from classroom import api
from tests.browser.jupyter_process import TOKEN, JupyterProcess

pytestmark = pytest.mark.browser
ENABLE = "--ServerApp.jpserver_extensions={'classroom': True}"
NAMES = ("Ana Lima", "Bao Tran", "Chloé Martin")


@pytest.fixture
def teacher(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[api.Teacher]:
    server = JupyterProcess(tmp_path_factory.mktemp("walk"), ENABLE, app="jupyter_server")
    opened = api.start("Eigenvalues", url=server.url, token=TOKEN)
    yield opened
    opened.close()
    server.stop()


def enter(browser: Browser, link: str, name: str, width: int = 1100, height: int = 700, dark: bool = False) -> Page:
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light")
    page = context.new_page()
    page.goto(link)
    page.get_by_label("Your name").fill(name)
    page.keyboard.press("Enter")
    expect(page.locator(".cr-board-stage")).to_be_visible()
    return page


def shot(page: Page, name: str) -> None:
    if folder := os.environ.get("CLASSROOM_SHOTS"):
        page.screenshot(path=str(Path(folder) / f"gallery-{name}.png"))


def middle(page: Page) -> tuple[float, float]:
    box = page.locator(".cr-board-sheet").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def wave(page: Page, dx: float = 0, dy: float = 0, lift: bool = True) -> None:
    x, y = middle(page)
    page.mouse.move(x - 150 + dx, y + dy)
    page.mouse.down()
    for i in range(30):
        page.mouse.move(x - 150 + dx + 10 * i, y + dy + 40 * np.sin(i / 4))
        page.wait_for_timeout(6)
    if lift:
        page.mouse.up()


def dark_pixels(node: Locator) -> int:
    """Pixels of ink in a picture of a node."""
    picture: np.ndarray[Any, Any] = np.asarray(Image.open(io.BytesIO(node.screenshot())).convert("L")).astype(int)
    return int((picture < 120).sum())


def table(page: Page, expression: str) -> Any:
    """Something of the session that a panel shows; `s` is the session."""
    return page.evaluate(
        f"(() => {{ const s = document.querySelector('[data-classroom]').classroom; return {expression} }})()"
    )


def card(page: Page, name: str) -> Locator:
    return page.locator(".cr-copy", has_text=name)


def test_walking_the_room(browser: Browser, teacher: api.Teacher) -> None:
    board = teacher.board
    sheet = board.add_page("Find the eigenvalues", audience="each")
    board.draw([(100, 90), (420, 90), (420, 140), (100, 140), (100, 90)], width=4)
    students = [enter(browser, teacher.link, name) for name in NAMES]
    staff = enter(browser, teacher.staff_link, "Ada", 1440, 900)
    ana, bao, chloe = students
    for page in (ana, bao):
        expect(page.get_by_text("Only you and your teacher see this")).to_be_visible()
        wave(page)
    shot(ana, "student")
    teacher.wait_for(lambda t: len(t.board.objects) >= 3, 10)
    assert [table(page, f"s.table.onPage('{sheet.id}').length") for page in (*students, staff)] == [2, 2, 1, 3]

    # The teacher's own board shows the worksheet, not everyone's strokes on top of each other.
    wide = dark_pixels(staff.locator(".cr-board-stage"))
    middle(staff)
    staff.keyboard.press("w")
    expect(staff.get_by_role("heading", name="Walking the room")).to_be_visible()
    expect(staff.locator(".cr-copy")).to_have_count(3)
    expect(card(staff, "Chloé Martin")).to_contain_text("Nothing yet")
    expect(card(staff, "Ana Lima")).to_contain_text("Started")
    staff.wait_for_timeout(700)
    assert (
        dark_pixels(card(staff, "Ana Lima").locator(".cr-copy__open"))
        > dark_pixels(card(staff, "Chloé Martin").locator(".cr-copy__open")) + 30
    )
    assert wide > 0

    # Live: a stroke shows while it is being drawn, and goes when it is taken back.
    before = dark_pixels(card(staff, "Chloé Martin").locator(".cr-copy__open"))
    wave(chloe, lift=False)
    staff.wait_for_timeout(900)
    assert dark_pixels(card(staff, "Chloé Martin").locator(".cr-copy__open")) > before + 30
    expect(card(staff, "Chloé Martin")).to_contain_text("Drawing")
    shot(staff, "live-1440")
    chloe.keyboard.press("Escape")
    chloe.mouse.up()
    staff.wait_for_timeout(900)
    assert dark_pixels(card(staff, "Chloé Martin").locator(".cr-copy__open")) == before

    # Hands, filters, names, arrows.
    bao.keyboard.press("r")
    expect(card(staff, "Bao Tran")).to_contain_text("now")
    staff.get_by_role("button", name="Hands 1").click()
    expect(staff.locator(".cr-copy")).to_have_count(1)
    staff.get_by_role("button", name="All 3").click()
    expect(staff.locator(".cr-copy").first).to_contain_text("Bao Tran")
    staff.locator(".cr-copy__open").first.focus()
    staff.keyboard.press("ArrowRight")
    expect(staff.locator(".cr-copy__open").nth(1)).to_be_focused()
    shot(staff, "hand-1440")

    # Opened: Ana's copy and nobody else's, to be written on; Ana sees it, Bao does not.
    staff.keyboard.press("Enter")
    expect(staff.get_by_role("toolbar", name="Ana Lima’s copy")).to_be_visible()
    expect(staff.get_by_text("2 of 3")).to_be_visible()
    wave(staff, dy=120)
    shot(staff, "opened-1440")
    teacher.wait_for(lambda t: len(t.board.objects) >= 4, 10)
    expect_count(ana, sheet.id, 3)
    assert table(bao, f"s.table.onPage('{sheet.id}').length") == 2
    # Undo takes back what was written on this copy only.
    staff.get_by_role("button", name="Next copy").click()
    expect(staff.get_by_role("toolbar", name="Chloé Martin’s copy")).to_be_visible()
    staff.keyboard.press("Control+z")
    staff.wait_for_timeout(300)
    assert table(ana, f"s.table.onPage('{sheet.id}').length") == 3
    staff.get_by_role("button", name="Previous copy").click()
    staff.keyboard.press("Control+z")
    expect_count(ana, sheet.id, 2)
    staff.keyboard.press("Escape")
    expect(staff.get_by_role("heading", name="Walking the room")).to_be_visible()

    # Shown by name, the name hidden, taken back.
    card(staff, "Bao Tran").hover()
    staff.get_by_role("button", name="Show Bao Tran to everyone").click()
    tray = staff.get_by_role("group", name="On every screen")
    expect(tray).to_contain_text("Bao Tran is on every screen")
    shown = teacher.board.page
    assert shown is not None
    assert shown.title == "Bao Tran’s work"
    expect_count(ana, shown.id, 3)
    expect(card(staff, "Bao Tran")).to_contain_text("Shown to all")
    staff.mouse.move(5, 5)
    staff.wait_for_timeout(600)
    shot(staff, "shown-1440")
    shot(ana, "shown-student")
    tray.get_by_role("button", name="Hide name").click()
    expect_count(ana, shown.id, 2)
    assert table(ana, f"s.table.get('{shown.id}').title") == "Someone’s work"
    assert table(ana, f"s.table.get('{shown.id}').shows") == []
    tray.get_by_role("button", name="Take back").click()
    expect(tray).to_have_count(0)
    ana.wait_for_function(
        "id => document.querySelector('[data-classroom]').classroom.table.get('class').page === id", arg=sheet.id
    )
    # All at once.
    staff.get_by_role("button", name="Show all").click()
    expect(tray).to_contain_text("Everyone’s work is on every screen")
    staff.wait_for_timeout(400)
    shot(ana, "shown-all-student")
    tray.get_by_role("button", name="Take back").click()

    # Handed in: nobody draws, everyone keeps their copy.
    staff.get_by_role("button", name="End private copies").click()
    shot(staff, "end-1440")
    staff.get_by_role("menuitem", name="Hand in").click()
    expect(ana.get_by_text("This page is locked").first).to_be_visible()
    assert table(ana, f"s.table.onPage('{sheet.id}').length") == 2
    for page in (*students, staff):
        page.context.close()


def expect_count(page: Page, sheet: str, count: int) -> None:
    page.wait_for_function(
        "([id, n]) => document.querySelector('[data-classroom]').classroom.table.onPage(id).length === n",
        arg=[sheet, count],
        timeout=8_000,
    )
