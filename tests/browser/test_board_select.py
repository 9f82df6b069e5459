"""Selecting and changing what lies on the board, in a real browser: by mouse, pen, finger and keys.

The page is that of `test_board_input.py`: the real board, table and undo over a session in memory. What a server says
to it stands at the end, in two windows of a real class.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from classroom import api
from tests.browser.jupyter_process import TOKEN, JupyterProcess
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

SCENE = """() => {
  const shape = (id, kind, x, y, w, h, more) =>
    make({ type: 'shape', id, page: 'page1', z: 'a1', author: 'p1', kind, x, y, w, h, width: 5, ...more });
  session.load([...session.table,
    shape('box', 'rectangle', 200, 200, 300, 200, { z: 'a2', colour: 'blue' }),
    shape('disc', 'ellipse', 700, 200, 200, 200, { z: 'a3', colour: 'red', fill: 'red' }),
    shape('arrow', 'arrow', 1000, 300, 300, 100, { z: 'a4' }),
    make({ type: 'ink', id: 'wave', page: 'page1', z: 'a5', author: 'p2', width: 8, colour: 'green',
           points: pack(wave(600, 0, 60, 30), 4) }),
    make({ type: 'ink', id: 'mark', page: 'page1', z: 'a6', author: 'p1', width: 28, colour: 'amber',
           tool: 'highlighter', points: pack(wave(750, 0, 40), 4) }),
  ]);
  return settled();
}"""


def scene(page: Page) -> None:
    page.evaluate(SCENE)


def at(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a place of the board is on the screen."""
    found: list[float] = page.evaluate(
        "([x, y]) => { const { view } = board.camera; return [x * view.zoom + view.x, y * view.zoom + view.y]; }",
        [x, y],
    )
    return found[0], found[1]


def click(page: Page, x: float, y: float, **how: Any) -> None:
    page.mouse.click(*at(page, x, y), **how)
    settle(page)


def pull(page: Page, *places: tuple[float, float], up: bool = True) -> None:
    """A drag through places of the board."""
    drag(page, [at(page, *place) for place in places], up=up)


def grip(page: Page, hold: str) -> tuple[float, float]:
    """Where one of the frame's handles is on the screen."""
    found: list[float] = page.evaluate(
        """hold => { const box = document.querySelector(`.cr-board-frame [data-hold=${hold}]`).getBoundingClientRect();
          return [box.left + box.width / 2, box.top + box.height / 2]; }""",
        hold,
    )
    return found[0], found[1]


def chosen(page: Page) -> list[str]:
    found: list[str] = page.evaluate("[...board.selection]")
    return found


def record(page: Page, id: str) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(
        "id => { const r = session.table.get(id); return r && {...r, points: 0}; }", id
    )
    return found


def changes(page: Page) -> int:
    found: int = page.evaluate("session.changes.length")
    return found


def selecting(board: Open, *how: Any, **more: Any) -> Page:
    page = board(*how, **more)
    scene(page)
    page.evaluate("board.setTool('select')")
    settle(page)
    return page


def test_clicks_select_what_is_on_top_add_and_clear(board: Open) -> None:
    page = board()
    scene(page)
    page.mouse.move(500, 300)
    page.keyboard.press("v")
    assert state(page)["tool"] == "select"
    click(page, 200, 300)  # the line of the unfilled one
    assert chosen(page) == ["box"]
    pixels(page, "select-one")
    click(page, 350, 300)  # its inside is nothing
    assert chosen(page) == []
    click(page, 800, 300)  # a filled one has an inside
    assert chosen(page) == ["disc"]
    page.keyboard.down("Shift")
    click(page, 450, 600)
    assert chosen(page) == ["disc", "wave"]
    pixels(page, "select-two")
    click(page, 800, 300)
    assert chosen(page) == ["wave"]
    page.keyboard.up("Shift")
    assert changes(page) == 0
    page.keyboard.press("Escape")
    assert chosen(page) == []


def test_a_box_takes_what_is_wholly_inside_or_with_alt_what_it_touches(board: Open) -> None:
    page = selecting(board)
    pull(page, (150, 150), (950, 450), up=False)
    pixels(page, "select-area")
    assert chosen(page) == ["box", "disc"]
    page.mouse.up()
    pull(page, (150, 150), (800, 450))
    assert chosen(page) == ["box"]
    page.keyboard.down("Alt")
    pull(page, (150, 150), (800, 450))
    page.keyboard.up("Alt")
    assert chosen(page) == ["box", "disc"]
    # A box that is taken back leaves what was selected.
    pull(page, (150, 480), (1500, 800), up=False)
    page.keyboard.press("Escape")
    page.mouse.up()
    assert chosen(page) == ["box", "disc"]


