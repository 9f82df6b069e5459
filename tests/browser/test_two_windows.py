"""Staff and a student in a window each, with a real server between them: what lights up in one is seen in the other,
and what is kept is kept by the server's rules."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from classroom import api
from classroom.core import messages as m
from tests.browser.jupyter_process import TOKEN, JupyterProcess

pytestmark = pytest.mark.browser
ENABLE = "--ServerApp.jpserver_extensions={'classroom': True}"


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[api.Teacher]:
    server = JupyterProcess(tmp_path_factory.mktemp("two"), ENABLE, app="jupyter_server")
    opened = api.start("Two windows", url=server.url, token=TOKEN)
    yield opened
    opened.close()
    server.stop()


def enter(page: Page, link: str, name: str) -> None:
    page.goto(link)
    page.get_by_label("Your name").fill(name)
    page.keyboard.press("Enter")
    expect(page.locator(".cr-board-stage")).to_be_visible()


def reddish(page: Page, name: str = "") -> int:
    """Pixels of the board's stage that are much more red than green."""
    shot = page.locator(".cr-board-stage").screenshot()
    folder = os.environ.get("CLASSROOM_SHOTS")
    if folder and name:
        (Path(folder) / f"two-{name}.png").write_bytes(page.screenshot())
    picture: np.ndarray[Any, Any] = np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")).astype(int)
    return int((picture[:, :, 0] - picture[:, :, 1] > 90).sum())


def middle(page: Page) -> tuple[float, float]:
    box = page.locator(".cr-board-sheet").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def wave(page: Page, steps: int = 60) -> None:
    x, y = middle(page)
    for i in range(steps):
        page.mouse.move(x - 150 + 5 * i, y + 40 * np.sin(i / 6))
        page.wait_for_timeout(8)


def test_a_laser_is_seen_in_the_other_window_and_kept_nowhere(browser: Browser, teacher: api.Teacher) -> None:
    windows = [browser.new_context(viewport={"width": 1100, "height": 700}).new_page() for _ in range(2)]
    staff, student = windows
    enter(staff, teacher.staff_link, "Ada")
    enter(student, teacher.link, "Bo")
    middle(student)
    dark = reddish(student)
    seq = len(teacher.board.objects)
    staff.mouse.move(*middle(staff))
    staff.mouse.down()
    staff.mouse.up()  # the board has the keys now; a dot is drawn
    teacher.wait_for(lambda t: len(t.board.objects) == seq + 1, 10)
    staff.get_by_role("button", name="Laser pointer").click()
    expect(staff.get_by_role("button", name="Laser pointer")).to_have_attribute("aria-pressed", "true")
    wave(staff)
    assert reddish(student, "laser-student") > dark + 200
    reddish(staff, "laser-staff")
    staff.keyboard.press("Escape")
    expect(staff.get_by_role("button", name="Pen (P)")).to_have_attribute("aria-pressed", "true")
    staff.mouse.move(2, 2)
    student.wait_for_timeout(1500)
    assert reddish(student) == dark
    assert len(teacher.board.objects) == seq + 1
    for window in windows:
        window.context.close()


def test_a_student_may_cut_their_own_stroke_and_take_it_back(browser: Browser, teacher: api.Teacher) -> None:
    teacher.draw = "all"
    teacher.board.clear()
    page = browser.new_context(viewport={"width": 1100, "height": 700}).new_page()
    enter(page, teacher.link, "Cy")
    pen = page.get_by_role("button", name="Pen (P)")
    pen.click()
    x, y = middle(page)
    page.mouse.move(x - 200, y)
    page.mouse.down()
    page.mouse.move(x + 200, y, steps=20)
    page.mouse.up()
    teacher.wait_for(lambda t: len(t.board.objects) == 1, 10)
    eraser = page.get_by_role("button", name="Eraser")
    eraser.click()
    eraser.click()
    if folder := os.environ.get("CLASSROOM_SHOTS"):
        page.screenshot(path=str(Path(folder) / "two-eraser.png"))
    page.get_by_role("button", name="Parts").click()
    page.keyboard.press("Escape")
    page.mouse.move(x, y - 60)
    page.mouse.down()
    page.mouse.move(x, y + 60, steps=10)
    page.mouse.up()
    teacher.wait_for(lambda t: len(t.board.objects) == 2, 10)
    assert {one.author for one in teacher.board.objects} == {"Cy"}
    page.keyboard.press("Control+z")
    teacher.wait_for(lambda t: len(t.board.objects) == 1, 10)
    page.context.close()


def test_an_endless_page_is_one_place_for_all_who_are_on_it(browser: Browser, teacher: api.Teacher) -> None:
    teacher.draw = "all"
    page = teacher.board.add_page("Without end", pattern="axes")
    teacher.client.change([m.Patch((page.id,), {"endless": True})])
    staff, student = [browser.new_context(viewport={"width": 1100, "height": 700}).new_page() for _ in range(2)]
    enter(staff, teacher.staff_link, "Edda")
    enter(student, teacher.link, "Finn")
    for window in (staff, student):
        expect(window.locator(".cr-board-stage")).to_have_attribute("aria-label", re.compile("endless"))
    # Far to the left and above of where the page begins.
    box = staff.locator(".cr-board-touch").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    staff.mouse.move(x + 250, y - 150)
    for _ in range(12):
        staff.mouse.wheel(-200, -150)
    staff.get_by_role("button", name="Pen (P)").click()
    staff.mouse.move(x - 100, y)
    staff.mouse.down()
    staff.mouse.move(x + 100, y, steps=10)
    staff.mouse.up()
    teacher.wait_for(lambda t: len(t.board.objects) == 1, 10)
    (stroke,) = teacher.board.objects
    assert stroke.points[:, :2].max() < -200
    # The student sees an empty place, is led to the drawing, and goes on with it where it is.
    student.get_by_role("button", name="Back to the drawing").click()
    student.wait_for_timeout(400)
    student.get_by_role("button", name="Pen (P)").click()
    student.mouse.move(x - 100, y + 30)
    student.mouse.down()
    student.mouse.move(x + 100, y + 30, steps=10)
    student.mouse.up()
    teacher.wait_for(lambda t: len(t.board.objects) == 2, 10)
    theirs = next(one for one in teacher.board.objects if one.author == "Finn")
    assert theirs.points[:, :2].max() < -100
    if folder := os.environ.get("CLASSROOM_SHOTS"):
        student.screenshot(path=str(Path(folder) / "two-endless.png"))
    for window in (staff, student):
        window.context.close()
