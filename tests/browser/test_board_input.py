"""Hands on the board, in a real browser and without a server: mouse, pen, fingers, wheel and keys, judged by pixels.

The page (`pages/board.ts`) has the real board, table, undo and ink over a session in memory. Pen and touch come as the
browser itself would see them, through its debugging protocol. Pictures are kept where CLASSROOM_SHOTS names a folder.
"""

from __future__ import annotations

import io
import math
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, CDPSession, Page

from classroom.core import ink
from hatch_build import node_commands

ROOT = Path(__file__).parents[2]
ESBUILD = ROOT / "labextension" / "node_modules" / "esbuild" / "bin" / "esbuild"
pytestmark = pytest.mark.browser

SHAPE = 72
"""Edges of one shape, painted whole or in pieces under a clip, differ by less; a shift by a pixel differs by more."""

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built page."""
    if not ESBUILD.exists():
        pytest.skip("the browser's part has not been installed (npm ci in labextension)")
    out = tmp_path_factory.mktemp("board")
    source = ROOT / "tests" / "browser" / "pages"
    options = ["--bundle", "--format=iife", f"--outdir={out}", "--log-level=error"]
    node, _, env = node_commands()  # esbuild's command is a script of node's, which need not be on the path
    subprocess.run([node, str(ESBUILD), str(source / "board.ts"), *options], env=env, check=True, timeout=60)
    html = (source / "board.html").read_text().replace('type="module" src', "defer src")
    (out / "board.html").write_text(html)
    return out


@pytest.fixture
def board(browser: Browser, site: Path) -> Iterator[Open]:
    """Opens the page: `board("theme=dark", touch=True)`; fails when anything was thrown in it."""
    contexts = []
    errors: list[str] = []

    def opened(fragment: str = "", width: int = 1000, height: int = 620, touch: bool = False, ratio: float = 1) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height}, has_touch=touch, device_scale_factor=ratio
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{(site / 'board.html').as_uri()}#{fragment}")
        settle(page)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert errors == []


def settle(page: Page) -> None:
    page.evaluate("settled()")


def pixels(page: Page, name: str = "") -> np.ndarray[Any, Any]:
    """The window as (height, width, 3) integers."""
    shot = page.screenshot()
    folder = os.environ.get("CLASSROOM_SHOTS")
    if folder and name:
        (Path(folder) / f"board-{name}.png").write_bytes(shot)
    return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")).astype(int)


def differ(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any], by: int = 24) -> int:
    """How many pixels differ by more than `by` in some channel."""
    return int((np.abs(a - b).max(axis=2) > by).sum())


def away(page: Page) -> None:
    """The pointer leaves the page: a cursor is no part of a picture."""
    page.mouse.move(2, 2)
    settle(page)


def strokes(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate(
        "session.table.onPage('page1').map(({id, tool, colour, width, quantum, author, points}) =>"
        " ({id, tool, colour, width, quantum, author, bytes: points.length, flags: points[1]}))"
    )
    return found


def state(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate("board.state")
    return found


def drag(page: Page, points: list[tuple[float, float]], up: bool = True) -> None:
    page.mouse.move(*points[0])
    page.mouse.down()
    for at in points[1:]:
        page.mouse.move(*at)
    if up:
        page.mouse.up()
        settle(page)


WAVE = [(150 + 6 * i, 300 + 90 * math.sin(i / 9)) for i in range(90)]


def pen(cdp: CDPSession, kind: str, x: float, y: float, force: float = 0.5, buttons: int = 1) -> None:
    button = "none" if kind == "mouseMoved" and buttons == 0 else "left"
    how = {"button": button, "buttons": buttons, "clickCount": 1, "force": force, "pointerType": "pen"}
    cdp.send("Input.dispatchMouseEvent", {"type": kind, "x": x, "y": y, **how})


def fingers(cdp: CDPSession, kind: str, *points: tuple[float, float]) -> None:
    cdp.send(
        "Input.dispatchTouchEvent",
        {"type": kind, "touchPoints": [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]},
    )


def test_ink_shows_while_it_is_drawn_and_stays_the_same_when_finished(board: Open) -> None:
    page = board()
    blank = pixels(page)
    drag(page, WAVE, up=False)
    page.wait_for_timeout(80)  # what was predicted is taken back by then
    drawing = pixels(page, "mouse-drawing")
    assert differ(blank, drawing) > 500
    assert strokes(page) == []
    page.mouse.up()
    settle(page)
    finished = pixels(page)
    assert [s["tool"] for s in strokes(page)] == ["pen"]
    assert differ(drawing, finished, SHAPE) == 0


def test_no_frame_without_ink_between_drawing_and_finished(board: Open) -> None:
    page = board()
    drag(page, WAVE, up=False)
    page.evaluate("() => { window.seen = null; inkInFrames(12, 550, 290, 600, 300).then(s => { window.seen = s; }); }")
    page.mouse.up()
    page.wait_for_function("seen")
    assert page.evaluate("seen") == [True] * 12
    settle(page)
    assert page.evaluate("board.picture.stage.own.empty")


def test_a_pens_pressure_is_kept_and_seen(board: Open) -> None:
    page = board()
    cdp = page.context.new_cdp_session(page)
    pen(cdp, "mousePressed", 200, 300, 0.1)
    for i in range(1, 80):
        pen(cdp, "mouseMoved", 200 + 6 * i, 300, 0.1 + 0.8 * i / 80)
    pen(cdp, "mouseReleased", 674, 300, 0.9, 0)
    settle(page)
    away(page)
    (stroke,) = strokes(page)
    assert stroke["flags"] == 1  # a pressure for every point
    picture = pixels(page, "pen-pressure")
    thick = (picture[280:320].sum(axis=2) < 380).sum(axis=0)
    assert thick[620] > thick[240] > 0


def test_the_pens_other_end_erases(board: Open) -> None:
    page = board()
    drag(page, WAVE)
    # The debugging protocol knows no eraser end, so these events are made in the page.
    page.evaluate(
        """() => { pointer('pointerdown', 'pen', 400, 150, 5, 32);
          for (let y = 150; y < 450; y += 10) pointer('pointermove', 'pen', 400, y, -1, 32);
          pointer('pointerup', 'pen', 400, 450, 5, 0); }"""
    )
    settle(page)
    assert state(page)["tool"] == "pen"
    assert strokes(page) == []


def test_one_finger_draws_and_two_zoom(board: Open) -> None:
    page = board(touch=True)
    cdp = page.context.new_cdp_session(page)
    fingers(cdp, "touchStart", (200, 300))
    for i in range(40):
        fingers(cdp, "touchMove", (200 + 8 * i, 300 + i))
    fingers(cdp, "touchEnd")
    settle(page)
    assert len(strokes(page)) == 1

    before = state(page)
    middle = page.evaluate("under(500, 310)")
    fingers(cdp, "touchStart", (450, 310))
    fingers(cdp, "touchStart", (450, 310), (550, 310))
    for i in range(1, 21):
        fingers(cdp, "touchMove", (450 - 5 * i, 310), (550 + 5 * i, 310))
    fingers(cdp, "touchEnd")
    settle(page)
    after = state(page)
    assert len(strokes(page)) == 1
    assert after["zoom"] == pytest.approx(before["zoom"] * 3, rel=0.02)
    assert not after["fitted"]
    now = page.evaluate("under(500, 310)")
    assert now == pytest.approx(middle, abs=3)


def test_once_a_pen_was_seen_a_finger_pans(board: Open) -> None:
    page = board(touch=True)
    cdp = page.context.new_cdp_session(page)
    pen(cdp, "mousePressed", 300, 300)
    pen(cdp, "mouseMoved", 360, 300)
    pen(cdp, "mouseReleased", 360, 300, 0, 0)
    x = page.evaluate("board.camera.view.x")
    fingers(cdp, "touchStart", (500, 300))
    fingers(cdp, "touchMove", (540, 320))
    fingers(cdp, "touchMove", (580, 330))
    fingers(cdp, "touchEnd")
    settle(page)
    assert len(strokes(page)) == 1
    assert page.evaluate("board.camera.view.x") == pytest.approx(x + 80, abs=1)


def test_who_may_not_draw_pans_with_one_finger(board: Open) -> None:
    page = board("role=student", touch=True)
    page.evaluate("session.setLocked(true)")
    cdp = page.context.new_cdp_session(page)
    x = page.evaluate("board.camera.view.x")
    fingers(cdp, "touchStart", (500, 300))
    fingers(cdp, "touchMove", (560, 300))
    fingers(cdp, "touchEnd")
    settle(page)
    assert strokes(page) == []
    assert page.evaluate("board.camera.view.x") == pytest.approx(x + 60, abs=1)


def test_the_wheel_zooms_at_the_pointer_and_pans(board: Open) -> None:
    page = board()
    page.mouse.move(300, 250)
    before = page.evaluate("under(300, 250)")
    page.keyboard.down("Control")
    for _ in range(6):
        page.mouse.wheel(0, -100)
    page.keyboard.up("Control")
    settle(page)
    assert page.evaluate("under(300, 250)") == pytest.approx(before, abs=0.5)
    assert state(page)["zoom"] > 1
    view = page.evaluate("board.camera.view")
    page.mouse.wheel(0, 60)
    settle(page)
    moved = page.evaluate("board.camera.view")
    assert (moved["x"], moved["y"]) == pytest.approx((view["x"], view["y"] - 60))
    page.keyboard.down("Shift")
    page.mouse.wheel(0, 40)
    page.keyboard.up("Shift")
    settle(page)
    assert page.evaluate("board.camera.view.x") == pytest.approx(view["x"] - 40)


def test_zooming_in_and_back_gives_the_same_picture(board: Open) -> None:
    page = board("pattern=grid")
    drag(page, WAVE)
    away(page)
    first = pixels(page)
    page.evaluate("board.zoomBy(4)")
    settle(page)
    near = pixels(page, "zoomed")
    assert differ(first, near) > 2000
    page.evaluate("board.fit()")
    settle(page)
    assert differ(first, pixels(page)) == 0


def test_small_writing_while_zoomed_in_is_kept_finer(board: Open) -> None:
    page = board()
    page.evaluate("board.zoomTo(8)")
    settle(page)
    drag(page, WAVE)
    assert strokes(page)[0]["quantum"] == 7


def test_erasing_fades_at_once_and_undoes_in_one_step(board: Open) -> None:
    page = board()
    for y in (200, 300, 400):
        drag(page, [(200 + 10 * i, y) for i in range(50)])
    away(page)
    drawn = pixels(page)
    page.keyboard.press("e")
    assert state(page)["tool"] == "eraser"
    drag(page, [(400, 150 + 10 * i) for i in range(20)], up=False)
    settle(page)
    erasing = pixels(page, "erasing")
    assert len(strokes(page)) == 3
    assert erasing[199:202, 250:300].min() > 150  # faint
    assert erasing[399:402, 250:300].min() < 80  # untouched
    page.mouse.up()
    settle(page)
    assert len(strokes(page)) == 1
    away(page)
    page.keyboard.press("Control+z")
    settle(page)
    assert len(strokes(page)) == 3
    assert differ(drawn, pixels(page)) == 0
    page.keyboard.press("Control+Shift+z")
    settle(page)
    assert len(strokes(page)) == 1


def test_a_stroke_of_many_records_is_one_stroke(board: Open) -> None:
    page = board()
    page.evaluate(
        """() => { const go = (type, i) =>
            pointer(type, 'mouse', 150 + i / 6, 300 + 100 * Math.sin(i / 40), 0, 1);
          go('pointerdown', 0);
          for (let i = 1; i < 4300; i++) go('pointermove', i);
          window.finish = () => go('pointerup', 4299); }"""
    )
    settle(page)
    drawing = pixels(page)
    page.evaluate("finish()")
    settle(page)
    assert len(strokes(page)) == 3
    assert differ(drawing, pixels(page, "long"), 100) < 40  # but for the joints
    page.keyboard.press("e")
    drag(page, [(500, 100 + 10 * i) for i in range(40)])
    assert strokes(page) == []
    page.keyboard.press("Control+z")
    settle(page)
    assert len(strokes(page)) == 3


def test_a_fine_screen_gets_fine_bitmaps(board: Open) -> None:
    page = board(ratio=2)
    drag(page, WAVE)
    away(page)
    assert page.evaluate("[board.picture.stage.picture.width, board.picture.stage.own.canvas.height]") == [2000, 1240]
    rows = (pixels(page, "fine")[:, 1000].max(axis=1) < 60).sum()
    assert 4 <= rows <= 12  # a line of 5 units at 60 % of 2 pixels to a unit, crossed at a slant


def test_escape_takes_back_the_stroke_and_what_is_being_erased(board: Open) -> None:
    page = board()
    blank = pixels(page)
    drag(page, WAVE, up=False)
    page.keyboard.press("Escape")
    page.mouse.up()
    away(page)
    page.wait_for_timeout(200)
    assert strokes(page) == []
    assert differ(blank, pixels(page)) == 0
    drag(page, WAVE)
    away(page)
    drawn = pixels(page)
    page.keyboard.press("e")
    drag(page, [(400, 150 + 10 * i) for i in range(40)], up=False)
    page.keyboard.press("Escape")
    page.mouse.up()
    away(page)
    assert len(strokes(page)) == 1
    assert differ(drawn, pixels(page)) == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_highlighter_lies_under_ink_and_never_darkens_itself(board: Open, theme: str) -> None:
    page = board(f"theme={theme}")
    page.evaluate("board.setWidth(10)")
    drag(page, [(500, 200 + 5 * i) for i in range(40)])
    page.keyboard.press("h")
    there = [(300.0 + 10 * i, 300.0) for i in range(40)]
    drag(page, there + there[::-1] + there, up=False)
    settle(page)
    page.wait_for_timeout(80)
    drawing = pixels(page)
    page.mouse.up()
    away(page)
    finished = pixels(page, f"highlighter-{theme}")
    assert differ(drawing, finished, 40) == 0  # as if under the ink even while it moves
    assert len({tuple(finished[300, x]) for x in range(320, 480, 4)}) == 1
    ink = finished[300, 500]
    assert tuple(ink) == tuple(finished[240, 500])


def test_the_theme_changes_without_a_reload(board: Open) -> None:
    page = board("theme=light")
    drag(page, WAVE)
    away(page)
    light = pixels(page)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_timeout(50)
    settle(page)
    dark = pixels(page)
    x, y = 500, 560
    assert light[y, x].min() > 240
    assert dark[y, x].max() < 60
    assert dark.max() > 200  # the ink is light now
    page.evaluate("document.documentElement.dataset.theme = 'light'")
    page.wait_for_timeout(50)
    settle(page)
    assert differ(light, pixels(page)) == 0


def test_another_persons_stroke_grows_and_becomes_the_record(board: Open) -> None:
    page = board("role=student")
    blank = pixels(page)
    page.evaluate(
        """() => { window.stroke = {id: 'live1', person: 'p1', page: 'page1', copy: '',
            tool: 'pen', colour: 'red', width: 5.5, quantum: 4};
          session.otherDraws(stroke, wave(450, 0, 40, 100)); }"""
    )
    settle(page)
    growing = pixels(page)
    assert differ(blank, growing) > 300
    page.evaluate("session.otherDraws(stroke, wave(450, 40, 80, 100))")
    settle(page)
    grown = pixels(page, "live-other")
    assert differ(growing, grown) > 300
    page.evaluate("session.otherEnds('live1', true)")
    settle(page)
    assert [s["id"] for s in strokes(page)] == ["live1"]
    assert differ(grown, pixels(page), SHAPE) == 0
    assert page.evaluate("board.picture.stage.others.empty")
    page.evaluate("session.otherDraws({...stroke, id: 'live2'}, wave(650, 0, 40, 100))")
    settle(page)
    page.evaluate("session.otherEnds('live2', false)")
    page.wait_for_timeout(200)
    settle(page)
    assert differ(grown, pixels(page), SHAPE) == 0


def test_a_student_erases_only_their_own(board: Open) -> None:
    page = board("role=student")
    page.evaluate("session.apply([{op: 'put', record: line('teachers', 300, 'p1')}])")
    drag(page, [(200 + 10 * i, 350) for i in range(50)])
    page.keyboard.press("e")
    drag(page, [(400, 100 + 10 * i) for i in range(40)])
    assert [s["id"] for s in strokes(page)] == ["teachers"]


def test_a_lock_in_mid_stroke_ends_it_and_takes_the_pen_away(board: Open) -> None:
    page = board("role=student")
    blank = pixels(page)
    drag(page, WAVE, up=False)
    page.evaluate("session.setLocked(true)")
    page.mouse.move(700, 200)
    page.mouse.up()
    away(page)
    page.wait_for_timeout(200)
    settle(page)
    assert strokes(page) == []
    assert not state(page)["canDraw"]
    assert differ(blank, pixels(page)) == 0
    page.keyboard.press("Control+z")
    assert strokes(page) == []


def test_a_refused_stroke_fades(board: Open) -> None:
    page = board("role=student")
    blank = pixels(page)
    page.evaluate("session.refuse([{op: 'put', record: line('no', 300, 'p2')}], 'page-locked')")
    assert page.evaluate("board.picture.fading.size") == 1
    settle(page)
    assert page.evaluate("board.picture.fading.size") == 0
    assert differ(blank, pixels(page)) == 0


def test_losing_the_window_keeps_what_was_drawn(board: Open) -> None:
    page = board()
    drag(page, WAVE, up=False)
    page.evaluate("window.dispatchEvent(new Event('blur'))")
    settle(page)
    assert len(strokes(page)) == 1
    page.mouse.move(100, 100)
    page.mouse.up()
    assert len(strokes(page)) == 1


def test_changing_the_page_in_mid_stroke_ends_it_there(board: Open) -> None:
    page = board()
    drag(page, WAVE, up=False)
    page.keyboard.press("PageDown")
    page.mouse.up()
    settle(page)
    assert len(strokes(page)) == 1
    assert state(page)["page"] == "page2"
    assert page.evaluate("session.table.get('class').page") == "page2"
    page.keyboard.press("PageUp")
    settle(page)
    assert state(page)["page"] == "page1"


def test_a_student_follows_strays_and_returns(board: Open) -> None:
    page = board("role=student")
    assert state(page)["following"]
    page.evaluate("session.say('p1', {view: ['page1', 400, 300, 400]})")
    settle(page)
    zoomed = state(page)
    assert zoomed["zoom"] == pytest.approx((1000 - 32) / 400)
    assert page.evaluate("under(500, 310)") == pytest.approx([400, 300])
    page.evaluate("session.apply([{op: 'patch', ids: ['class'], fields: {page: 'page2'}}])")
    settle(page)
    assert state(page)["page"] == "page2"
    page.evaluate("board.goTo('page1')")
    settle(page)
    assert not state(page)["following"]
    page.evaluate("session.say('p1', {view: ['page2', 400, 300, 400]})")
    settle(page)
    assert state(page)["page"] == "page1"
    page.mouse.move(500, 300)
    page.keyboard.press("g")
    settle(page)
    assert state(page)["following"]
    assert state(page)["page"] == "page2"
    assert state(page)["zoom"] == pytest.approx((1000 - 32) / 400)


def test_cursors_have_names_flip_at_the_edge_and_come_to_rest(board: Open) -> None:
    page = board("role=student")
    page.evaluate("session.say('p1', {cursor: ['page1', 1590, 880, 'arrow']})")
    settle(page)
    label = page.locator(".cr-board-cursor span")
    assert label.inner_text() == "Ngozi"
    box = label.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 1000
    pixels(page, "cursor")
    page.wait_for_selector(".cr-board-cursor.rest", timeout=5000)
    page.evaluate("session.say('p1', {cursor: ['page1', 300, 300, 'arrow']})")
    settle(page)
    assert page.locator(".cr-board-cursor.rest").count() == 0
    page.evaluate("session.say('p1', {cursor: 'off'})")
    assert page.locator(".cr-board-cursor").count() == 0


def test_the_own_cursor_is_told_only_over_the_page(board: Open) -> None:
    page = board("role=student", width=1400)
    page.mouse.move(700, 300)
    page.mouse.move(5, 300)
    cursors = page.evaluate("session.shown.map(({cursor}) => cursor).filter(Boolean)")
    assert cursors[0][0] == "page1"
    assert cursors[0][3] == "arrow"
    assert cursors[-1] == "off"


def test_keys_choose_and_are_left_to_who_is_writing(board: Open) -> None:
    page = board()
    page.mouse.move(500, 300)
    page.keyboard.press("7")
    assert state(page)["colour"] == "blue"
    page.keyboard.press("]")
    assert state(page)["width"] == 8
    page.keyboard.press("h")
    assert state(page)["tool"] == "highlighter"
    page.keyboard.press("5")
    assert (state(page)["hlColour"], state(page)["colour"]) == ("green", "blue")
    page.keyboard.press("Shift+Digit0")
    assert state(page)["zoom"] == pytest.approx(1)
    page.keyboard.press("0")
    assert state(page)["fitted"]
    page.evaluate("document.body.append(Object.assign(document.createElement('input'), {id: 'text'}))")
    page.evaluate("document.getElementById('text').focus()")
    page.keyboard.press("p")
    assert state(page)["tool"] == "highlighter"


def test_space_and_the_other_buttons_pan(board: Open) -> None:
    page = board()
    x = page.evaluate("board.camera.view.x")
    page.mouse.move(500, 300)
    page.keyboard.down(" ")
    drag(page, [(500, 300), (540, 300), (560, 300)])
    page.keyboard.up(" ")
    assert page.evaluate("board.camera.view.x") == pytest.approx(x + 60)
    for button in ("middle", "right"):
        page.mouse.move(500, 300)
        page.mouse.down(button=button)
        page.mouse.move(490, 300)
        page.mouse.up(button=button)
    settle(page)
    assert page.evaluate("board.camera.view.x") == pytest.approx(x + 40)
    assert strokes(page) == []
    drag(page, WAVE)
    assert len(strokes(page)) == 1


def test_one_tab_stop_with_words(board: Open) -> None:
    page = board()
    drag(page, WAVE)
    page.wait_for_function("document.querySelector('.cr-board-stage').ariaLabel?.includes('1 stroke')")
    label = page.evaluate("document.querySelector('.cr-board-stage').ariaLabel")
    assert label == "Board, page 1 of 2, 1 stroke, by Ngozi, you may draw"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "cr-board-stage"
    pixels(page, "focus")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement === document.body")


def test_a_resize_keeps_the_fit(board: Open) -> None:
    page = board()
    drag(page, WAVE)
    page.set_viewport_size({"width": 640, "height": 500})
    page.wait_for_timeout(60)
    settle(page)
    assert state(page)["fitted"]
    assert state(page)["zoom"] == pytest.approx((640 - 32) / 1600)
    away(page)
    assert (pixels(page)[:, :, 0] < 100).sum() > 100


def test_ten_thousand_strokes_settle_in_bounded_memory(board: Open) -> None:
    page = board(width=1440, height=860)
    page.evaluate(
        """() => { const one = (_, k) => ({width: 2,
            points: Array.from({length: 60}, (_, i) => [i * 2, 20 * Math.sin(i / (3 + k % 7)), 0.5])});
          fill(Array.from({length: 50}, one), 10_000); }"""
    )
    settle(page)
    assert len(strokes(page)) == 10_000
    assert (pixels(page, "many").min(axis=2) < 200).sum() > 100_000
    for _ in range(12):
        page.evaluate("board.zoomBy(1.6)")
        settle(page)
    for _ in range(12):
        page.evaluate("board.panBy(-900, -500)")
        settle(page)
    assert page.evaluate("board.picture.bitmaps") < 120
    drag(page, WAVE)
    assert len(strokes(page)) == 10_001


def test_a_thumbnail_shows_the_page(board: Open) -> None:
    page = board()
    drag(page, WAVE)
    dark = page.evaluate(
        """async () => { const canvas = Object.assign(document.createElement('canvas'), {width: 160, height: 90});
          await board.renderThumbnail('page1', canvas);
          const {data} = canvas.getContext('2d').getImageData(0, 0, 160, 90);
          let dark = 0; for (let i = 0; i < data.length; i += 4) if (data[i] < 200) dark++;
          return dark; }"""
    )
    assert 50 < dark < 2000


def test_nothing_is_left_after_the_end(board: Open) -> None:
    page = board()
    drag(page, WAVE)
    page.evaluate("board.destroy()")
    assert page.evaluate("document.getElementById('host').children.length") == 0
    page.mouse.move(300, 300)
    page.evaluate("session.setLocked(true)")


def test_a_stroke_beside_the_page_is_none_and_one_that_comes_onto_it_begins_there(board: Open) -> None:
    page = board(height=900)  # the page leaves a band of desk above and below
    drag(page, [(200 + 20 * i, 20) for i in range(20)])
    assert strokes(page) == []
    assert not state(page)["canUndo"]
    drag(page, [(500, 10 + 20 * i) for i in range(25)])
    assert len(strokes(page)) == 1
    kept: dict[str, Any] = page.evaluate(
        "(({points, quantum}) => ({points: [...points], quantum}))(session.table.onPage('page1')[0])"
    )
    first = ink.unpack(bytes(kept["points"]), kept["quantum"])[0]
    assert -5 < first[1] < 40


def test_a_click_is_a_dot_that_can_be_seen(board: Open) -> None:
    """The dot of an i: one point, as wide as the pen."""
    page = board()
    blank = pixels(page)
    page.mouse.move(500, 300)
    page.mouse.down()
    page.mouse.up()
    away(page)
    assert len(strokes(page)) == 1
    assert differ(blank, pixels(page, "dot"), 60) >= 5


def reddish(picture: np.ndarray[Any, Any]) -> int:
    """Pixels of a laser's light: much more red than green."""
    return int((picture[:, :, 0] - picture[:, :, 1] > 90).sum())


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_laser_shines_fades_and_leaves_nothing(board: Open, theme: str) -> None:
    page = board(f"theme={theme}")
    page.mouse.move(150, 300)
    blank = pixels(page)
    page.evaluate("board.focus()")
    page.keyboard.press("l")
    assert state(page)["tool"] == "laser"
    drag(page, WAVE, up=False)
    shining = pixels(page, f"laser-{theme}")
    assert reddish(shining) > reddish(blank) + 300
    assert page.evaluate("session.shown.at(-1).cursor[3]") == "laser"
    page.mouse.up()
    away(page)
    page.wait_for_function("board.picture.lasers.trails.size === 0")
    settle(page)
    assert differ(blank, pixels(page)) == 0
    assert strokes(page) == []
    assert page.evaluate("session.changes.length") == 0

    page.mouse.move(300, 300)
    for i in range(40):
        page.mouse.move(300 + 8 * i, 300)  # hovering shows it too
    assert page.evaluate("board.picture.lasers.trails.size") == 1
    page.keyboard.press("Escape")
    assert state(page)["tool"] == "pen"
    assert page.evaluate("session.shown.at(-1).cursor[3]") == "arrow"