def test_a_lasso_takes_what_lies_in_it_with_more_than_half(board: Open) -> None:
    page = selecting(board)
    page.mouse.move(500, 300)
    page.keyboard.press("v")
    assert state(page)["lasso"]
    loop = [(900 + 480 * math.cos(t / 10), 320 + 230 * math.sin(t / 10)) for t in range(63)]
    pull(page, *loop, up=False)
    page.wait_for_timeout(40)
    pixels(page, "select-lasso")
    page.mouse.up()
    assert chosen(page) == ["disc", "arrow"]


def test_a_drag_moves_in_one_change_and_one_step_of_undo(board: Open) -> None:
    page = selecting(board)
    before = pixels(page)
    pull(page, (150, 150), (950, 450))
    pull(page, (350, 300), (360, 310), (400, 400), up=False)  # the inside of the frame
    page.wait_for_timeout(40)
    pixels(page, "select-moving")
    assert changes(page) == 0
    assert record(page, "box")["transform"] is None
    page.mouse.up()
    settle(page)
    assert changes(page) == 1
    assert page.evaluate("session.changes[0].length") == 1  # one patch for both
    moved = record(page, "box")["transform"]
    assert moved == record(page, "disc")["transform"]
    assert moved[:4] == [1, 0, 0, 1]
    assert (round(moved[4]), round(moved[5])) == pytest.approx((50, 100), abs=8)
    assert chosen(page) == ["box", "disc"]
    page.keyboard.press("Control+z")
    assert record(page, "box")["transform"] is None
    page.keyboard.press("Escape")
    away(page)
    assert differ(before, pixels(page)) == 0
    page.keyboard.press("Control+Shift+z")
    assert record(page, "disc")["transform"] == moved


def test_what_is_dragged_is_seen_as_it_will_be(board: Open) -> None:
    page = selecting(board)
    click(page, 250, 606)
    pull(page, (250, 606), (260, 600), (500, 500), up=False)
    page.wait_for_timeout(60)
    during = pixels(page)
    page.mouse.up()
    settle(page)
    page.keyboard.press("Escape")
    away(page)
    after = pixels(page)
    x0, y0 = (int(v) for v in at(page, 400, 440))
    x1, y1 = (int(v) for v in at(page, 1100, 560))
    # But for the frame, whose lines have gone.
    assert differ(during[y0:y1, x0:x1], after[y0:y1, x0:x1], 90) < 1400
    assert differ(after[y0:y1, x0:x1], after[y0:y1, x0:x1] * 0 + 255) > 1500


def test_escape_in_mid_drag_puts_everything_back(board: Open) -> None:
    page = selecting(board)
    before = pixels(page)
    click(page, 800, 300)
    for hold in ("inside", "se", "turn"):
        start = at(page, 800, 300) if hold == "inside" else grip(page, hold)
        drag(page, [start, (start[0] + 30, start[1] + 40), (start[0] + 80, start[1] + 60)], up=False)
        page.wait_for_timeout(40)
        assert differ(before, pixels(page)) > 500
        page.keyboard.press("Escape")
        page.mouse.up()
        settle(page)
        assert chosen(page) == ["disc"]
    assert changes(page) == 0
    page.keyboard.press("Escape")
    away(page)
    assert differ(before, pixels(page)) == 0


def test_corners_keep_proportions_of_ink_and_edges_stretch(board: Open) -> None:
    page = selecting(board)
    click(page, 250, 606)
    x, y = grip(page, "se")
    drag(page, [(x, y), (x + 30, y + 5), (x + 100, y + 20)], up=False)
    page.wait_for_timeout(40)
    pixels(page, "select-scaling")
    page.mouse.up()
    settle(page)
    a, b, c, d, _, _ = record(page, "wave")["transform"]
    assert (b, c) == (0, 0)
    assert a == pytest.approx(d)
    assert a > 1.1
    x, y = grip(page, "n")
    drag(page, [(x, y), (x, y - 20), (x, y - 60)])
    a2, _, _, d2, _, _ = record(page, "wave")["transform"]
    assert a2 == pytest.approx(a)
    assert d2 > 1.5 * d
    # From the middle with Alt: what is in the middle stays.
    middle = page.evaluate("board.state.selectionMenuAnchor")
    page.keyboard.down("Alt")
    x, y = grip(page, "e")
    drag(page, [(x, y), (x - 40, y), (x - 100, y)])
    page.keyboard.up("Alt")
    after = page.evaluate("board.state.selectionMenuAnchor")
    assert after["minX"] + after["maxX"] == pytest.approx(middle["minX"] + middle["maxX"], abs=2)
    assert after["minX"] > middle["minX"] + 50
    for _ in range(3):
        page.keyboard.press("Control+z")
    assert record(page, "wave")["transform"] is None


