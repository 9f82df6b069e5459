"""The whole of it at once: real JupyterLab with a teacher's kernel, a student's browser, and a phone, over one class.

The parts build on each other in the order of a lesson, so they are one test with many steps. Pictures of every surface
are kept where CLASSROOM_SHOTS names a folder.
"""

from __future__ import annotations

import io
import json
import math
import os
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.jupyter_process import JupyterProcess

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
SLOW = 60_000
TITLE = "Linear algebra, week 3"
TABLE = """host => {
  const table = host.classroom.table;
  const found = {};
  const types = "class person page ink shape text note image item response cell message".split(" ");
  for (const type of types)
    for (const record of table.ofType(type))
      found[record.id] = Object.fromEntries(Object.entries(record).sort().map(
        ([k, v]) => [k, v instanceof Uint8Array ? Array.from(v) : v]));
  return found;
}"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Lesson:
    """The server, which can die and come back at the same address."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, free_port()
        self.server = self.start()
        for notebook in NOTEBOOKS.glob("*.ipynb"):
            shutil.copy(notebook, self.server.folder)

    def start(self) -> JupyterProcess:
        return JupyterProcess(self.home, port=self.port)

    def restart(self) -> None:
        self.server = self.start()


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[Lesson]:
    made = Lesson(tmp_path_factory.mktemp("lesson"))
    yield made
    made.server.stop()


