"""Lining up, straightening, cutting, copying and pasting, and the menu of the right button, in a real browser."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.test_board_input import (
    Open,
    away,
    board,
    differ,
    drag,
    fingers,
    pen,
    pixels,
    settle,
    site,
    state,
)

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


def ring(x: float, y: float, rx: float, ry: float) -> list[tuple[float, float]]:
    """Once round, as a hand goes: not quite even, and not quite closed."""
    turns = [2 * math.pi * i / 48 for i in range(49)]
    return [(x + (rx + 3 * math.sin(5 * t)) * math.cos(t), y + (ry + 3 * math.cos(3 * t)) * math.sin(t)) for t in turns]


def test_a_stroke_that_is_held_still_becomes_the_figure_that_was_meant(board: Open) -> None:
    page = board()
    page.evaluate("board.setSnap(false); board.setColour('red')")
    drag(page, ring(300, 300, 120, 80), up=False)
    page.wait_for_timeout(250)
    before = pixels(page, "held-before")
    page.wait_for_timeout(500)
    turned = pixels(page, "held-after")
    assert differ(before, turned) > 300
    assert things(page) == [], "nothing is kept before it is let go"
    page.mouse.up()
    away(page)
    (made,) = things(page)
    assert (made["type"], made["kind"], made["colour"], made["width"]) == ("shape", "ellipse", "red", 5)
    zoom = state(page)["zoom"]
    assert (made["w"] * zoom, made["h"] * zoom) == pytest.approx((240, 160), abs=14)
    # The first undo gives back what the hand drew, the second takes that away; redo goes both ways again.
    page.evaluate("board.undo()")
    (raw,) = things(page)
    assert raw["type"] == "ink"
    page.evaluate("board.undo()")
    assert things(page) == []
    page.evaluate("board.redo(); board.redo()")
    assert [one["type"] for one in things(page)] == ["shape"]


def test_a_held_figure_is_resized_and_taken_back(board: Open) -> None:
    page = board()
    page.evaluate("board.setSnap(false)")
    drag(page, [(200 + 4 * i, 200 + i % 2) for i in range(50)], up=False)
    page.wait_for_timeout(700)
    page.mouse.move(420, 330)
    settle(page)
    pixels(page, "held-line")
    page.mouse.up()
    (line,) = things(page)
    zoom = state(page)["zoom"]
    assert line["kind"] == "line"
    assert (line["w"] * zoom, line["h"] * zoom) == pytest.approx((220, 130), abs=6)
    # Escape takes the figure and the stroke away.
    drag(page, ring(600, 300, 90, 90), up=False)
    page.wait_for_timeout(700)
    page.keyboard.press("Escape")
    page.mouse.up()
    assert len(things(page)) == 1
    # Writing that is held is writing.
    drag(page, [(150 + 3 * i, 450 + 20 * math.sin(i / 3)) for i in range(80)], up=False)
    page.wait_for_timeout(700)
    page.mouse.up()
    assert things(page)[1]["type"] == "ink"
    # As is what is not held.
    drag(page, ring(800, 300, 90, 90))
    assert things(page)[2]["type"] == "ink"


@pytest.mark.parametrize("hand", ["pen", "finger"])
def test_pen_and_finger_straighten_too(board: Open, hand: str) -> None:
    page = board(touch=hand == "finger")
    cdp = page.context.new_cdp_session(page)
    corners = [(200, 150), (500, 154), (496, 350), (203, 346), (201, 152)]
    way = [
        (a[0] + (b[0] - a[0]) * i / 20, a[1] + (b[1] - a[1]) * i / 20) for a, b in pairwise(corners) for i in range(20)
    ]
    if hand == "pen":
        pen(cdp, "mousePressed", *way[0])
        for at in way:
            pen(cdp, "mouseMoved", *at)
        for i in range(14):  # a hand trembles while it rests
            pen(cdp, "mouseMoved", way[-1][0] + i % 2, way[-1][1])
            page.wait_for_timeout(60)
        pen(cdp, "mouseReleased", *way[-1], buttons=0)
    else:
        fingers(cdp, "touchStart", way[0])
        for at in way:
            fingers(cdp, "touchMove", at)
        page.wait_for_timeout(700)
        fingers(cdp, "touchEnd")
    settle(page)
    (made,) = things(page)
    assert made["kind"] == "rectangle"
    assert made["transform"] is None