def test_a_shape_takes_another_box_and_keeps_its_line(board: Open) -> None:
    page = selecting(board)
    click(page, 200, 300)
    x, y = grip(page, "se")
    drag(page, [(x, y), (x + 20, y + 5), (x + 60, y + 30)], up=False)
    page.wait_for_timeout(40)
    pixels(page, "select-shape")
    page.mouse.up()
    settle(page)
    box = record(page, "box")
    zoom = state(page)["zoom"]
    assert box["transform"] is None
    assert (box["x"], box["y"]) == (200, 200)
    assert (box["w"], box["h"]) == pytest.approx((300 + 60 / zoom, 200 + 30 / zoom), abs=3)
    page.keyboard.press("Control+z")
    assert (record(page, "box")["w"], record(page, "box")["h"]) == (300, 200)


def test_a_line_has_two_ends(board: Open) -> None:
    page = selecting(board)
    click(page, 1150, 350)
    assert chosen(page) == ["arrow"]
    x, y = grip(page, "end")
    assert (x, y) == pytest.approx(at(page, 1300, 400), abs=1)
    pixels(page, "select-line")
    pull(page, (1300, 400), (1310, 450), (1350, 500))
    arrow = record(page, "arrow")
    assert (arrow["x"], arrow["y"]) == (1000, 300)
    assert (arrow["w"], arrow["h"]) == pytest.approx((350, 200), abs=6)
    page.keyboard.down("Shift")
    pull(page, (1000, 300), (1010, 330), (1100, 480))
    page.keyboard.up("Shift")
    arrow = record(page, "arrow")
    assert math.degrees(math.atan2(-arrow["h"], -arrow["w"])) % 15 == pytest.approx(0, abs=0.05) or (
        15 - math.degrees(math.atan2(-arrow["h"], -arrow["w"])) % 15
    ) == pytest.approx(0, abs=0.05)


def test_turning_snaps_with_shift_and_the_frame_turns_along(board: Open) -> None:
    page = selecting(board)
    click(page, 200, 300)
    x, y = grip(page, "turn")
    cx, cy = at(page, 350, 300)
    angle = math.radians(40)
    r = cy - y
    to = (cx + r * math.sin(angle), cy - r * math.cos(angle))
    page.keyboard.down("Shift")
    drag(page, [(x, y), ((x + to[0]) / 2, (y + to[1]) / 2), to], up=False)
    page.wait_for_timeout(40)
    pixels(page, "select-turning")
    page.mouse.up()
    page.keyboard.up("Shift")
    settle(page)
    a, b, *_ = record(page, "box")["transform"]
    assert math.degrees(math.atan2(b, a)) == pytest.approx(45)
    pixels(page, "select-turned")
    # Its grips are along its own sides: pulled, it keeps its line.
    x, y = grip(page, "e")
    step = 60 / math.sqrt(2)
    drag(page, [(x, y), (x + step / 2, y + step / 2), (x + step, y + step)])
    box = record(page, "box")
    assert box["h"] == pytest.approx(200)
    assert box["w"] == pytest.approx(300 + 60 / state(page)["zoom"], abs=3)
    assert box["transform"][:2] == [a, b]


def test_a_group_goes_as_one_until_one_goes_inside(board: Open) -> None:
    page = selecting(board)
    pull(page, (150, 150), (950, 450))
    page.keyboard.press("Control+g")
    assert record(page, "box")["group"] == record(page, "disc")["group"] != ""
    page.keyboard.press("Escape")
    click(page, 800, 300)
    assert chosen(page) == ["box", "disc"]
    assert state(page)["picked"]["grouped"]
    page.wait_for_timeout(500)
    page.mouse.dblclick(*at(page, 800, 300))
    assert chosen(page) == ["disc"]
    page.wait_for_timeout(500)
    click(page, 200, 300)
    assert chosen(page) == ["box"]
    click(page, 1200, 700)
    click(page, 200, 300)
    assert chosen(page) == ["box", "disc"]
    page.keyboard.press("Control+Shift+g")
    assert record(page, "box")["group"] == ""
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    assert record(page, "box")["group"] == ""
    assert changes(page) == 2


