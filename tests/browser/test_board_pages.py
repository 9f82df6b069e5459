"""Pages and views in a real browser: endless pages, backgrounds and sizes, judged by pixels and by what is sent.

The board stands on a session in memory, as in `test_board_input.py`, whose window and hands are used here.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import test_board_input as hands
from tests.browser.test_board_input import Open, away, differ, drag, fingers, pixels, settle, state, strokes

pytestmark = pytest.mark.browser
site = hands.site
board = hands.board

INK = 120
"""What is darker than this in every channel is ink, not a pattern."""


def inked(picture: np.ndarray[Any, Any]) -> int:
    return int((picture.max(axis=2) < INK).sum())


def box(page: Any) -> list[float]:
    """What is drawn on the page, as the board knows it."""
    found: list[float] = page.evaluate(
        "(({minX, minY, maxX, maxY}) => [minX, minY, maxX, maxY])(board.picture.scene.box)"
    )
    return found


def line(y: float, start: float = 200, end: float = 500) -> list[tuple[float, float]]:
    steps = 30
    return [(start + (end - start) * i / steps, y) for i in range(steps + 1)]


def test_ink_begins_anywhere_on_an_endless_page_and_stays_where_it_was_drawn(board: Open) -> None:
    page = board("endless")
    page.evaluate("board.panBy(3000, 2500)")  # towards what is left of and above 0, 0
    settle(page)
    drag(page, line(300))
    away(page)
    assert len(strokes(page)) == 1
    _left, _top, right, bottom = box(page)
    assert right < -1000
    assert bottom < -1000
    first = pixels(page, "endless-far")
    assert inked(first) > 500
    assert inked(first[290:311, 195:506]) == inked(first)
    page.evaluate("board.panBy(-700, -600)")
    settle(page)
    assert inked(pixels(page)) == 0
    page.evaluate("board.panBy(700, 600)")
    settle(page)
    assert differ(first, pixels(page)) == 0
    # What is drawn first and shown while it is drawn is the same everywhere: no edge cuts it.
    drag(page, line(5, 0, 999), up=False)
    page.wait_for_timeout(60)
    assert inked(pixels(page)[0:12, 0:40]) > 50


def test_an_endless_page_fits_what_is_drawn_and_says_when_nothing_can_be_seen(board: Open) -> None:
    page = board("endless")
    assert state(page)["fitted"]
    assert not state(page)["lost"]
    drag(page, line(300))
    assert not state(page)["lost"]
    zoom = state(page)["zoom"]
    page.evaluate("board.panBy(-40000, 9000)")
    settle(page)
    assert state(page)["lost"]
    page.evaluate("board.fit()")
    page.wait_for_timeout(250)
    settle(page)
    away(page)
    assert not state(page)["lost"]
    # The drawing is small: shown no larger than life, in the middle.
    assert state(page)["zoom"] == pytest.approx(max(1, zoom))
    left, top, right, bottom = box(page)
    assert page.evaluate("under(500, 310)") == pytest.approx([(left + right) / 2, (top + bottom) / 2], abs=1)
    # A large one is shown whole, with air around it.
    page.evaluate(
        "session.apply([{op: 'put', record: {...line('far', 6000, 'p2'), transform: [1, 0, 0, 1, -9000, 0]}}])"
    )
    page.evaluate("board.fit()")
    page.wait_for_timeout(250)
    settle(page)
    left, top, right, bottom = box(page)
    assert left < -8000
    assert bottom > 5900
    seen = page.evaluate("[...under(0, 0), ...under(1000, 620)]")
    assert seen[0] < left - 79
    assert seen[1] < top - 79
    assert seen[2] > right + 79
    assert seen[3] > bottom + 79


def test_a_fit_of_an_endless_page_does_not_move_while_others_draw(board: Open) -> None:
    page = board("endless")
    drag(page, line(300))
    page.evaluate("board.fit()")
    page.wait_for_timeout(250)
    settle(page)
    view = page.evaluate("({...board.camera.view})")
    page.evaluate("session.apply([{op: 'put', record: {...line('far', 6000, 'p2')}}])")
    settle(page)
    assert page.evaluate("({...board.camera.view})") == view


def test_zoom_stays_within_its_limits(board: Open) -> None:
    page = board("endless&pattern=dots")
    page.evaluate("board.zoomTo(0.0001)")
    settle(page)
    assert state(page)["zoom"] == 0.05
    page.evaluate("board.zoomTo(1000)")
    settle(page)
    assert state(page)["zoom"] == 16
    page.evaluate("board.panBy(-1e9, 1e9)")
    settle(page)
    assert page.evaluate("under(500, 310)") == pytest.approx([1e6, -1e6])
    assert page.evaluate("board.picture.bitmaps") < 80


def test_patterns_go_on_in_all_directions(board: Open) -> None:
    for pattern in ("dots", "grid", "ruled", "axes", "staves"):
        page = board(f"endless&pattern={pattern}")
        page.evaluate("board.zoomTo(1)")
        settle(page)
        # A period of every pattern away, the picture is the same: 720 is a multiple of 40, 48 and 144.
        page.evaluate("board.panBy(7200, 7200)")
        settle(page)
        near = pixels(page, f"endless-{pattern}")
        page.evaluate("board.panBy(14400, 720)")
        settle(page)
        far = pixels(page)
        assert differ(near, far) == 0, pattern
        assert len(np.unique(near.reshape(-1, 3), axis=0)) > 1, pattern


@pytest.mark.parametrize("size", ["1600x900", "1600x1200", "1240x1754", "1754x1240", "1200x1200"])
def test_axes_stand_in_the_middle_and_staves_are_whole(board: Open, size: str) -> None:
    width, height = (int(side) for side in size.split("x"))
    page = board(f"size={size}&pattern=axes", width=width // 2 + 32, height=height // 2 + 32)
    away(page)
    picture = pixels(page, f"axes-{size}")
    tops = (picture.max(axis=2) < 200).sum(axis=0)
    sides = (picture.max(axis=2) < 200).sum(axis=1)
    assert abs(int(tops.argmax()) - (16 + width / 4)) <= 1
    assert abs(int(sides.argmax()) - (16 + height / 4)) <= 1
    page = board(f"size={size}&pattern=staves", width=width // 2 + 32, height=height // 2 + 32, ratio=2)
    away(page)
    picture = pixels(page, f"staves-{size}")
    column = picture[32:-32, picture.shape[1] // 2].max(axis=1)
    ruled = [y for y in range(height) if column[y] < 250 and column[y - 1] >= 250]
    wanted = [80 + 144 * k + 12 * line for k in range(20) for line in range(5) if 128 + 144 * k < height]
    assert len(ruled) == len(wanted)
    assert len(ruled) % 5 == 0
    assert all(abs(y - at) <= 1 for y, at in zip(ruled, wanted, strict=True))


def test_a_follower_sees_the_leaders_part_of_an_endless_page(board: Open) -> None:
    page = board("endless&role=student")
    page.evaluate("session.say('p1', {view: ['page1', -52000, 31000, 2500]})")
    page.wait_for_timeout(250)
    settle(page)
    assert page.evaluate("under(500, 310)") == pytest.approx([-52000, 31000], abs=1)
    assert state(page)["zoom"] == pytest.approx((1000 - 32) / 2500)
    page.evaluate("session.say('p1', {cursor: ['page1', -52100, 31050, 'arrow']})")
    page.wait_for_timeout(400)
    cursor = page.locator(".cr-board-cursor")
    assert cursor.is_visible()


def test_staff_tell_where_they_are_on_an_endless_page(board: Open) -> None:
    page = board("endless")
    page.evaluate("board.zoomTo(0.5); board.panBy(30000, -20000)")
    settle(page)
    x, y = page.evaluate("under(500, 310)")
    told = page.evaluate("session.shown.filter(s => s.view).pop().view")
    assert told == ["page1", pytest.approx(x, abs=0.2), pytest.approx(y, abs=0.2), 2000]
    page.mouse.move(400, 200)
    settle(page)
    cursor = page.evaluate("session.shown.filter(s => s.cursor).pop().cursor")
    assert cursor[0] == "page1"
    assert cursor[1] < -50000
    assert cursor[3] == "arrow"


def test_a_finger_draws_and_two_travel_on_an_endless_page(board: Open) -> None:
    page = board("endless", touch=True, width=390, height=700)
    cdp = page.context.new_cdp_session(page)
    for start in (0, -30):
        fingers(cdp, "touchStart", (60, 350))
        fingers(cdp, "touchStart", (60, 350), (330, 350 + start))
        for i in range(1, 11):
            fingers(cdp, "touchMove", (60 + 4 * i, 350 + 30 * i), (330 + 4 * i, 350 + start + 30 * i))
        fingers(cdp, "touchEnd")
    settle(page)
    fingers(cdp, "touchStart", (100, 200))
    for i in range(20):
        fingers(cdp, "touchMove", (100 + 8 * i, 200))
    fingers(cdp, "touchEnd")
    settle(page)
    assert len(strokes(page)) == 1
    assert box(page)[3] < 0
    assert inked(pixels(page, "endless-phone")) > 100


def test_a_smaller_page_keeps_what_lies_beyond_its_edge(board: Open) -> None:
    page = board("size=1600x1200")
    drag(page, line(580))  # near the foot of 4:3
    away(page)
    assert inked(pixels(page)) > 300
    page.evaluate("session.change([{op: 'patch', ids: ['page1'], fields: {height: 900}}])")
    settle(page)
    assert inked(pixels(page, "beyond-the-edge")) == 0
    assert len(strokes(page)) == 1
    page.evaluate("session.change([{op: 'patch', ids: ['page1'], fields: {endless: true}}])")
    settle(page)
    page.evaluate("board.fit()")
    page.wait_for_timeout(250)
    settle(page)
    assert inked(pixels(page)) > 300


def test_a_thumbnail_of_an_endless_page_shows_what_is_drawn(board: Open) -> None:
    page = board("endless&pattern=axes")
    page.evaluate(
        "session.apply([{op: 'put', record: {...line('a', -5000, 'p2'), transform: [4, 0, 0, 4, -40000, 0]}}])"
    )
    ink = page.evaluate(
        """async () => { const canvas = Object.assign(document.createElement('canvas'), {width: 320, height: 180});
          await board.renderThumbnail('page1', canvas);
          const {data} = canvas.getContext('2d').getImageData(0, 0, 320, 180);
          let dark = 0; for (let i = 0; i < data.length; i += 4) if (data[i] < 120) dark++; return dark; }"""
    )
    assert ink > 200


# -- the panel: adding, dressing, ordering, copying, removing ---------------------------------------------------------


@pytest.fixture(scope="module")
def panels(site: Path) -> Path:
    """The page with whole panels, built beside the board's."""
    source = hands.ROOT / "tests" / "browser" / "pages"
    options = ["--bundle", "--format=iife", "--loader:.svg=text", "--loader:.woff2=dataurl", f"--outdir={site}"]
    node, _, env = hands.node_commands()
    build = [node, str(hands.ESBUILD), str(source / "panel.ts"), *options, "--log-level=error"]
    subprocess.run(build, env=env, check=True, timeout=60)
    html = (source / "board.html").read_text().replace('type="module" src', "defer src")
    (site / "panel.html").write_text(html.replace("board.js", "panel.js").replace("board.css", "panel.css"))
    return site / "panel.html"