def test_a_finger_points_until_it_is_lifted(board: Open) -> None:
    page = board(touch=True)
    page.evaluate("board.setTool('laser')")
    cdp = page.context.new_cdp_session(page)
    fingers(cdp, "touchStart", (200, 300))
    for i in range(30):
        fingers(cdp, "touchMove", (200 + 8 * i, 300))
    page.wait_for_timeout(1200)
    settle(page)
    assert reddish(pixels(page, "laser-finger")) > 30  # the trail is gone, the dot stays
    assert page.evaluate("session.shown.at(-1).cursor[3]") == "laser"
    fingers(cdp, "touchEnd")
    assert page.evaluate("session.shown.at(-1).cursor") == "off"
    page.wait_for_function("board.picture.lasers.trails.size === 0")
    assert strokes(page) == []


def test_a_pen_points_and_its_other_end_still_erases(board: Open) -> None:
    page = board()
    drag(page, WAVE)
    page.keyboard.press("l")
    cdp = page.context.new_cdp_session(page)
    pen(cdp, "mousePressed", 200, 450)
    for i in range(20):
        pen(cdp, "mouseMoved", 200 + 8 * i, 450)
    assert page.evaluate("board.picture.lasers.trails.size") == 1
    pen(cdp, "mouseReleased", 352, 450, 0, 0)
    assert len(strokes(page)) == 1
    page.evaluate(
        """() => { pointer('pointerdown', 'pen', 400, 150, 5, 32);
          for (let y = 150; y < 450; y += 10) pointer('pointermove', 'pen', 400, y, -1, 32);
          pointer('pointerup', 'pen', 400, 450, 5, 0); }"""
    )
    settle(page)
    assert strokes(page) == []
    assert state(page)["tool"] == "laser"