def test_keys_remove_duplicate_nudge_and_arrange(board: Open) -> None:
    page = selecting(board)
    click(page, 800, 300)
    page.keyboard.press("Control+d")
    (copy,) = chosen(page)
    assert copy not in ("disc", "box")
    assert (record(page, copy)["x"], record(page, copy)["y"]) == (720, 220)
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    assert record(page, copy)["transform"] == [1, 0, 0, 1, 4, 10]
    page.keyboard.press("Control+z")  # quick nudges are one step
    assert record(page, copy)["transform"] is None
    page.keyboard.press("Control+Shift+z")
    assert record(page, copy)["transform"] == [1, 0, 0, 1, 4, 10]
    order = "session.table.onPage('page1').map(({ id }) => id)"
    assert page.evaluate(order)[-1] == copy
    page.keyboard.press("Control+Shift+BracketLeft")
    assert page.evaluate(order)[0] == copy
    page.keyboard.press("Control+BracketRight")  # over what it lies on, not over what it does not meet
    assert page.evaluate(order)[:3] == ["box", "disc", copy]
    page.keyboard.press("Control+Shift+BracketRight")
    assert page.evaluate(order)[-1] == copy
    page.keyboard.press("Delete")
    assert record(page, copy) is None
    assert chosen(page) == []
    page.keyboard.press("Control+z")
    assert record(page, copy) is not None
    page.keyboard.press("Control+a")
    assert len(chosen(page)) == 6
    page.keyboard.press("Backspace")
    assert page.evaluate(order) == []
    page.keyboard.press("Control+z")
    assert len(page.evaluate(order)) == 6


def test_a_choice_restyles_what_is_selected_and_leaves_the_pen(board: Open) -> None:
    page = selecting(board)
    pull(page, (150, 150), (1500, 850))
    assert len(chosen(page)) == 5
    assert state(page)["picked"]["colour"] == ""
    page.keyboard.press("7")
    assert {record(page, id)["colour"] for id in ("box", "disc", "arrow", "wave")} == {"blue"}
    assert record(page, "mark")["colour"] == "amber"  # no highlighter is blue
    assert (record(page, "box")["fill"], record(page, "disc")["fill"]) == ("", "blue")
    assert state(page)["colour"] == "ink"
    page.evaluate("board.setWidth(14)")
    assert [record(page, id)["width"] for id in ("box", "wave", "mark")] == [14, 14, 44]
    page.evaluate("board.style({ dash: 'dashed', fill: true })")
    assert record(page, "box")["dash"] == "dashed"
    assert (record(page, "box")["fill"], record(page, "arrow")["fill"]) == ("blue", "")
    assert state(page)["picked"]["dash"] == "dashed"
    settle(page)
    pixels(page, "select-restyled")
    for _ in range(3):
        page.keyboard.press("Control+z")
    assert (record(page, "box")["colour"], record(page, "disc")["fill"]) == ("blue", "red")
    assert [record(page, id)["width"] for id in ("box", "wave", "mark")] == [5, 8, 28]


def test_tab_walks_through_everything_in_reading_order_and_says_it(board: Open) -> None:
    page = selecting(board)
    page.keyboard.press("Tab")
    page.locator(".cr-board-stage").focus()
    said = []
    for _ in range(5):
        page.keyboard.press("Tab")
        said.append(page.locator(".cr-board-voice").inner_text())
    assert said == [
        "Rectangle, blue, yours, 1 of 5",
        "Ellipse, red, yours, 2 of 5",
        "Arrow, ink, yours, 3 of 5",
        "Stroke, green, by Tomás, 4 of 5",
        "Highlight, amber, yours, 5 of 5",
    ]
    page.keyboard.press("Shift+Tab")
    assert chosen(page) == ["wave"]
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")  # past the last: out of the board
    assert chosen(page) == []
    assert page.evaluate("document.activeElement.className") != "cr-board-stage"