Panel = Callable[..., Page]


@pytest.fixture
def panel(browser: Browser, panels: Path) -> Iterator[Panel]:
    contexts = []
    errors: list[str] = []

    def opened(fragment: str = "teacher", width: int = 1280, height: int = 720, touch: bool = False) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, has_touch=touch)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{panels.as_uri()}#{fragment}")
        expect(page.locator(".cr-board-stage")).to_be_visible()
        return page

    yield opened
    for context in contexts:
        context.close()
    assert errors == []


def look(page: Page, name: str) -> None:
    folder = os.environ.get("CLASSROOM_SHOTS")
    if folder:
        page.wait_for_timeout(400)
        page.screenshot(path=str(Path(folder) / f"pages-{name}.png"))


def listed(page: Page) -> list[str]:
    """Ids of the pages that are on the board, in order."""
    ids: list[str] = page.evaluate("session.table.ofType('page').filter(p => !p.gone).map(p => p.id)")
    return ids


def record(page: Page, number: int) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(
        "n => ({...session.table.ofType('page').filter(p => !p.gone)[n - 1]})", number
    )
    return found


def card(page: Page, number: int) -> Any:
    return page.get_by_role("button", name=f"Page {number}", exact=False).and_(page.locator(".cr-thumb"))


def test_the_plus_adds_one_like_it_and_its_arrow_one_of_another_size(panel: Panel) -> None:
    page = panel()
    page.get_by_role("button", name="Add a page", exact=True).click()
    assert [record(page, 2)[k] for k in ("width", "height", "pattern")] == [1600, 900, "grid"]
    expect(page.get_by_text("A clean page")).to_be_visible()
    page.get_by_role("button", name="Add a page", exact=True).click(button="right")
    page.get_by_role("menuitem", name="A4 upright").click()
    assert [record(page, 3)[k] for k in ("width", "height", "endless")] == [1240, 1754, False]
    page.get_by_role("button", name="Add a page of another size").press("Enter")
    look(page, "add")
    page.get_by_role("menuitem", name="Endless").press("Enter")
    assert record(page, 4)["endless"] is True
    assert len(listed(page)) == 7