def test_another_persons_laser_is_seen_smoothly_and_goes_with_its_page(board: Open) -> None:
    page = board("role=student")
    blank = pixels(page)
    page.evaluate(
        """async () => { for (let i = 0; i < 12; i++) {
            session.say('p1', {cursor: ['page1', 300 + 70 * i, 450 + 200 * Math.sin(i / 2), 'laser']});
            await new Promise((done) => setTimeout(done, 50)); } }"""
    )
    seen = pixels(page, "laser-other")
    assert reddish(seen) > reddish(blank) + 300
    # Played back in frames, not in samples: far more places than were told.
    assert page.evaluate("board.picture.lasers.trails.get('p1').trail.length") > 14
    page.wait_for_timeout(1300)
    settle(page)
    assert 30 < reddish(pixels(page)) < reddish(seen)  # it rests: a dot, and no frame is asked for
    page.evaluate("session.say('p1', {cursor: ['page2', 300, 300, 'laser']})")
    page.wait_for_function("board.picture.lasers.trails.size === 0")
    settle(page)
    assert differ(blank, pixels(page)) == 0


def spans(page: Page, row: int, below: int = 120) -> list[tuple[int, int]]:
    """Where a row of the window is dark: from, to."""
    away(page)
    dark = pixels(page)[row, 30:970].max(axis=1) < below
    edges = np.flatnonzero(np.diff(np.concatenate(([0], dark.astype(int), [0]))))
    return [(30 + int(a), 30 + int(b)) for a, b in edges.reshape(-1, 2)]


