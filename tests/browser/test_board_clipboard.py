"""Lining up, straightening, cutting, copying and pasting, and the menu of the right button, in a real browser."""

from __future__ import annotations

import io
import json
import math
import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from classroom import api
from classroom.core.records import type_of
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


# -- with a server ----------------------------------------------------------------------------------------------------

ENABLE = "--ServerApp.jpserver_extensions={'classroom': True}"


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[JupyterProcess]:
    server = JupyterProcess(tmp_path_factory.mktemp("clip"), ENABLE, app="jupyter_server")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def classes(jupyter: JupyterProcess) -> Iterator[list[api.Teacher]]:
    """Two classes of one server."""
    opened = [api.start(title, url=jupyter.url, token=TOKEN) for title in ("First", "Second")]
    yield opened
    for one in opened:
        one.close()


@pytest.fixture
def window(browser: Browser) -> Iterator[Any]:
    """`window(link, name)`: somebody in a class, who may use the clipboard; pages that threw fail."""
    errors: list[str] = []
    context = browser.new_context(viewport={"width": 1200, "height": 760})
    context.grant_permissions(["clipboard-read", "clipboard-write"])

    def opened(link: str, name: str) -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(link)
        page.get_by_label("Your name").fill(name)
        page.keyboard.press("Enter")
        expect(page.locator(".cr-board-stage")).to_be_visible()
        return page

    yield opened
    context.close()
    assert errors == []


def sheet(page: Page, x: float, y: float) -> tuple[float, float]:
    """A place of the page by parts of its width and height."""
    box = page.locator(".cr-board-sheet").bounding_box()
    assert box is not None
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def keep(page: Page, name: str) -> None:
    folder = os.environ.get("CLASSROOM_SHOTS")
    if folder:
        page.screenshot(path=str(Path(folder) / f"clip-{name}.png"))


def lying(teacher: api.Teacher, count: int) -> list[Any]:
    """The class's things, once there are so many."""
    teacher.wait_for(lambda t: len(t.board.objects) == count, 10)
    page = teacher.board.pages[0].id
    records: list[Any] = teacher.board._client.read(lambda view: list(view.on_page(page)))
    return [{**msgspec.structs.asdict(one), "type": type_of(one)} for one in records]


def clear(*teachers: api.Teacher) -> None:
    for teacher in teachers:
        teacher.board.clear()
        teacher.wait_for(lambda t: not t.board.objects, 10)


def put_on_clipboard(page: Page, kind: str, text: str) -> None:
    """As another program would: the page pastes it by an event of the browser's own making."""
    page.evaluate(
        "([kind, text]) => { const data = new DataTransfer(); data.setData(kind, text);"
        " document.querySelector('.cr-board-stage').dispatchEvent(new ClipboardEvent('paste',"
        " {clipboardData: data, bubbles: true, cancelable: true})); }",
        [kind, text],
    )


def test_things_are_cut_copied_and_pasted_also_between_classes(window: Any, classes: list[api.Teacher]) -> None:
    one, two = classes
    clear(one, two)
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "orange").save(out, "PNG")
    one.board.draw([(100, 100), (300, 200)], color="red")
    one.board.shape("rectangle", 400, 100, 200, 100, color="blue")
    page = window(one.staff_link, "Ada")
    lying(one, 2)
    page.mouse.click(*sheet(page, 0.9, 0.9))  # a dot, and the board has the keys
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+c")
    page.mouse.move(*sheet(page, 0.5, 0.7))
    page.keyboard.press("Control+v")
    found = lying(one, 4)
    assert [each["type"] for each in found] == ["ink", "shape", "ink", "shape"]
    moved = found[3]
    assert moved["colour"] == "blue"
    # The middle of both is under the pointer; the shape is right of it.
    assert moved["x"] == pytest.approx(400 + 450, abs=12)
    assert moved["y"] == pytest.approx(100 + 480, abs=12)
    page.keyboard.press("Control+v")  # again: a little further
    again = lying(one, 6)[5]
    assert again["x"] > moved["x"] + 10
    keep(page, "cascade")
    page.keyboard.press("Control+z")
    lying(one, 4)
    other = window(two.staff_link, "Ada")
    other.mouse.move(*sheet(other, 0.5, 0.5))
    other.mouse.click(*sheet(other, 0.05, 0.95))
    other.keyboard.press("Control+z")
    other.mouse.move(*sheet(other, 0.5, 0.5))
    other.keyboard.press("Control+v")
    there = lying(two, 2)
    assert [each["type"] for each in there] == ["ink", "shape"]
    # What was pasted is selected: cutting takes it away, and pasting brings it back.
    other.keyboard.press("Control+x")
    lying(two, 0)
    other.keyboard.press("Control+v")
    lying(two, 2)