def test_a_long_press_on_the_plus_offers_sizes_and_adds_nothing_by_itself(panel: Panel) -> None:
    page = panel(width=390, height=760, touch=True)
    before = listed(page)
    at = page.get_by_role("button", name="Add a page", exact=True).bounding_box()
    assert at
    cdp = page.context.new_cdp_session(page)
    fingers(cdp, "touchStart", (at["x"] + 10, at["y"] + 10))
    page.wait_for_timeout(700)
    fingers(cdp, "touchEnd")
    square = page.get_by_role("menuitem", name="Square")
    expect(square).to_be_visible()
    assert listed(page) == before
    square.tap()
    assert record(page, 2)["width"] == record(page, 2)["height"] == 1200


def test_background_and_size_change_at_once_and_a_smaller_page_loses_nothing(panel: Panel) -> None:
    page = panel()
    page.get_by_role("button", name="This page").click()
    look(page, "menu")
    page.get_by_role("menuitem", name="Background, size").click()
    dialog = page.get_by_role("dialog", name="This page")
    for name, pattern in (("Axes", "axes"), ("Staves", "staves"), ("Dots", "dots")):
        dialog.get_by_role("radio", name=name).click()
        assert record(page, 1)["pattern"] == pattern
    page.keyboard.press("ArrowRight")
    assert record(page, 1)["pattern"] == "grid"
    look(page, "look")
    for name, sides in (("A4 lying", [1754, 1240]), ("Square", [1200, 1200]), ("16:9", [1600, 900])):
        dialog.get_by_role("radio", name=name).click()
        assert [record(page, 1)["width"], record(page, 1)["height"]] == sides
    # The wave of this page ends at 1,150: it lies beyond the edge of an upright sheet's 1,160 by its width alone.
    page.evaluate("session.apply([{op: 'patch', ids: ['one'], fields: {transform: [1, 0, 0, 1, 300, 0]}}])")
    dialog.get_by_role("radio", name="A4 upright").click()
    told = page.get_by_text("1 thing lies beyond the edge now. It is kept.")
    expect(told).to_be_visible()
    page.locator(".cr-toast").get_by_role("button", name="Undo").click()
    assert record(page, 1)["width"] == 1600
    dialog.get_by_role("radio", name="Endless").click()
    assert record(page, 1)["endless"] is True
    dialog.get_by_role("button", name="Only staff").click()
    assert record(page, 1)["audience"] == "staff"
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_pages_are_ordered_named_copied_and_removed_by_keyboard_alone(panel: Panel) -> None:
    page = panel()
    page.get_by_role("button", name="All pages").press("Enter")
    expect(card(page, 1)).to_be_focused()
    page.keyboard.press("Alt+ArrowRight")
    assert listed(page) == ["page2", "page1", "page3", "page4"]
    expect(card(page, 2)).to_be_focused()
    page.keyboard.press("Alt+ArrowRight")
    page.keyboard.press("Alt+ArrowLeft")
    page.keyboard.press("ArrowRight")
    expect(card(page, 3)).to_be_focused()
    page.keyboard.press("F2")
    page.keyboard.type("Proofs")
    look(page, "naming")
    page.keyboard.press("Enter")
    assert record(page, 3)["title"] == "Proofs"
    expect(card(page, 3)).to_be_focused()
    page.keyboard.press("F2")
    page.keyboard.type("nothing")
    page.keyboard.press("Escape")
    assert record(page, 3)["title"] == "Proofs"
    expect(page.get_by_role("dialog", name="All pages")).to_be_visible()
    page.keyboard.press("Control+d")
    assert len(listed(page)) == 5
    assert record(page, 4)["title"] == "Proofs, copy"
    things = "id => session.table.onPage(id).map(({id, page, colour, group}) => ({id, page, colour, group}))"
    (one,), (other,) = page.evaluate(things, "page3"), page.evaluate(things, listed(page)[3])
    assert one["id"] != other["id"]
    assert one["colour"] == other["colour"]
    card(page, 4).focus()
    page.keyboard.press("Delete")
    assert listed(page) == ["page2", "page1", "page3", "page4"]
    expect(page.get_by_text("Page Proofs, copy was deleted")).to_be_visible()
    page.keyboard.press("Control+z")
    assert len(listed(page)) == 5