def test_staff_lock_and_what_is_locked_stays_where_it_is(board: Open) -> None:
    page = selecting(board)
    click(page, 800, 300)
    page.keyboard.press("Control+Shift+l")
    assert record(page, "disc")["locked"]
    pixels(page, "select-locked")
    assert page.locator(".cr-board-frame [data-hold]").count() == 0
    pull(page, (800, 300), (820, 320), (900, 400))
    assert record(page, "disc")["transform"] is None
    click(page, 800, 300)
    page.keyboard.press("Delete")
    page.keyboard.press("ArrowLeft")
    assert record(page, "disc")["transform"] is None
    page.keyboard.press("Control+a")
    assert "disc" not in chosen(page)
    click(page, 800, 300)
    assert chosen(page) == ["disc"]
    page.keyboard.press("Control+Shift+l")
    assert not record(page, "disc")["locked"]


def test_a_student_selects_only_their_own(board: Open) -> None:
    page = selecting(board, "role=student")
    click(page, 800, 300)
    assert chosen(page) == []
    page.keyboard.press("Control+a")
    assert chosen(page) == ["wave"]
    assert not page.evaluate("board.lock(true)")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.locator(".cr-board-voice").inner_text() == "Stroke, green, yours, 1 of 1"
    page.evaluate("session.setLocked(true)")
    assert chosen(page) == []


def test_a_selection_outlives_others_edits_and_lets_go_of_what_is_gone(board: Open) -> None:
    page = selecting(board)
    pull(page, (150, 150), (950, 450))
    page.evaluate("session.apply([{ op: 'patch', ids: ['disc'], fields: { transform: [1, 0, 0, 1, 0, 300] } }])")
    settle(page)
    assert chosen(page) == ["box", "disc"]
    anchor = state(page)["selectionMenuAnchor"]
    assert anchor["maxY"] == pytest.approx(at(page, 0, 700)[1], abs=12)
    page.evaluate("session.apply([{ op: 'remove', ids: ['disc'] }])")
    assert chosen(page) == ["box"]
    # Removed in mid-drag: what is left goes on.
    pull(page, (200, 250), (210, 260), (260, 310), up=False)
    page.evaluate("session.apply([{ op: 'patch', ids: ['box'], fields: { colour: 'green' } }])")
    page.wait_for_timeout(40)
    page.mouse.up()
    settle(page)
    assert record(page, "box")["colour"] == "green"
    assert record(page, "box")["transform"] is not None
    page.evaluate("board.goTo('page2')")
    assert chosen(page) == []


def test_what_is_dragged_stays_findable_on_the_page(board: Open) -> None:
    page = selecting(board)
    click(page, 800, 300)
    pull(page, (800, 300), (700, 300), (-600, 300))
    assert record(page, "disc")["transform"][4] > -900


def test_a_pen_and_a_finger_select_move_and_scale(board: Open) -> None:
    page = selecting(board, touch=True)
    cdp = page.context.new_cdp_session(page)
    x, y = at(page, 800, 300)
    fingers(cdp, "touchStart", (x, y))
    fingers(cdp, "touchEnd")
    settle(page)
    assert chosen(page) == ["disc"]
    pixels(page, "select-touch")
    # A finger takes hold of a corner from farther away than a mouse.
    gx, gy = grip(page, "se")
    fingers(cdp, "touchStart", (gx + 14, gy + 12))
    for i in range(1, 9):
        fingers(cdp, "touchMove", (gx + 14 + 6 * i, gy + 12 + 6 * i))
    fingers(cdp, "touchEnd")
    settle(page)
    assert record(page, "disc")["w"] > 240
    fingers(cdp, "touchStart", (x, y))
    for i in range(1, 9):
        fingers(cdp, "touchMove", (x - 6 * i, y + 8 * i))
    fingers(cdp, "touchEnd")
    settle(page)
    assert record(page, "disc")["transform"][4] < -30
    pen(cdp, "mousePressed", *at(page, 200, 300))
    pen(cdp, "mouseReleased", *at(page, 200, 300), buttons=0)
    settle(page)
    assert chosen(page) == ["box"]
    bx, by = at(page, 200, 250)
    pen(cdp, "mousePressed", bx, by)
    for i in range(1, 9):
        pen(cdp, "mouseMoved", bx + 4 * i, by)
    pen(cdp, "mouseReleased", bx + 32, by, buttons=0)
    settle(page)
    assert record(page, "box")["transform"][4] > 20


