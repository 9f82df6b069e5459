"""Hands with a pen, and hands without pressure: palms, barrel buttons, predicted points, speed; other people's ink.

The board stands on a session in memory, as in `test_board_input.py`. Events that the debugging protocol cannot make (a
palm's width, a barrel button, predictions) are made in the page, as browsers make them.
"""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page

from tests.browser import test_board_input as hands
from tests.browser.test_board_input import Open, drag, fingers, pen, settle, state, strokes

pytestmark = pytest.mark.browser
site = hands.site
board = hands.board

STROKE = """([id, kind, from, to, more]) => {
  const at = (type, x, buttons) =>
    pointer(type, kind, x, 300, type === "pointermove" ? -1 : 0, buttons, {pointerId: id, ...more});
  at("pointerdown", from, 1);
  for (let x = from; x <= to; x += 10) at("pointermove", x, 1);
}"""


def cdp_of(page: Page) -> CDPSession:
    return page.context.new_cdp_session(page)


def view(page: Page) -> tuple[float, float]:
    found = page.evaluate("[board.camera.view.x, board.camera.view.y]")
    return found[0], found[1]


def pressures(page: Page) -> list[float]:
    found: list[float] = page.evaluate(
        """(() => { const ink = session.table.onPage("page1").at(-1);
          const p = board.picture.materials.strokes.points(ink);
          return Array.from({length: p.length / 3}, (_, i) => p[3 * i + 2]); })()"""
    )
    return found


def test_a_palm_neither_draws_nor_moves_the_page(board: Open) -> None:
    page = board(touch=True)
    before = view(page)
    page.evaluate(STROKE, [5, "touch", 300, 600, {"width": 92, "height": 60}])
    page.evaluate("pointer('pointerup', 'touch', 600, 300, 0, 0, {pointerId: 5})")
    settle(page)
    assert strokes(page) == []
    assert view(page) == before
    # A palm that lies there does not turn a finger's stroke into a pinch.
    page.evaluate("pointer('pointerdown', 'touch', 500, 500, 0, 1, {pointerId: 6, width: 80, height: 90})")
    page.evaluate(STROKE, [7, "touch", 300, 600, {"width": 24, "height": 24}])
    page.evaluate("pointer('pointerup', 'touch', 600, 300, 0, 0, {pointerId: 7})")
    page.evaluate("pointer('pointerup', 'touch', 500, 500, 0, 0, {pointerId: 6})")
    settle(page)
    assert len(strokes(page)) == 1
    assert view(page) == before


def test_a_pen_takes_over_from_the_hand_that_holds_it(board: Open) -> None:
    page = board(touch=True)
    cdp = cdp_of(page)
    # Before any pen was seen the side of the hand draws; the pen's tip says that this was not meant.
    fingers(cdp, "touchStart", (500, 420))
    fingers(cdp, "touchMove", (520, 430))
    assert page.evaluate("board.state.drawing")
    pen(cdp, "mousePressed", 300, 300)
    for i in range(20):
        pen(cdp, "mouseMoved", 300 + 8 * i, 300)
    pen(cdp, "mouseReleased", 452, 300, 0, 0)
    fingers(cdp, "touchEnd")
    settle(page)
    assert len(strokes(page)) == 1
    assert len(set(pressures(page))) <= 2
    # Afterwards it holds the page, until the pen comes down.
    before = view(page)
    fingers(cdp, "touchStart", (500, 420))
    pen(cdp, "mousePressed", 300, 400)
    for i in range(20):
        pen(cdp, "mouseMoved", 300 + 8 * i, 400)
    fingers(cdp, "touchMove", (560, 480))
    pen(cdp, "mouseReleased", 452, 400, 0, 0)
    fingers(cdp, "touchEnd")
    settle(page)
    assert len(strokes(page)) == 2
    assert view(page) == before
    assert not state(page)["drawing"]


def test_a_pen_that_hovers_is_a_pen_that_was_seen(board: Open) -> None:
    page = board(touch=True)
    cdp = cdp_of(page)
    pen(cdp, "mouseMoved", 300, 300, 0, 0)
    x, _ = view(page)
    fingers(cdp, "touchStart", (500, 300))
    fingers(cdp, "touchMove", (560, 300))
    fingers(cdp, "touchEnd")
    settle(page)
    assert strokes(page) == []
    assert view(page)[0] == pytest.approx(x + 60, abs=1)


def test_the_barrel_button_moves_the_page(board: Open) -> None:
    page = board()
    x, y = view(page)
    page.evaluate(
        """() => { pointer("pointerdown", "pen", 400, 300, 2, 2);
          for (let i = 1; i <= 10; i++) pointer("pointermove", "pen", 400 + 8 * i, 300 + 4 * i, -1, 2);
          pointer("pointerup", "pen", 480, 340, 2, 0); }"""
    )
    settle(page)
    assert strokes(page) == []
    assert view(page) == pytest.approx((x + 80, y + 40), abs=1)


@pytest.mark.parametrize("button", [5, 0])
def test_the_erasing_end_erases_however_it_is_told(board: Open, button: int) -> None:
    page = board()
    drag(page, [(300 + 5 * i, 300) for i in range(40)])
    page.evaluate(
        f"""() => {{ pointer("pointerdown", "pen", 400, 200, {button}, 32);
          for (let y = 200; y <= 400; y += 10) pointer("pointermove", "pen", 400, y, -1, 32);
          pointer("pointerup", "pen", 400, 400, {button}, 0); }}"""
    )
    settle(page)
    assert strokes(page) == []


