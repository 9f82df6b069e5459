"""Figures in the making, in two students' windows with a real server between them.

They are seen as they are dragged, laid out or held, do not flicker when they are let go, and are gone with the gesture
or the right (SPEC 5.15).
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from classroom import api
from tests.browser import test_two_windows as two
from tests.browser.test_two_windows import enter, middle

pytestmark = pytest.mark.browser
teacher = two.teacher

WATCH = """([x, y]) => {
  window.inked = [];
  const canvases = [...document.querySelectorAll(".cr-board-stage canvas")];
  const {left, top} = canvases[0].getBoundingClientRect();
  const dark = (canvas) => {
    const {data} = canvas.getContext("2d").getImageData(x - left - 4, y - top - 4, 9, 9);
    for (let i = 0; i < data.length; i += 4)
      if (data[i + 3] > 120 && data[i] + data[i + 1] + data[i + 2] < 220) return true;
    return false;
  };
  const look = () => { window.inked.push(canvases.some(dark)); requestAnimationFrame(look); };
  requestAnimationFrame(look);
}"""


def inked(page: Page, name: str = "") -> int:
    """Pixels of the middle of the stage that are not paper."""
    shot = page.locator(".cr-board-stage").screenshot()
    if (folder := os.environ.get("CLASSROOM_SHOTS")) and name:
        (Path(folder) / f"figure-{name}.png").write_bytes(page.screenshot())
    picture: np.ndarray[Any, Any] = np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")).astype(int)
    h, w = picture.shape[:2]
    return int((picture[h // 4 : -h // 4, w // 4 : -w // 4].sum(axis=2) < 600).sum())


def marked(page: Page, x: float, y: float) -> bool:
    """Is there anything within two pixels?"""
    shot = page.screenshot(clip={"x": x - 2, "y": y - 2, "width": 5, "height": 5})
    return bool(np.asarray(Image.open(io.BytesIO(shot)).convert("L")).min() < 200)


def comes(page: Page, least: int, most: int = 10**9, name: str = "") -> int:
    """Waits until as many pixels are dark."""
    count = 0
    for _ in range(100):
        count = inked(page)
        if least <= count <= most:
            return inked(page, name) if name else count
        page.wait_for_timeout(50)
    raise AssertionError(f"{count} dark pixels, not {least} to {most}")


@pytest.fixture
def windows(browser: Browser, teacher: api.Teacher, request: pytest.FixtureRequest) -> Iterator[tuple[Page, Page]]:
    """Whose hands are at work, and who looks on."""
    teacher.draw = "all"
    teacher.board.clear()
    hand, eye = [browser.new_context(viewport={"width": 1100, "height": 700}).new_page() for _ in range(2)]
    kind = request.node.name.split("_")[2]  # nobody has another's name
    enter(hand, teacher.link, f"Bo {kind}")
    enter(eye, teacher.link, f"Cy {kind}")
    hand.get_by_role("button", name="Pen (P)").click()
    expect(eye.locator(".cr-board-sheet")).to_be_visible()
    yield hand, eye
    for window in (hand, eye):
        window.context.close()


def choose(page: Page, shape: str) -> None:
    button = page.get_by_role("button", name="Shapes")
    button.click()
    button.click()
    page.get_by_role("button", name=shape).click()
    page.keyboard.press("Escape")


def drag(page: Page, dx: float, dy: float) -> tuple[float, float]:
    """From the middle's left and up, and held."""
    x, y = middle(page)
    page.mouse.move(x - dx / 2, y - dy / 2)
    page.mouse.down()
    page.mouse.move(x + dx / 2, y + dy / 2, steps=25)
    return x, y


def test_a_shape_is_seen_as_it_is_dragged_and_does_not_flicker_when_it_is_kept(
    windows: tuple[Page, Page], teacher: api.Teacher
) -> None:
    hand, eye = windows
    choose(hand, "Rectangle")
    x, y = drag(hand, 240, 160)
    count = comes(eye, 1_000, name="dragged")
    assert len(teacher.board.objects) == 0, "nothing is kept yet"
    eye.wait_for_timeout(600)  # it has glided to where it is
    assert marked(eye, x - 120, y), "its left side"
    count = inked(eye)
    eye.evaluate(WATCH, [x - 120, y])
    eye.wait_for_timeout(200)
    hand.mouse.up()
    teacher.wait_for(lambda t: len(t.board.objects) == 1, 10)
    eye.wait_for_timeout(700)
    seen = eye.evaluate("window.inked")
    assert len(seen) > 10
    assert all(seen), "it was always there"
    assert abs(inked(eye, "kept") - count) < 40
    # Escape: not meant.
    hand.mouse.move(x - 50, y - 30)
    hand.mouse.down()
    hand.mouse.move(x + 50, y + 30, steps=15)
    comes(eye, count + 300)
    hand.keyboard.press("Escape")
    comes(eye, count - 40, count + 40)
    hand.mouse.up()
    assert len(teacher.board.objects) == 1


def test_a_polygon_is_seen_as_it_is_laid_out_and_goes_with_the_right_to_draw(
    windows: tuple[Page, Page], teacher: api.Teacher
) -> None:
    hand, eye = windows
    choose(hand, "Polygon")
    x, y = middle(hand)
    for dx, dy in ((-120, -80), (110, -60), (90, 90)):
        hand.mouse.click(x + dx, y + dy)
    hand.mouse.move(x - 60, y + 60, steps=5)
    comes(eye, 1_200, name="polygon")
    eye.wait_for_timeout(6_000)  # a hand that thinks is no silence
    assert marked(eye, x - 5, y - 70), "its first side"
    teacher.draw = "none"
    comes(eye, 0, 0)
    assert len(teacher.board.objects) == 0


def test_a_stroke_that_became_a_figure_is_seen_as_the_figure_and_kept_as_it(
    windows: tuple[Page, Page], teacher: api.Teacher
) -> None:
    hand, eye = windows
    x, y = middle(hand)
    hand.keyboard.press("p")
    for _ in range(3):
        hand.keyboard.press("]")
    hand.mouse.move(x - 150, y)
    hand.mouse.down()
    for i in range(31):
        hand.mouse.move(x - 150 + 10 * i, y + 5 * np.sin(np.pi * i / 30))
        hand.wait_for_timeout(8)
    comes(eye, 500, name="stroke")
    hand.wait_for_timeout(1_200)  # held: it straightens, and the stroke fades
    hand.mouse.move(x + 150, y + 80, steps=8)
    eye.wait_for_timeout(600)
    straight = inked(eye, "straightened")
    assert [marked(eye, x, y + dy) for dy in (0, 5, 40)] == [False, False, True]
    assert len(teacher.board.objects) == 0
    hand.mouse.up()
    teacher.wait_for(lambda t: len(t.board.objects) == 1 and "line" in repr(t.board.objects[0]), 10)
    eye.wait_for_timeout(600)
    assert abs(inked(eye) - straight) < 60