def test_words_are_laid_out_anew_not_stretched(board: Open) -> None:
    page = selecting(board)
    page.evaluate(
        """() => { session.apply([
          { op: 'put', record: make({ type: 'text', id: 'words', page: 'page1', z: 'b1', author: 'p1', x: 950, y: 500,
            w: 400, h: 87, size: 32, text: 'Seven words that fill two lines here',
            lines: [[32, 32, [[0, 380, '', 'Seven words that fill']]], [75, 32, [[0, 240, '', 'two lines here']]]] }) },
          { op: 'put', record: make({ type: 'note', id: 'note', page: 'page1', z: 'b2', author: 'p1', x: 300, y: 480,
            text: 'Sum of the angles' }) }]);
          return settled(); }"""
    )
    click(page, 1100, 520)
    assert chosen(page) == ["words"]
    assert page.locator(".cr-board-frame [data-hold=n]").count() == 0
    x, y = grip(page, "e")
    drag(page, [(x, y), (x - 20, y), (x - 120, y)], up=False)
    page.wait_for_timeout(40)
    pixels(page, "select-words")
    page.mouse.up()
    settle(page)
    words = record(page, "words")
    assert words["transform"] is None
    assert words["w"] == pytest.approx(400 - 120 / state(page)["zoom"], abs=3)
    assert len(words["lines"]) > 2
    assert words["h"] == pytest.approx(len(words["lines"]) * 32 * 1.35, abs=1)
    said = " ".join(run[3].strip() for line in words["lines"] for run in line[2])
    assert said == "Seven words that fill two lines here"
    page.evaluate("board.setText({ size: 22, align: 'centre' })")
    small = record(page, "words")
    assert (small["size"], small["align"], small["lines"][0][1]) == (22, "centre", 22)
    assert state(page)["picked"]["size"] == 22
    assert state(page)["textSize"] == 32  # what is written next stays as it was chosen
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    assert record(page, "words")["w"] == 400
    click(page, 420, 700)
    assert chosen(page) == ["note"]
    x, y = grip(page, "se")
    drag(page, [(x, y), (x + 20, y), (x + 90, y + 10)])
    note = record(page, "note")
    assert note["transform"] is None
    assert note["w"] > 350
    page.wait_for_timeout(500)
    page.mouse.dblclick(*at(page, 420, 600))
    expect(page.locator("textarea")).to_be_focused()


def test_what_is_moved_lines_up_unless_ctrl_is_held(board: Open) -> None:
    page = selecting(board)
    pull(page, (800, 300), (780, 400), (703, 503), up=False)  # 3 units beside where the other's corner would be
    page.wait_for_timeout(40)
    pixels(page, "select-snap")
    page.mouse.up()
    moved = record(page, "disc")["transform"]
    page.keyboard.press("Control+z")
    page.keyboard.down("Control")
    pull(page, (800, 300), (780, 400), (703, 503))
    page.keyboard.up("Control")
    free = record(page, "disc")["transform"]
    # Its right edge is at the page's middle, 800, when it lines up.
    assert moved[4] == pytest.approx(-100, abs=0.01)
    assert free[4] == pytest.approx(-97, abs=2)
    assert free[4] != moved[4]


def test_thousands_are_dragged_as_one_picture(board: Open) -> None:
    page = board()
    page.evaluate(
        """() => { const strokes = Array.from({ length: 40 }, (_, i) => ({ width: 3,
             points: Array.from({ length: 40 }, (_, j) => [j * 4, 30 * Math.sin((i + j) / 5), 0.5]) }));
           fill(strokes, 3000); return settled(); }"""
    )
    page.evaluate("board.setTool('select')")
    settle(page)
    before = pixels(page)
    page.locator(".cr-board-stage").focus()
    page.keyboard.press("Control+a")
    assert len(chosen(page)) == 3000
    settle(page)
    pull(page, (400, 300), (410, 310), (500, 350), up=False)
    settle(page)
    during = pixels(page, "select-many")
    assert differ(before, during) > 5000
    assert page.locator(".cr-board-lifted").count() == 1
    page.mouse.up()
    settle(page)
    assert page.locator(".cr-board-lifted").count() == 0
    assert page.evaluate("session.changes.map((ops) => ops.length)") == [1]
    page.keyboard.press("Control+z")
    page.keyboard.press("Escape")
    away(page)
    assert differ(before, pixels(page)) == 0


# -- a real class: a teacher's and a student's window -----------------------------------------------------------------