def test_erasing_parts_shows_what_stays_and_is_one_step_of_undo(board: Open) -> None:
    page = board()
    for y in (200, 300, 400):
        drag(page, [(200 + 10 * i, y) for i in range(51)])
    drawn = strokes(page)
    picture = pixels(page)
    ((left, right),) = spans(page, 300)
    page.keyboard.press("e")
    page.evaluate("board.setEraserPart(true)")
    drag(page, [(400, 150 + 10 * i) for i in range(20)], up=False)
    page.wait_for_timeout(50)
    assert strokes(page) == drawn  # nothing is done before it is lifted
    erasing = pixels(page, "erasing-parts")
    assert erasing[300, 395:405].min() > 200  # gone at once
    assert erasing[300, 250:350].max() < 120
    assert erasing[300, 450:650].max() < 120
    changes = page.evaluate("session.changes.length")
    page.mouse.up()
    settle(page)
    assert differ(erasing, pixels(page), SHAPE) == 0  # what was seen is what became
    assert page.evaluate("session.changes.length") == changes + 1
    assert len(strokes(page)) == 5
    (a, gap), (on, b) = spans(page, 300)
    assert (a, b) == (left, right)
    assert (gap, on) == pytest.approx((390, 410), abs=2)  # 20 px across
    assert len(spans(page, 400)) == 1
    page.keyboard.press("Control+z")
    settle(page)
    away(page)
    assert [s["id"] for s in strokes(page)] == [s["id"] for s in drawn]
    page.mouse.move(700, 400)
    settle(page)
    assert differ(picture, pixels(page)) == 0
    page.keyboard.press("Control+Shift+z")
    settle(page)
    assert len(strokes(page)) == 5