def test_pictures_go_along_to_another_class(window: Any, classes: list[api.Teacher]) -> None:
    one, two = classes
    clear(one, two)
    page = window(one.staff_link, "Bea")
    page.mouse.click(*sheet(page, 0.9, 0.9))
    page.keyboard.press("Control+z")
    page.evaluate(
        "async () => { const canvas = new OffscreenCanvas(80, 50); canvas.getContext('2d').fillRect(0, 0, 80, 50);"
        " const data = new DataTransfer(); data.items.add(new File([await canvas.convertToBlob()], 'a.png',"
        " {type: 'image/png'})); document.querySelector('.cr-board-stage').dispatchEvent(new ClipboardEvent('paste',"
        " {clipboardData: data, bubbles: true, cancelable: true})); }"
    )
    (picture,) = lying(one, 1)
    assert picture["type"] == "image"
    page.keyboard.press("Control+a")
    page.wait_for_timeout(400)
    page.keyboard.press("Control+c")
    other = window(two.staff_link, "Bea")
    other.mouse.click(*sheet(other, 0.9, 0.9))
    other.keyboard.press("Control+z")
    other.keyboard.press("Control+v")
    (there,) = lying(two, 1)
    assert (there["type"], there["w"]) == ("image", picture["w"])


def test_words_and_drawings_of_other_programs_are_pasted(window: Any, classes: list[api.Teacher]) -> None:
    one, _ = classes
    clear(*classes)
    page = window(one.staff_link, "Cyn")
    page.mouse.click(*sheet(page, 0.9, 0.9))
    page.keyboard.press("Control+z")
    page.mouse.move(*sheet(page, 0.3, 0.3))
    put_on_clipboard(page, "text/plain", "Two lines\nof **words**")
    (text,) = lying(one, 1)
    assert (text["type"], text["text"]) == ("text", "Two lines\nof **words**")
    assert len(text["lines"]) == 2
    clear(*classes)
    from tests.foreign.test_excalidraw import FEATURES

    clip = {"type": "excalidraw/clipboard", "elements": FEATURES, "files": {}}
    page.mouse.move(*sheet(page, 0.4, 0.4))
    put_on_clipboard(page, "text/plain", json.dumps(clip))
    lying(one, len(FEATURES))
    page.wait_for_timeout(300)
    keep(page, "excalidraw")
    clear(*classes)
    html = (Path(__file__).parents[1] / "foreign" / "tldraw-2025.html").read_text()
    put_on_clipboard(page, "text/html", html)
    lying(one, 6)
    expect(page.get_by_text("Exact outlines of figures: 1.")).to_be_visible()
    keep(page, "tldraw")
    clear(*classes)
    put_on_clipboard(page, "text/plain", '{"type":"excalidraw","elements":[]}')
    expect(page.get_by_text("There is nothing in this drawing that the board can show.")).to_be_visible()