ENABLE = "--ServerApp.jpserver_extensions={'classroom': True}"


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[api.Teacher]:
    server = JupyterProcess(tmp_path_factory.mktemp("select"), ENABLE, app="jupyter_server")
    opened = api.start("Geometry", url=server.url, token=TOKEN)
    yield opened
    opened.close()
    server.stop()


def enter(browser: Browser, link: str, name: str, **how: Any) -> Page:
    page = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **how}).new_page()
    page.goto(link)
    page.get_by_label("Your name").fill(name)
    page.keyboard.press("Enter")
    expect(page.locator(".cr-board-stage")).to_be_visible()
    return page


def keep(page: Page, name: str) -> None:
    if folder := os.environ.get("CLASSROOM_SHOTS"):
        page.screenshot(path=str(Path(folder) / f"select-{name}.png"))


def classroom(page: Page, expression: str) -> Any:
    """Something of the session that a panel shows, which is `s`."""
    return page.evaluate(
        f"(() => {{ const s = document.querySelector('[data-classroom]').classroom; return {expression} }})()"
    )


def sheet(page: Page, u: float, v: float) -> tuple[float, float]:
    """A place of the page as parts of its width and height, on the screen."""
    box = page.locator(".cr-board-sheet").bounding_box()
    assert box is not None
    return box["x"] + u * box["width"], box["y"] + v * box["height"]


def sweep(page: Page, *places: tuple[float, float]) -> None:
    """A drag through places of the page, as parts of it."""
    x, y = sheet(page, *places[0])
    page.mouse.move(x, y)
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*sheet(page, *place), steps=5)
    page.mouse.up()


def test_two_windows_see_one_move_and_the_server_refuses_what_is_not_ones_own(
    browser: Browser, teacher: api.Teacher
) -> None:
    teacher.unlock("draw")
    staff = enter(browser, teacher.staff_link, "Ada")
    ana = enter(browser, teacher.link, "Ana")
    bao = enter(browser, teacher.link, "Bao")
    for page in (ana, bao):
        expect(page.get_by_role("navigation", name="Drawing tools")).to_be_visible()
    sweep(ana, (0.2, 0.3), (0.3, 0.4), (0.4, 0.3))
    sweep(bao, (0.6, 0.3), (0.7, 0.4), (0.8, 0.3))
    for page in (staff, ana, bao):
        page.wait_for_function(
            "() => { const s = document.querySelector('[data-classroom]').classroom;"
            " return s.table.ofType('ink').filter((r) => r.author).length === 2 && s.pending === 0 }"
        )
    inks = {r["author"]: r["id"] for r in classroom(ana, "s.table.ofType('ink').map(({author, id}) => ({author, id}))")}
    mine, theirs = inks[classroom(ana, "s.me.person")], inks[classroom(bao, "s.me.person")]
    where = "s.table.get('{}')?.transform ?? null"

    # A student's box takes their own alone; the drag arrives at the others.
    ana.get_by_role("button", name="Select (V)").click()
    sweep(ana, (0.05, 0.1), (0.95, 0.7))
    bar = ana.get_by_role("toolbar", name="1 thing selected")
    expect(bar).to_be_visible()
    expect(bar.get_by_role("button", name="Lock")).to_have_count(0)
    sweep(ana, (0.3, 0.37), (0.3, 0.6), (0.3, 0.77))
    for page in (staff, bao):
        page.wait_for_function(
            f"() => document.querySelector('[data-classroom]').classroom.table.get('{mine}').transform !== null"
        )
        assert classroom(page, where.format(mine)) == classroom(ana, where.format(mine))
    assert classroom(ana, where.format(theirs)) is None
    keep(ana, "student-light")
    ana.keyboard.press("Control+z")
    bao.wait_for_function(
        f"() => document.querySelector('[data-classroom]').classroom.table.get('{mine}').transform === null"
    )

    # Forged: each is refused by the server and taken back here.
    for op in (
        {"op": "patch", "ids": [theirs], "fields": {"transform": [1, 0, 0, 1, 50, 0]}},
        {"op": "patch", "ids": [mine, theirs], "fields": {"colour": "red"}},
        {"op": "patch", "ids": [theirs], "fields": {"group": "g"}},
        {"op": "patch", "ids": [mine], "fields": {"locked": True}},
        {"op": "remove", "ids": [theirs]},
    ):
        refused = ana.evaluate(
            """op => new Promise((done) => {
              const s = document.querySelector('[data-classroom]').classroom;
              s.on('refused', ({ code }) => done(code));
              s.change([op]);
            })""",
            op,
        )
        assert refused == "forbidden"
    untouched = "['colour', 'group', 'locked', 'transform'].map((name) => s.table.get('{}')[name])"
    for id in (mine, theirs):
        assert (
            classroom(ana, untouched.format(id)) == classroom(staff, untouched.format(id)) == ["ink", "", False, None]
        )

    # Staff take both, group, recolour and lock them; what is locked is nobody's to select but theirs.
    staff.get_by_role("button", name="Select (V)").click()
    sweep(staff, (0.05, 0.1), (0.95, 0.7))
    bar = staff.get_by_role("toolbar", name="2 things selected")
    expect(bar).to_be_visible()
    keep(staff, "staff-light")
    bar.get_by_role("button", name="Group").click()
    expect(bar.get_by_role("button", name="Ungroup")).to_be_visible()
    bar.get_by_role("button", name="Colour and line").click()
    staff.locator(".cr-layer").get_by_role("button", name="green").click()
    keep(staff, "look-light")
    staff.keyboard.press("Escape")
    bar.get_by_role("button", name="Arrange").click()
    keep(staff, "arrange-light")
    staff.keyboard.press("Escape")
    for page in (staff, ana):
        page.wait_for_function(
            "() => document.querySelector('[data-classroom]').classroom.table.ofType('ink')"
            ".every(({ colour, group }) => colour === 'green' && group)"
        )
    staff.emulate_media(color_scheme="dark")
    staff.wait_for_timeout(300)
    keep(staff, "staff-dark")
    bar.get_by_role("button", name="Lock").click()
    expect(bar.get_by_role("button", name="Unlock")).to_be_visible()
    expect(bar.get_by_role("button", name="Delete")).to_have_count(0)
    keep(staff, "locked-dark")
    ana.wait_for_function(f"() => document.querySelector('[data-classroom]').classroom.table.get('{mine}').locked")
    sweep(ana, (0.05, 0.1), (0.95, 0.7))
    expect(ana.locator(".cr-selbar")).to_have_count(0)
    bar.get_by_role("button", name="Unlock").click()
    bar.get_by_role("button", name="Delete").click()
    ana.wait_for_function("() => document.querySelector('[data-classroom]').classroom.table.ofType('ink').length === 0")
    staff.keyboard.press("Control+z")
    ana.wait_for_function("() => document.querySelector('[data-classroom]').classroom.table.ofType('ink').length === 2")
    # Losing the right lets go of what is selected.
    sweep(ana, (0.05, 0.1), (0.95, 0.7))
    expect(ana.get_by_role("toolbar", name="selected")).to_be_visible()
    teacher.lock("draw")
    expect(ana.locator(".cr-selbar")).to_have_count(0)
    for page in (staff, ana, bao):
        page.context.close()