def test_pages_are_dragged_into_another_order(panel: Panel) -> None:
    page = panel()
    page.get_by_role("button", name="All pages").click()
    first, third = card(page, 1).bounding_box(), card(page, 3).bounding_box()
    assert first
    assert third
    start = (first["x"] + 40, first["y"] + 30)
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(start[0] + 30, start[1] + 4)
    page.mouse.move(third["x"] + third["width"] - 8, third["y"] + third["height"] - 20, steps=6)
    look(page, "dragging")
    page.mouse.up()
    assert listed(page) == ["page2", "page3", "page1", "page4"]
    expect(page.get_by_role("dialog", name="All pages")).to_be_visible()  # a drag is no press
    # Escape takes a drag back and leaves the dialog.
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(third["x"] + third["width"] - 8, third["y"] + third["height"] - 20, steps=6)
    page.keyboard.press("Escape")
    page.mouse.up()
    assert listed(page) == ["page2", "page3", "page1", "page4"]
    expect(page.get_by_role("dialog", name="All pages")).to_be_visible()
    card(page, 1).click()
    assert page.evaluate("session.table.get('class').page") == "page2"


def test_a_finger_holds_and_drags_a_page(panel: Panel) -> None:
    page = panel(width=390, height=760, touch=True)
    page.get_by_role("button", name="More", exact=True).tap()
    page.get_by_role("menuitem", name="All pages").tap()
    look(page, "overview-phone")
    first, second = card(page, 1).bounding_box(), card(page, 2).bounding_box()
    assert first
    assert second
    cdp = page.context.new_cdp_session(page)
    x, y = first["x"] + 30, first["y"] + 30
    fingers(cdp, "touchStart", (x, y))
    page.wait_for_timeout(450)
    for i in range(1, 9):
        to = second["x"] + second["width"] - 10
        fingers(cdp, "touchMove", (x + (to - x) * i / 8, y + (second["y"] + 30 - y) * i / 8))
    fingers(cdp, "touchEnd")
    assert listed(page) == ["page2", "page1", "page3", "page4"]