def test_a_dropped_drawing_is_laid_where_it_was_dropped(window: Any, classes: list[api.Teacher]) -> None:
    one, _ = classes
    clear(*classes)
    page = window(one.staff_link, "Dov")
    x, y = sheet(page, 0.25, 0.5)
    drawing = {"type": "excalidraw", "elements": [{"type": "ellipse", "x": 9, "y": 9, "width": 90, "height": 60}]}
    page.evaluate(
        "([text, x, y]) => { const data = new DataTransfer(); data.items.add(new File([text], 'a.excalidraw'));"
        " for (const kind of ['dragenter', 'dragover', 'drop'])"
        " document.querySelector('.cr-board-touch').dispatchEvent("
        "new DragEvent(kind, {dataTransfer: data, clientX: x, clientY: y, bubbles: true, cancelable: true})); }",
        [json.dumps(drawing), x, y],
    )
    (made,) = lying(one, 1)
    assert made["x"] + 45 == pytest.approx(400, abs=6)
    assert made["y"] + 30 == pytest.approx(450, abs=6)


def test_the_menu_of_the_right_button_and_of_the_menu_key(window: Any, classes: list[api.Teacher]) -> None:
    one, _ = classes
    clear(*classes)
    one.draw = "all"
    page = window(one.staff_link, "Eve")
    student = window(one.link, "Ana")
    student.mouse.click(*sheet(student, 0.1, 0.2))
    student.mouse.click(*sheet(student, 0.1, 0.3))
    lying(one, 2)
    one.board.shape("rectangle", 600, 300, 400, 300, color="blue", fill="blue")
    lying(one, 3)
    page.bring_to_front()
    page.mouse.click(*sheet(page, 0.5, 0.5), button="right")
    menu = page.get_by_role("menu", name="What to do with it")
    expect(menu).to_be_visible()
    keep(page, "menu-thing")
    menu.get_by_role("menuitem", name="Duplicate").click()
    expect(menu).to_be_hidden()
    lying(one, 4)
    # Copied and pasted from the menu, where the menu was opened.
    page.mouse.click(*sheet(page, 0.5, 0.5), button="right")
    menu.get_by_role("menuitem", name="Copy", exact=False).first.click()
    page.mouse.click(*sheet(page, 0.2, 0.8), button="right")
    on_page = page.get_by_role("menu", name="This page")
    expect(on_page).to_be_visible()
    keep(page, "menu-page")
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(200)
    keep(page, "menu-page-dark")
    page.emulate_media(color_scheme="light")
    on_page.get_by_role("menuitem", name="Paste").click()
    pasted = lying(one, 5)[4]
    assert pasted["x"] + 200 == pytest.approx(320, abs=15)
    # Staff clear what one person did, and take that back in one step.
    page.mouse.click(*sheet(page, 0.9, 0.1), button="right")
    on_page.get_by_role("menuitem", name="Clear Ana’s work on this page").click()
    assert {each["type"] for each in lying(one, 3)} == {"shape"}
    page.get_by_role("button", name="Undo").last.click()
    lying(one, 5)
    # The right button dragged moves the page, and opens nothing.
    page.mouse.move(*sheet(page, 0.5, 0.5))
    page.mouse.down(button="right")
    page.mouse.move(*sheet(page, 0.6, 0.6), steps=5)
    page.mouse.up(button="right")
    expect(page.get_by_role("menu")).to_have_count(0)
    # By key, with Escape back to the board.
    page.locator(".cr-board-stage").focus()
    page.keyboard.press("Escape")
    page.keyboard.press("Shift+F10")
    expect(on_page).to_be_visible()
    page.keyboard.press("Escape")
    expect(on_page).to_be_hidden()
    expect(page.locator(".cr-board-stage")).to_be_focused()
    # A student has no work of others to clear, and may change their own alone.
    student.bring_to_front()
    student.mouse.click(*sheet(student, 0.5, 0.5), button="right")
    theirs = student.get_by_role("menu", name="This page")
    expect(theirs).to_be_visible()
    expect(theirs.get_by_text("Clear")).to_have_count(0)
    expect(theirs.get_by_text("Grid")).to_have_count(0)