def test_on_a_phone_the_bar_is_under_the_thumb(browser: Browser, teacher: api.Teacher) -> None:
    teacher.unlock("draw")
    context = browser.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    page = context.new_page()
    page.goto(teacher.link)
    page.get_by_label("Your name").fill("Jana Kos")
    page.get_by_role("button", name="Join the class").tap()
    page.get_by_role("button", name="Draw", exact=True).tap()
    tools = page.get_by_role("navigation", name="Drawing tools")
    cdp = context.new_cdp_session(page)
    box = page.locator(".cr-board-stage").bounding_box()
    assert box is not None
    x, y = box["x"] + 90, box["y"] + 200

    def finger(*steps: tuple[float, float]) -> None:
        fingers(cdp, "touchStart", steps[0])
        for step in steps[1:]:
            fingers(cdp, "touchMove", step)
        fingers(cdp, "touchEnd")

    finger((x, y), *((x + 8 * i, y + 40 * math.sin(i / 4)) for i in range(24)))
    tools.get_by_role("button", name="Select").tap()
    finger((x, y))
    bar = page.get_by_role("toolbar", name="1 thing selected")
    expect(bar).to_be_visible()
    page.wait_for_timeout(200)
    keep(page, "phone-light")
    at = bar.bounding_box()
    assert at is not None
    assert at["y"] > y + 150
    assert all((button.bounding_box() or {"height": 0})["height"] >= 44 for button in bar.get_by_role("button").all())
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(300)
    keep(page, "phone-dark")
    bar.get_by_role("button", name="Delete").tap()
    expect(page.locator(".cr-selbar")).to_have_count(0)
    teacher.lock("draw")
    context.close()