def test_no_frame_without_ink_between_cutting_and_cut(board: Open) -> None:
    page = board()
    drag(page, [(200 + 10 * i, 300) for i in range(51)])
    page.keyboard.press("e")
    page.evaluate("board.setEraserPart(true)")
    drag(page, [(400, 250 + 10 * i) for i in range(10)], up=False)
    x, y = page.evaluate("under(600, 300)")
    page.evaluate(
        "([x, y]) => { window.seen = null; inkInFrames(12, x, y - 5, 20, 10).then(s => { window.seen = s; }); }", [x, y]
    )
    page.mouse.up()
    page.wait_for_function("seen")
    assert page.evaluate("seen") == [True] * 12


def test_escape_takes_back_what_is_being_cut(board: Open) -> None:
    page = board()
    drag(page, WAVE)
    away(page)
    drawn = pixels(page)
    page.keyboard.press("e")
    page.evaluate("board.setEraserPart(true)")
    drag(page, [(400, 150 + 10 * i) for i in range(40)], up=False)
    page.keyboard.press("Escape")
    page.mouse.up()
    away(page)
    assert len(strokes(page)) == 1
    assert differ(drawn, pixels(page)) == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_highlighter_that_is_cut_stays_one_under_the_ink(board: Open, theme: str) -> None:
    page = board(f"theme={theme}")
    page.evaluate("board.setTool('highlighter')")
    drag(page, [(200 + 10 * i, 300) for i in range(51)])
    page.evaluate("board.setTool('pen')")
    drag(page, [(300, 250 + 5 * i) for i in range(20)])
    away(page)
    before = pixels(page)
    page.evaluate("board.setTool('eraser'); board.setWidth(40); board.setEraserPart(true)")
    drag(page, [(500, 250 + 5 * i) for i in range(20)])
    away(page)
    after = pixels(page, f"cut-highlighter-{theme}")
    assert [s["tool"] for s in strokes(page)].count("highlighter") == 2
    assert differ(before[:, :460], after[:, :460]) == 0  # the ink still lies over it
    assert differ(before[:, 460:540], after[:, 460:540]) > 300
    assert np.abs(after[300, 500] - after[500, 500]).max() == 0  # nothing of it is left in the middle