def test_a_long_press_opens_the_menu(browser: Browser, classes: list[api.Teacher]) -> None:
    one, _ = classes
    clear(*classes)
    one.board.shape("ellipse", 500, 250, 600, 400, color="red", fill="red")
    context = browser.new_context(viewport={"width": 1100, "height": 720}, has_touch=True)
    page = context.new_page()
    page.goto(one.staff_link)
    page.get_by_label("Your name").fill("Fay")
    page.keyboard.press("Enter")
    expect(page.locator(".cr-board-stage")).to_be_visible()
    page.wait_for_timeout(500)
    page.keyboard.press("v")
    page.mouse.move(*sheet(page, 0.9, 0.9))
    page.keyboard.press("v")
    cdp = context.new_cdp_session(page)
    fingers(cdp, "touchStart", sheet(page, 0.5, 0.5))
    page.wait_for_timeout(800)
    fingers(cdp, "touchEnd")
    menu = page.get_by_role("menu", name="What to do with it")
    expect(menu).to_be_visible()
    keep(page, "menu-touch")
    menu.get_by_role("menuitem", name="Delete").tap()
    lying(one, 0)
    context.close()


def test_a_key_is_switched_off_and_stays_so(window: Any, classes: list[api.Teacher]) -> None:
    one, _ = classes
    clear(*classes)
    page = window(one.staff_link, "Gil")
    page.locator(".cr-board-stage").focus()
    pen_button = page.get_by_role("button", name="Pen (P)")
    page.keyboard.press("h")
    page.keyboard.press("?")
    listed = page.get_by_role("dialog", name="Keyboard shortcuts")
    keep(page, "keys")
    listed.get_by_role("button", name="Switch keys off").click()
    listed.get_by_role("switch", name="Use the key: Pen").click()
    keep(page, "keys-choosing")
    listed.get_by_role("button", name="Done").click()
    expect(listed.get_by_role("button", name="1 key is off: change")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator(".cr-board-stage").focus()
    page.keyboard.press("p")
    expect(pen_button).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("e")
    expect(page.get_by_role("button", name="Eraser (E)")).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(page.locator(".cr-board-stage")).to_be_visible()
    page.locator(".cr-board-stage").focus()
    page.keyboard.press("p")
    expect(pen_button).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("?")
    listed.get_by_role("button", name="1 key is off: change").click()
    listed.get_by_role("button", name="Switch all on").click()
    page.keyboard.press("Escape")
    page.locator(".cr-board-stage").focus()
    page.keyboard.press("p")
    expect(pen_button).to_have_attribute("aria-pressed", "true")


def test_a_drawing_is_chosen_from_the_menu(window: Any, classes: list[api.Teacher], tmp_path: Path) -> None:
    one, _ = classes
    clear(*classes)
    source = tmp_path / "a.excalidraw"
    figure = {"type": "ellipse", "x": 9, "y": 9, "width": 90, "height": 60, "strokeColor": "#e03131"}
    source.write_text(json.dumps({"type": "excalidraw", "elements": [figure]}))
    page = window(one.staff_link, "Hal")
    page.mouse.click(*sheet(page, 0.75, 0.25), button="right")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("menuitem", name="Import…").click()
    chooser.value.set_files(str(source))
    (made,) = lying(one, 1)
    assert made["colour"] == "#e03131"
    assert made["x"] + 45 == pytest.approx(1200, abs=8)
    # Several at once: a picture, a drawing, and a word about what is neither.
    photo = tmp_path / "b.png"
    Image.new("RGB", (60, 40), "#2f9e44").save(photo)
    song = tmp_path / "c.mp3"
    song.write_bytes(b"ID3")
    page.mouse.click(*sheet(page, 0.2, 0.8), button="right")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("menuitem", name="Import…").click()
    chooser.value.set_files([str(source), str(photo), str(song)])
    assert sorted(each["type"] for each in lying(one, 3)) == ["image", "shape", "shape"]
    expect(page.locator(".cr-toast")).to_contain_text("c.mp3 cannot be shown on the board")