def test_predicted_points_are_seen_and_not_kept(board: Open) -> None:
    page = board()
    reach = page.evaluate(
        """() => {
          const target = document.querySelector(".cr-board-touch");
          const event = (type, x, more = {}) => Object.assign(new PointerEvent(type, {pointerId: 9, pointerType: "pen",
            clientX: x, clientY: 300, buttons: 1, button: type === "pointermove" ? -1 : 0, pressure: 0.5,
            bubbles: true}), more);
          target.dispatchEvent(event("pointerdown", 300));
          for (let x = 305; x < 400; x += 5) target.dispatchEvent(event("pointermove", x));
          const guess = [event("pointermove", 412), event("pointermove", 424)];
          target.dispatchEvent(event("pointermove", 400, {getPredictedEvents: () => guess}));
          const shown = [...board.picture.stage.own.sprites][0];
          const {scale, x} = board.picture.stage.device(board.camera.view);
          return {shown: shown.box.maxX * scale + x, kept: shown.at(shown.points - 1)[0] * scale + x};
        }"""
    )
    assert reach["shown"] > 420
    assert reach["kept"] == pytest.approx(400, abs=1)
    page.evaluate("pointer('pointerup', 'pen', 400, 300, 0, 0, {pointerId: 9})")
    settle(page)
    assert page.evaluate("board.picture.scene.box.maxX") < page.evaluate("under(410, 0)[0]")


def test_coalesced_points_are_all_kept(board: Open) -> None:
    page = board()
    page.evaluate(
        """() => {
          const target = document.querySelector(".cr-board-touch");
          const event = (type, x, more = {}) => Object.assign(new PointerEvent(type, {pointerId: 9, pointerType: "pen",
            clientX: x, clientY: 300 + (x % 7), buttons: 1, pressure: 0.5, bubbles: true}), more);
          target.dispatchEvent(event("pointerdown", 300));
          const parts = Array.from({length: 30}, (_, i) => event("pointermove", 303 + 3 * i));
          target.dispatchEvent(event("pointermove", 390, {getCoalescedEvents: () => parts}));
          target.dispatchEvent(event("pointerup", 390)); }"""
    )
    settle(page)
    assert len(pressures(page)) == 31


def test_the_own_layer_asks_not_to_wait_for_the_page(board: Open) -> None:
    page = board()
    asked = page.evaluate(
        "[board.picture.stage.own, board.picture.stage.others]"
        ".map(({canvas}) => canvas.getContext('2d').getContextAttributes().desynchronized)"
    )
    assert asked == [True, False]


def made(page: Page, step: int, kind: str = "mouse") -> list[float]:
    """Draws with events 8 ms apart, `step` pixels from one to the next."""
    page.evaluate(
        """([step, kind]) => {
          const target = document.querySelector(".cr-board-touch");
          let time = 1000;
          const send = (type, x) => {
            const event = new PointerEvent(type, {pointerId: 9, pointerType: kind, clientX: x, clientY: 300, buttons: 1,
              pressure: 0.5, width: 20, height: 20, bubbles: true});
            Object.defineProperty(event, "timeStamp", {value: time += 8});
            target.dispatchEvent(event); };
          send("pointerdown", 100);
          for (let i = 1; i < 40; i++) send("pointermove", 100 + step * i);
          send("pointerup", 100 + step * 39); }""",
        [step, kind],
    )
    settle(page)
    return pressures(page)


@pytest.mark.parametrize("kind", ["mouse", "touch"])
def test_a_hand_without_pressure_draws_thinner_where_it_goes_fast(board: Open, kind: str) -> None:
    page = board(touch=True)
    slow, fast = made(page, 1, kind), made(page, 20, kind)
    assert slow[-1] > 0.5 > fast[-1] > 0.34
    assert max(abs(a - b) for a, b in itertools.pairwise(fast)) < 0.1
    page.evaluate("board.setPace(false)")
    assert set(made(page, 20, kind)) == {0.5}


def test_a_pens_own_pressure_is_left_as_it_is(board: Open) -> None:
    assert set(made(board(), 20, "pen")) == {0.5}


def test_other_peoples_ink_grows_in_every_frame(board: Open) -> None:
    page = board()
    tips: list[float] = page.evaluate(
        """async () => {
          const stroke = {id: "theirs", person: "p2", page: "page1", copy: "", tool: "pen", colour: "ink", width: 6,
            quantum: 4};
          const tips = [];
          let told = 0;
          for (let frame = 0; frame < 50; frame++) {
            // A batch of four points each third frame, as a mouse's come.
            if (frame % 3 === 0 && frame < 36) { session.otherDraws(stroke, wave(300, told, told + 4)); told += 4; }
            await new Promise(requestAnimationFrame);
            const [sprite] = board.picture.stage.others.sprites;
            if (sprite) tips.push(sprite.box.maxX);
          }
          return tips; }"""
    )
    steps: list[Any] = [b - a for a, b in itertools.pairwise(tips)]
    grown = [step for step in steps[6:33] if step > 0]
    assert len(grown) > 18
    # A batch is 40 units, a point 10: the tip goes less than two points at a time, and not by whole ones.
    assert max(grown) < 40
    assert any(abs(step - 10 * round(step / 10)) > 0.5 for step in grown)
    assert tips[-1] >= 200 + 10 * 47