def test_a_student_cuts_only_their_own(board: Open) -> None:
    page = board("role=student")
    page.evaluate("session.apply([{op: 'put', record: line('hers', 300, 'p1')}])")
    page.evaluate("session.apply([{op: 'put', record: line('mine', 500, 'p2')}])")
    page.evaluate("board.setTool('eraser'); board.setEraserPart(true)")
    drag(page, [(400, 150 + 10 * i) for i in range(40)])
    left = strokes(page)
    assert sorted(s["author"] for s in left) == ["p1", "p2", "p2"]
    assert "hers" in [s["id"] for s in left]
    assert "mine" not in [s["id"] for s in left]


def test_a_pen_and_a_finger_cut_too(board: Open) -> None:
    page = board(touch=True)
    page.evaluate(
        "session.apply([{op: 'put', record: line('a', 300, 'p1')}, {op: 'put', record: line('b', 600, 'p1')}])"
    )
    page.evaluate("board.setTool('eraser'); board.setEraserPart(true)")
    cdp = page.context.new_cdp_session(page)
    _, upper = page.evaluate("[0, board.camera.view.y + 300 * board.camera.view.zoom]")
    lower = page.evaluate("board.camera.view.y + 600 * board.camera.view.zoom")
    fingers(cdp, "touchStart", (300, upper - 40))
    for i in range(9):
        fingers(cdp, "touchMove", (300, upper - 40 + 10 * i))
    fingers(cdp, "touchEnd")
    settle(page)
    assert len(strokes(page)) == 3
    pen(cdp, "mousePressed", 300, lower - 40)
    for i in range(9):
        pen(cdp, "mouseMoved", 300, lower - 40 + 10 * i)
    pen(cdp, "mouseReleased", 300, lower + 40, 0, 0)
    settle(page)
    assert len(strokes(page)) == 4


