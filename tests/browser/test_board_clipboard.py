"""Lining up, straightening, cutting, copying and pasting, and the menu of the right button, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.test_board_input import Open, away, board, differ, drag, pixels, settle, site, state

__all__ = ["board", "site"]  # fixtures
pytestmark = pytest.mark.browser


def things(page: Page) -> list[dict[str, Any]]:
    """What lies on the first page, bottom to top, bytes left out."""
    found: list[dict[str, Any]] = page.evaluate(
        "session.table.onPage('page1').map((record) => ({...record, points: record.points?.length}))"
    )
    return found


def stage(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a place of the board is on the screen."""
    at: list[float] = page.evaluate("([x, y]) => over(x, y)", [x, y])
    return at[0], at[1]


def shape(page: Page, *corners: tuple[float, float], up: bool = True) -> None:
    drag(page, [stage(page, *at) for at in corners], up=up)


def test_a_shape_lines_up_with_what_is_near_and_says_so(board: Open) -> None:
    page = board()
    page.keyboard.press("s")
    page.mouse.move(400, 300)
    page.keyboard.press("s")
    shape(page, (200, 200), (500, 400))
    first = things(page)[0]
    assert (first["x"], first["y"], first["w"], first["h"]) == (200, 200, 300, 200)
    # Its left edge and the other's bottom are 4 board units off: less than 6 pixels.
    plain = pixels(page)
    shape(page, (204, 550), (400, 700), (503, 703), up=False)
    page.wait_for_timeout(60)
    assert differ(pixels(page, "snap-guides"), plain) > 1000
    guides = page.evaluate("magenta()")
    assert guides > 200
    page.mouse.up()
    settle(page)
    second = things(page)[1]
    assert (second["x"], second["x"] + second["w"]) == (200, 500)
    assert page.evaluate("magenta()") == 0
    # Ctrl lets the hand have its way, also when it comes in the middle of the drag.
    shape(page, (700, 550), (850, 600), (903, 705), up=False)
    page.keyboard.down("Control")
    page.wait_for_timeout(30)
    assert page.evaluate("magenta()") == 0
    page.mouse.up()
    page.keyboard.up("Control")
    third = things(page)[2]
    assert third["y"] + third["h"] == pytest.approx(705, abs=1)
    # Switched off, nothing lines up.
    page.evaluate("board.setSnap(false)")
    assert state(page)["snap"] is False
    shape(page, (204, 20), (300, 60), (497, 90))
    fourth = things(page)[3]
    assert fourth["x"] == pytest.approx(204, abs=1)
    away(page)