def test_the_strip_beside_the_board_shows_goes_and_follows(panel: Panel) -> None:
    page = panel()
    number = page.get_by_title("Pages beside the board")
    number.click()
    strip = page.get_by_role("complementary", name="Pages beside the board")
    expect(strip).to_be_visible()
    right = page.locator(".cr-board-sheet").bounding_box()
    edge = strip.bounding_box()
    assert right
    assert edge
    assert right["x"] + right["width"] <= edge["x"]
    card(page, 3).click()
    assert page.evaluate("session.table.get('class').page") == "page3"
    expect(card(page, 3)).to_have_attribute("aria-current", "page")
    card(page, 3).press("Alt+ArrowUp")
    assert listed(page)[1] == "page3"
    look(page, "strip")
    number.click()
    expect(strip).to_have_count(0)


def test_the_way_back_to_the_drawing_is_offered_where_nothing_is(panel: Panel) -> None:
    page = panel()
    page.evaluate("session.change([{op: 'patch', ids: ['class'], fields: {page: 'page4'}}])")
    back = page.get_by_role("button", name="Back to the drawing")
    expect(back).to_have_count(0)
    page.locator(".cr-board-stage").focus()
    for _ in range(14):
        page.keyboard.press("ArrowDown")
    expect(back).to_be_visible()
    look(page, "way-back")
    back.click()
    expect(back).to_have_count(0)
    expect(page.locator(".cr-board-stage")).to_be_focused()


def test_clearing_says_so_and_can_be_undone(panel: Panel) -> None:
    page = panel()
    page.get_by_role("button", name="This page").click()
    page.get_by_role("menuitem", name="Clear").click()
    assert page.evaluate("session.table.onPage('page1').length") == 0
    page.locator(".cr-toast").get_by_role("button", name="Undo").click()
    assert page.evaluate("session.table.onPage('page1').length") == 1


def test_students_look_at_all_pages_without_the_means_to_change_them(panel: Panel) -> None:
    page = panel("student")
    expect(page.get_by_role("button", name="Next page (PgDn)")).to_be_visible()
    expect(page.get_by_role("button", name="Add a page", exact=True)).to_have_count(0)
    expect(page.get_by_role("button", name="This page")).to_have_count(0)