def shapes(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate("session.table.onPage('page1').filter(({type}) => type === 'shape')")
    return found


def test_shapes_are_dragged_constrained_centred_cancelled_and_undone(board: Open) -> None:
    page = board()
    blank = pixels(page)
    page.evaluate("board.setSnap(false)")  # guides are no part of a shape
    page.evaluate("board.focus()")
    page.keyboard.press("s")
    assert state(page)["tool"] == "shape"
    drag(page, [(300, 200), (400, 280), (500, 320)], up=False)
    settle(page)
    assert shapes(page) == [], "nothing is kept before it is let go"
    dragging = pixels(page, "shape-dragging")
    assert differ(blank, dragging) > 500
    page.mouse.up()
    away(page)
    (made,) = shapes(page)
    zoom = state(page)["zoom"]
    assert (made["kind"], made["colour"], made["width"], made["fill"]) == ("rectangle", "ink", 5, "")
    assert (made["w"], made["h"]) == pytest.approx((200 / zoom, 120 / zoom), abs=0.1)
    done = pixels(page, "shape-done")
    assert differ(dragging, done, SHAPE) < 400, "a pointer's cross may go, nothing else"

    # Shift pressed while the pointer rests makes it even; Alt begins in the middle.
    page.evaluate("board.setShape({kind: 'ellipse', fill: true, dash: 'dashed'})")
    drag(page, [(600, 300), (650, 330), (700, 340)], up=False)
    page.keyboard.down("Shift")
    page.keyboard.down("Alt")
    page.mouse.up()
    page.keyboard.up("Alt")
    page.keyboard.up("Shift")
    away(page)
    circle = shapes(page)[1]
    assert (circle["kind"], circle["fill"], circle["dash"]) == ("ellipse", "ink", "dashed")
    assert circle["w"] == circle["h"] == pytest.approx(200 / zoom, abs=0.1)
    assert circle["z"] > made["z"]
    assert circle["x"] + circle["w"] / 2 == pytest.approx(made["x"] + 300 / zoom, abs=0.1)
    both = pixels(page, "shape-both")
    page.wait_for_function("document.querySelector('[aria-label*=\"2 shapes\"]') !== null")

    # A click and a drag that was cancelled leave nothing.
    drag(page, [(200, 400), (201, 400)])
    drag(page, [(200, 400), (300, 450)], up=False)
    page.keyboard.press("Escape")
    page.mouse.up()
    away(page)
    assert len(shapes(page)) == 2
    assert differ(both, pixels(page)) == 0

    # The eraser takes a filled one by its inside, an empty one by its line; undo brings it back.
    page.evaluate("board.setTool('eraser')")
    drag(page, [(400, 260), (410, 260)])
    drag(page, [(600, 300), (605, 300)])
    assert [shape["id"] for shape in shapes(page)] == [made["id"]]
    page.evaluate("board.undo()")
    assert [shape["id"] for shape in shapes(page)] == [made["id"], circle["id"]]
    page.evaluate("board.undo()")
    assert [shape["id"] for shape in shapes(page)] == [made["id"]]
    page.evaluate("board.redo()")
    assert [shape["id"] for shape in shapes(page)] == [made["id"], circle["id"]]
    page.evaluate("board.redo()")
    assert [shape["id"] for shape in shapes(page)] == [made["id"]]
    page.evaluate("for (let i = 0; i < 3; i++) board.undo()")
    away(page)
    assert shapes(page) == []
    assert differ(blank, pixels(page)) < 400


def test_who_may_not_draw_drags_no_shape_and_losing_the_right_ends_the_drag(board: Open) -> None:
    page = board("role=student")
    page.evaluate("board.setTool('shape')")
    drag(page, [(300, 200), (500, 320)], up=False)
    page.evaluate("session.setLocked(true)")
    page.mouse.up()
    drag(page, [(300, 200), (500, 320)])
    assert shapes(page) == []
    page.evaluate("session.setLocked(false)")
    page.evaluate("board.fit()")
    settle(page)
    drag(page, [(300, 200), (500, 320)])
    assert len(shapes(page)) == 1


def test_pictures_are_kept_within_bounds_and_all_are_seen(board: Open) -> None:
    page = board()
    found = page.evaluate("manyPictures(12, 2400, 1800, 8)")
    assert found["most"] <= 40_000_000 + 2 * 2400 * 1800  # one more while it takes the place of others
    assert found["seen"] == 12
    assert found["came"] < 80  # they make room for one another, and then rest
    assert found["left"] == 0