def keep(page: Page, name: str) -> None:
    folder = os.environ.get("CLASSROOM_SHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(folder, f"live-class-{name}.png")))


def both_themes(page: Page, name: str) -> None:
    keep(page, f"{name}-light")
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(400)
    keep(page, f"{name}-dark")
    page.emulate_media(color_scheme="light")


def until(true: Callable[[], bool], what: str, seconds: float = 20) -> None:
    """Waits, in a loop, for what no locator can say."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def panel(page: Page) -> Locator:
    return page.locator("[data-classroom]").first


def table(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = panel(page).evaluate(TABLE)
    return found


def of_type(page: Page, kind: str) -> list[dict[str, Any]]:
    return [record for record in table(page).values() if record["type"] == kind]


def same_tables(*pages: Page) -> bool:
    first, *others = [json.dumps(table(page), sort_keys=True) for page in pages]
    return all(other == first for other in others)


def stage(page: Page) -> Locator:
    return panel(page).locator("[data-region=board]").first


def picture(page: Page) -> np.ndarray[Any, Any]:
    return np.asarray(Image.open(io.BytesIO(stage(page).screenshot())).convert("RGB")).astype(int)


def changed(page: Page, before: np.ndarray[Any, Any]) -> int:
    """Pixels of the board that have changed visibly."""
    now = picture(page)
    assert now.shape == before.shape
    return int((np.abs(now - before).max(axis=2) > 60).sum())


def spot(page: Page, x: float, y: float) -> tuple[float, float]:
    """A place on the board as fractions of its element."""
    stage(page).scroll_into_view_if_needed()
    box = stage(page).bounding_box()
    assert box is not None
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def draw(page: Page, start: tuple[float, float], end: tuple[float, float], up: bool = True) -> None:
    """A wave from place to place: a straight line that is held still would become a figure."""
    page.mouse.move(*spot(page, *start))
    page.mouse.down()
    for step in range(1, 21):
        f = step / 20
        y = start[1] + (end[1] - start[1]) * f + 0.04 * math.sin(20 * f)
        page.mouse.move(*spot(page, start[0] + (end[0] - start[0]) * f, y))
    if up:
        page.mouse.up()


def run_cell(page: Page, code: str, wait: bool = True) -> None:
    """Runs code in a new cell at the end of the notebook, as a teacher would type it."""
    cells = page.locator(".jp-Notebook .jp-Cell")
    cells.last.locator(".cm-content, .jp-RenderedMarkdown, .jp-InputPrompt").first.click()
    page.keyboard.press("Escape")
    count = cells.count()
    page.keyboard.press("b")
    expect(cells).to_have_count(count + 1)
    page.keyboard.press("Enter")
    page.keyboard.insert_text(code)
    page.keyboard.press("Control+Enter")
    if wait:
        until(lambda: "[*]" not in (cells.nth(count).locator(".jp-InputArea-prompt").inner_text()), "the cell runs", 30)


def open_notebook(page: Page, lesson: Lesson, name: str, call: str, surface: str) -> None:
    """Opens a notebook in JupyterLab and runs the cell with `call`, until its panel is there."""
    page.goto(lesson.server.page(f"lab/workspaces/{name}/tree/{name}.ipynb?reset"))
    expect(page.locator(".jp-Notebook .jp-CodeCell").first).to_be_visible(timeout=SLOW)
    first = page.locator(".jp-Notebook .jp-CodeCell", has_text=call).first
    page.wait_for_timeout(1_000)
    for _ in range(20):  # the first key press can come before the kernel is connected
        first.locator(".cm-content").click()
        page.keyboard.press("Control+Enter")
        page.wait_for_timeout(1_500)
        if "[ ]" not in first.locator(".jp-InputArea-prompt").inner_text():
            break
    expect(page.locator(f"[data-classroom] {surface}")).to_be_visible(timeout=SLOW)


def join(page: Page, link: str, name: str) -> None:
    page.goto(link)
    field = page.get_by_label("Your name")
    expect(field).to_be_visible(timeout=SLOW)
    expect(field).to_be_focused()
    field.fill(name)
    page.keyboard.press("Enter")
    expect(panel(page)).to_be_visible(timeout=SLOW)
    until(lambda: bool(of_type(page, "class")), "the class arrives")


def pen_stroke(page: Page, points: list[tuple[float, float]]) -> None:
    """A stroke by a pen with pressure, through the browser's own input."""
    cdp = page.context.new_cdp_session(page)
    places = [spot(page, *at) for at in points]

    def send(kind: str, at: tuple[float, float], force: float, buttons: int) -> None:
        cdp.send(
            "Input.dispatchMouseEvent",
            {"type": kind, "x": at[0], "y": at[1], "pointerType": "pen", "force": force, "button": "left",
             "buttons": buttons, "clickCount": 1},
        )  # fmt: skip

    send("mousePressed", places[0], 0.1, 1)
    for index, at in enumerate(places[1:]):
        send("mouseMoved", at, 0.1 + 0.8 * index / len(places), 1)
    send("mouseReleased", places[-1], 0, 0)


def test_a_lesson(lesson: Lesson, browser: Browser) -> None:
    desk = browser.new_context(viewport={"width": 1440, "height": 1000})
    laptop = browser.new_context(viewport={"width": 1440, "height": 900})
    pocket = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, device_scale_factor=2
    )
    hers = browser.new_context(viewport={"width": 1440, "height": 1000})
    windows = [context.new_page() for context in (desk, laptop, pocket, hers)]
    try:
        _lesson(lesson, *windows)
    except BaseException:
        for name, window in zip(("desk", "laptop", "pocket", "hers"), windows, strict=True):
            keep(window, f"failed-{name}")
        raise
    finally:
        for context in (desk, laptop, pocket, hers):
            context.close()


def write_link(lesson: Lesson, link: str, name: str) -> None:
    """Does in join.ipynb what its first words ask for."""
    path = lesson.server.folder / "join.ipynb"
    text = path.read_text()
    assert "PASTE THE JOIN LINK HERE" in text
    path.write_text(text.replace("PASTE THE JOIN LINK HERE", link).replace('name=\\"Ana\\"', f'name=\\"{name}\\"'))


