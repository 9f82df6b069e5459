"""Polygons corner by corner, in a real browser: by mouse, finger and keys, judged by records and pixels.

The board stands on a session in memory, as in `test_board_input.py`, whose window and hands are used here.
"""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser import test_board_input as hands
from tests.browser.test_board_input import Open, away, differ, pixels, settle, shapes, state

pytestmark = pytest.mark.browser
site = hands.site
board = hands.board


def polygons(board: Open, fragment: str = "", **options: Any) -> Page:
    page = board(fragment, **options)
    page.evaluate("board.setSnap(false)")  # guides are no part of a shape
    page.evaluate("board.setShape({kind: 'polygon'}); board.focus()")
    page.keyboard.press("s")
    return page


def inside(page: Page, name: str = "") -> Any:
    """Without the ring of focus, which comes with a key and goes with a press."""
    return pixels(page, name)[8:-8, 8:-8]


def corners(shape: dict[str, Any], zoom: float) -> list[tuple[float, float]]:
    """In CSS pixels from the first."""
    places = [(shape["x"] + u * shape["w"], shape["y"] + v * shape["h"]) for u, v in shape["corners"]]
    return [(zoom * (x - places[0][0]), zoom * (y - places[0][1])) for x, y in places]


def test_each_press_sets_a_corner_and_the_first_one_closes_it(board: Open) -> None:
    page = polygons(board)
    blank = inside(page)
    for x, y in ((300, 200), (500, 220), (520, 400)):
        page.mouse.click(x, y)
    page.mouse.move(320, 420)
    settle(page)
    assert shapes(page) == [], "nothing is kept before it is closed"
    assert differ(blank, inside(page, "polygon-open")) > 500
    page.mouse.click(320, 420)
    page.mouse.click(303, 202)  # near enough to the first
    away(page)
    (made,) = shapes(page)
    assert (made["kind"], made["colour"]) == ("polygon", "ink")
    zoom = state(page)["zoom"]
    expected = [(0, 0), (200, 20), (220, 200), (20, 220)]
    assert corners(made, zoom) == [pytest.approx(place, abs=0.2) for place in expected]
    done = inside(page, "polygon-done")
    assert differ(blank, done) > 500
    page.keyboard.press("Control+z")
    settle(page)
    assert shapes(page) == []
    assert differ(blank, inside(page)) < 400
    page.keyboard.press("Control+Shift+z")
    assert len(shapes(page)) == 1


def test_keys_close_it_take_corners_back_and_let_it_go(board: Open) -> None:
    page = polygons(board)
    blank = inside(page)
    page.mouse.click(300, 200)
    page.mouse.click(500, 220)
    page.mouse.click(700, 500)
    page.keyboard.press("Backspace")
    page.keyboard.down("Shift")
    page.mouse.click(505, 420)  # straight down from the corner before
    page.keyboard.up("Shift")
    page.keyboard.press("Enter")
    (made,) = shapes(page)
    assert corners(made, state(page)["zoom"]) == [pytest.approx(p, abs=0.2) for p in ((0, 0), (200, 20), (200, 220))]
    page.keyboard.press("Control+z")
    page.mouse.click(300, 200)
    page.mouse.click(500, 220)
    page.keyboard.press("Escape")
    page.mouse.click(600, 300)
    page.evaluate("board.setTool('pen')")
    away(page)
    assert shapes(page) == []
    assert differ(blank, inside(page)) < 400
    # A press again on the last corner closes it too; of two corners that is a line, of one it is nothing.
    page.evaluate("board.setTool('shape')")
    page.mouse.click(300, 200)
    page.mouse.click(300, 200)
    page.mouse.click(500, 220)
    page.mouse.click(500, 220)
    (line,) = shapes(page)
    assert (line["kind"], line["fill"]) == ("line", "")


def test_fingers_lay_corners_and_losing_the_right_leaves_nothing(board: Open) -> None:
    page = polygons(board, "role=student", touch=True)
    for x, y in ((300, 200), (500, 220), (400, 400), (300, 200)):
        page.touchscreen.tap(x, y)
    (made,) = shapes(page)
    assert len(made["corners"]) == 3
    page.touchscreen.tap(600, 200)
    page.touchscreen.tap(700, 300)
    page.evaluate("session.setLocked(true)")
    page.touchscreen.tap(600, 400)
    page.touchscreen.tap(600, 200)
    page.evaluate("session.setLocked(false)")
    page.keyboard.press("Enter")
    settle(page)
    assert len(shapes(page)) == 1