def _lesson(lesson: Lesson, teacher: Page, ana: Page, ben: Page, cleo: Page) -> None:
    errors: list[str] = []
    for window in (ana, ben):
        window.on("pageerror", lambda error: errors.append(str(error)))

    # -- the class opens, two students join
    open_notebook(teacher, lesson, "teach", "classroom.start", ".cr-panel")
    entered: dict[str, Any] = lesson.server.ask("POST", "classroom/api/enter", {"title": TITLE})
    link = entered["links"]["student"]
    join(ana, link, "Ana Lima")
    join(ben, link, "Ben Okri")
    assert "." not in ana.url.split("#")[1], "the secret stays in the address bar"
    expect(panel(teacher).get_by_text("Ana Lima").first).to_be_visible()
    expect(panel(teacher).get_by_text("Ben Okri").first).to_be_visible()
    until(lambda: same_tables(teacher, ana, ben), "three equal tables")

    # -- an empty page, its lock, and its export, whose buttons are in sight in a panel of 560 px
    expect(panel(teacher).get_by_text("A clean page")).to_be_visible()
    both_themes(teacher, "teacher-clean")
    lock = panel(teacher).locator(".cr-chip").get_by_text("This page is locked")
    expect(lock).to_have_count(0)
    for label, count in (("Lock: only staff draw", 1), ("Unlock", 0)):
        panel(teacher).get_by_role("button", name="This page").click()
        panel(teacher).get_by_role("menuitem", name=label).click()
        expect(lock).to_have_count(count)
        expect(ana.locator(".cr-chip").get_by_text("This page is locked")).to_have_count(count)
        keep(teacher, f"teacher-locked-{count}")
    panel(teacher).get_by_role("button", name="Export", exact=True).click()
    dialog = panel(teacher).get_by_role("dialog")
    go = dialog.get_by_role("button", name="Export", exact=True)
    expect(dialog.get_by_role("button", name="PNG")).to_be_in_viewport(ratio=1)
    expect(go).to_be_in_viewport(ratio=1)
    inner, outer = go.bounding_box(), panel(teacher).locator(".cr-teacher").bounding_box()
    assert inner is not None
    assert outer is not None
    assert inner["y"] + inner["height"] < outer["y"] + outer["height"], "the panel cuts the button off"
    both_themes(teacher, "teacher-export-one")
    dialog.get_by_role("button", name="Cancel").click()

    # -- ink is seen while it is drawn, then kept
    for place, watcher in enumerate((ana, ben)):
        before = picture(watcher)
        count = len(of_type(watcher, "ink"))
        y = 0.3 + 0.1 * place  # beside the one before: ink on the same ink is hardly seen
        draw(teacher, (0.2, y), (0.7, y + 0.05), up=False)
        until(lambda w=watcher, b=before: changed(w, b) > 80, "live ink is seen")  # type: ignore[misc]
        assert len(of_type(watcher, "ink")) == count, "and is not a record yet"
        teacher.mouse.up()
        until(lambda w=watcher, c=count: len(of_type(w, "ink")) == c + 1, "the stroke is kept")  # type: ignore[misc]
    pen_stroke(teacher, [(0.2 + i / 60, 0.5 + 0.1 * ((i % 6) / 6)) for i in range(30)])
    until(lambda: len(of_type(ana, "ink")) == 3, "the pen's stroke arrives")
    until(lambda: same_tables(teacher, ana, ben), "three equal tables")
    both_themes(teacher, "teacher")
    both_themes(ana, "student")
    both_themes(ben, "phone")

    # -- the right to draw, given and taken
    draw(ana, (0.3, 0.7), (0.6, 0.7))
    assert len(of_type(teacher, "ink")) == 3
    panel(teacher).get_by_role("button", name="All", exact=True).click()
    until(lambda: of_type(ana, "class")[0]["draw"] == "all", "drawing is open")
    ana.get_by_role("button", name="Pen").first.click()
    draw(ana, (0.3, 0.7), (0.6, 0.72))
    until(lambda: len(of_type(teacher, "ink")) == 4, "the student's stroke arrives")
    both_themes(ana, "student-draws")
    ben.get_by_role("button", name="Draw", exact=True).tap()
    both_themes(ben, "phone-draws")
    draw(ben, (0.3, 0.5), (0.6, 0.55))
    until(lambda: len(of_type(teacher, "ink")) == 5, "the phone's stroke arrives")
    panel(teacher).get_by_role("button", name="No", exact=True).click()
    until(lambda: of_type(ben, "class")[0]["draw"] == "none", "drawing is closed")
    draw(ana, (0.3, 0.8), (0.6, 0.8))
    ana.wait_for_timeout(300)
    assert len(of_type(teacher, "ink")) == 5

    # -- pushing from the kernel, hand, chat
    run_cell(teacher, 'teacher.push("Find the eigenvalues of $A$.")')
    run_cell(teacher, "%%push\nA = [[2, 0], [0, 3]]\nprint('ran here')")
    expect(ana.get_by_text("Find the eigenvalues of").first).to_be_visible()
    expect(ana.get_by_text("A = [[2, 0], [0, 3]]").first).to_be_visible()
    expect(teacher.get_by_text("ran here", exact=True).first).to_be_visible()
    ana.get_by_role("button", name="Raise hand").click()
    until(lambda: any(p["hand"] for p in of_type(teacher, "person")), "the hand is up")
    expect(panel(teacher).get_by_text("Hands, in order").first).to_be_visible()
    ana.get_by_role("tab", name="Chat").click()
    ana.get_by_placeholder("Write to everyone").fill("Is it symmetric?")
    ana.keyboard.press("Enter")
    panel(teacher).get_by_role("tab", name="Chat").click()
    expect(panel(teacher).get_by_text("Is it symmetric?")).to_be_visible()
    panel(teacher).get_by_placeholder("Write to everyone").fill("Yes: look at A and its transpose.")
    teacher.keyboard.press("Enter")
    expect(ana.get_by_text("Yes: look at A and its transpose.")).to_be_visible()
    panel(teacher).get_by_role("button", name="Push", exact=True).first.click()
    teacher.get_by_label("A note in Markdown, with $math$").press_sequentially("two")
    teacher.keyboard.press("Enter")  # JupyterLab would keep this key from whatever stands in a cell
    teacher.keyboard.type("lines")
    teacher.keyboard.press("Control+Enter")
    until(lambda: any(item["text"] == "two\nlines" for item in of_type(ana, "item")), "the note has two lines")
    panel(teacher).get_by_role("tab", name="People").click()
    panel(teacher).get_by_role("button", name="Answered: lower Ana").click()
    until(lambda: not any(p["hand"] for p in of_type(ana, "person")), "the hand is down")
    ana.get_by_role("button", name="Raise hand").click()
    until(lambda: any(p["hand"] for p in of_type(teacher, "person")), "and up again")
    both_themes(teacher, "teacher-chat")
    both_themes(ana, "student-chat")

    # -- a student in a notebook of her own
    write_link(lesson, link, "Cleo")
    open_notebook(cleo, lesson, "join", "classroom.join", ".cr-student")
    until(lambda: same_tables(teacher, ana, ben, cleo), "four equal tables")
    run_cell(cleo, 'print("Find" in student.feed[0].text, student.me.name)\nstudent.raise_hand()')
    expect(cleo.get_by_text("True Cleo", exact=True)).to_be_visible()
    until(lambda: sum(bool(p["hand"]) for p in of_type(teacher, "person")) == 2, "her hand is up")
    both_themes(cleo, "student-notebook")

    # -- a kernel that is busy does not stop the board
    run_cell(teacher, "import time; time.sleep(60)", wait=False)
    count = len(of_type(ana, "ink"))
    draw(teacher, (0.2, 0.15), (0.8, 0.2))
    until(lambda: len(of_type(ana, "ink")) == count + 1, "ink passes a busy kernel", 5)
    assert teacher.locator(".jp-InputArea-prompt", has_text="[*]").count() == 1

    # -- the server dies in the middle of a stroke, and comes back
    count = len(of_type(ana, "ink"))
    draw(teacher, (0.2, 0.85), (0.8, 0.85), up=False)
    lesson.server.kill()
    teacher.mouse.up()
    expect(ana.get_by_text("Reconnecting…").first).to_be_visible(timeout=15_000)
    keep(ana, "student-offline")
    keep(teacher, "teacher-offline")
    teacher.keyboard.press("Escape")
    for dialog in teacher.locator(".jp-Dialog button", has_text="Dismiss").all():
        dialog.click()
    draw(teacher, (0.1, 0.78), (0.5, 0.78))
    assert len(of_type(teacher, "ink")) == count + 2
    lesson.restart()
    until(lambda: len(of_type(ana, "ink")) == count + 2, "strokes drawn meanwhile arrive once", 40)
    until(lambda: len(of_type(ben, "ink")) == count + 2, "on the phone too", 40)
    until(lambda: same_tables(teacher, ana, ben, cleo), "four equal tables again")
    expect(ana.get_by_text("Reconnecting…")).to_have_count(0)

    # -- a reload is the same person
    people = len(of_type(ana, "person"))
    ana.reload()
    expect(panel(ana)).to_be_visible(timeout=SLOW)
    until(lambda: len(of_type(ana, "ink")) == count + 2, "the board is back")
    assert len(of_type(ana, "person")) == people
    assert not errors
