"""Private copies with real windows and a real server: walking the room, opening a copy, showing it, taking it back."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from classroom import api
from classroom.core.messages import Patch
from tests.browser.jupyter_process import TOKEN, JupyterProcess

pytestmark = pytest.mark.browser
ENABLE = "--ServerApp.jpserver_extensions={'classroom': True}"
NAMES = ("Ana Lima", "Bao Tran", "Chloé Martin")


@pytest.fixture
def teacher(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[api.Teacher]:
    server = JupyterProcess(tmp_path_factory.mktemp("walk"), ENABLE, app="jupyter_server")
    opened = api.start("Eigenvalues", url=server.url, token=TOKEN)
    yield opened
    opened.close()
    server.stop()


def enter(browser: Browser, link: str, name: str, width: int = 1100, height: int = 700, dark: bool = False) -> Page:
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light")
    page = context.new_page()
    page.goto(link)
    page.get_by_label("Your name").fill(name)
    page.keyboard.press("Enter")
    expect(page.locator(".cr-board-stage")).to_be_visible()
    return page


def shot(page: Page, name: str) -> None:
    if folder := os.environ.get("CLASSROOM_SHOTS"):
        page.screenshot(path=str(Path(folder) / f"gallery-{name}.png"))


def middle(page: Page) -> tuple[float, float]:
    box = page.locator(".cr-board-sheet").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def wave(page: Page, dx: float = 0, dy: float = 0, lift: bool = True) -> None:
    x, y = middle(page)
    page.mouse.move(x - 150 + dx, y + dy)
    page.mouse.down()
    for i in range(30):
        page.mouse.move(x - 150 + dx + 10 * i, y + dy + 40 * np.sin(i / 4))
        page.wait_for_timeout(6)
    if lift:
        page.mouse.up()


def dark_pixels(node: Locator, under: int = 120) -> int:
    """Pixels of ink in a picture of a node: those that are darker than a grey of `under`."""
    picture: np.ndarray[Any, Any] = np.asarray(Image.open(io.BytesIO(node.screenshot())).convert("L")).astype(int)
    return int((picture < under).sum())


def table(page: Page, expression: str) -> Any:
    """Something of the session that a panel shows; `s` is the session."""
    return page.evaluate(
        f"(() => {{ const s = document.querySelector('[data-classroom]').classroom; return {expression} }})()"
    )


def card(page: Page, name: str) -> Locator:
    return page.locator(".cr-copy", has_text=name)


def test_walking_the_room(browser: Browser, teacher: api.Teacher) -> None:
    board = teacher.board
    sheet = board.add_page("Find the eigenvalues", audience="each")
    board.draw([(100, 90), (420, 90), (420, 140), (100, 140), (100, 90)], width=4)
    students = [enter(browser, teacher.link, name) for name in NAMES]
    staff = enter(browser, teacher.staff_link, "Ada", 1440, 900)
    ana, bao, chloe = students
    for page in (ana, bao):
        expect(page.get_by_text("Only you and your teacher see this")).to_be_visible()
        wave(page)
    shot(ana, "student")
    teacher.wait_for(lambda t: len(t.board.objects) >= 3, 10)
    assert [table(page, f"s.table.onPage('{sheet.id}').length") for page in (*students, staff)] == [2, 2, 1, 3]

    # The teacher's own board shows the worksheet, not everyone's strokes on top of each other.
    wide = dark_pixels(staff.locator(".cr-board-stage"))
    middle(staff)
    staff.keyboard.press("w")
    expect(staff.get_by_role("heading", name="Walking the room")).to_be_visible()
    expect(staff.locator(".cr-copy")).to_have_count(3)
    expect(card(staff, "Chloé Martin")).to_contain_text("Nothing yet")
    expect(card(staff, "Ana Lima")).to_contain_text("Started")
    staff.wait_for_timeout(700)
    assert (
        dark_pixels(card(staff, "Ana Lima").locator(".cr-copy__open"))
        > dark_pixels(card(staff, "Chloé Martin").locator(".cr-copy__open")) + 30
    )
    assert wide > 0

    # Live: a stroke shows while it is being drawn, and goes when it is taken back.
    before = dark_pixels(card(staff, "Chloé Martin").locator(".cr-copy__open"))
    wave(chloe, lift=False)
    staff.wait_for_timeout(900)
    assert dark_pixels(card(staff, "Chloé Martin").locator(".cr-copy__open")) > before + 30
    expect(card(staff, "Chloé Martin")).to_contain_text("Drawing")
    shot(staff, "live-1440")
    chloe.keyboard.press("Escape")
    chloe.mouse.up()
    staff.wait_for_timeout(900)
    assert dark_pixels(card(staff, "Chloé Martin").locator(".cr-copy__open")) == before

    # Hands, filters, names, arrows.
    bao.keyboard.press("r")
    expect(card(staff, "Bao Tran")).to_contain_text("now")
    staff.get_by_role("button", name="Hands 1").click()
    expect(staff.locator(".cr-copy")).to_have_count(1)
    staff.get_by_role("button", name="All 3").click()
    expect(staff.locator(".cr-copy").first).to_contain_text("Bao Tran")
    staff.locator(".cr-copy__open").first.focus()
    staff.keyboard.press("ArrowRight")
    expect(staff.locator(".cr-copy__open").nth(1)).to_be_focused()
    shot(staff, "hand-1440")

    # Opened: Ana's copy and nobody else's, to be written on; Ana sees it, Bao does not.
    staff.keyboard.press("Enter")
    expect(staff.get_by_role("toolbar", name="Ana Lima’s copy")).to_be_visible()
    expect(staff.locator(".cr-copybar", has_text="2 of 3")).to_be_visible()
    wave(staff, dy=120)
    shot(staff, "opened-1440")
    teacher.wait_for(lambda t: len(t.board.objects) >= 4, 10)
    expect_count(ana, sheet.id, 3)
    assert table(bao, f"s.table.onPage('{sheet.id}').length") == 2
    # Undo takes back what was written on this copy only.
    staff.get_by_role("button", name="Next copy").click()
    expect(staff.get_by_role("toolbar", name="Chloé Martin’s copy")).to_be_visible()
    staff.keyboard.press("Control+z")
    staff.wait_for_timeout(300)
    assert table(ana, f"s.table.onPage('{sheet.id}').length") == 3
    staff.get_by_role("button", name="Previous copy").click()
    staff.keyboard.press("Control+z")
    expect_count(ana, sheet.id, 2)
    staff.keyboard.press("Escape")
    expect(staff.get_by_role("heading", name="Walking the room")).to_be_visible()

    # Shown by name, the name hidden, taken back.
    card(staff, "Bao Tran").hover()
    staff.get_by_role("button", name="Show Bao Tran to everyone").click()
    tray = staff.get_by_role("group", name="On every screen")
    expect(tray).to_contain_text("Bao Tran is on every screen")
    teacher.wait_for(lambda t: t.board.page.title == "Bao Tran’s work", 10)
    shown = teacher.board.page
    assert shown is not None
    expect_count(ana, shown.id, 3)
    expect(card(staff, "Bao Tran")).to_contain_text("Shown to all")
    staff.mouse.move(5, 5)
    staff.wait_for_timeout(600)
    shot(staff, "shown-1440")
    shot(ana, "shown-student")
    tray.get_by_role("button", name="Hide name").click()
    expect_count(ana, shown.id, 2)
    assert table(ana, f"s.table.get('{shown.id}').title") == "Someone’s work"
    assert table(ana, f"s.table.get('{shown.id}').shows") == []
    tray.get_by_role("button", name="Take back").click()
    expect(tray).to_have_count(0)
    ana.wait_for_function(
        "id => document.querySelector('[data-classroom]').classroom.table.get('class').page === id", arg=sheet.id
    )
    # All at once.
    staff.get_by_role("button", name="Show all").click()
    expect(tray).to_contain_text("Everyone’s work is on every screen")
    staff.wait_for_timeout(400)
    shot(ana, "shown-all-student")
    tray.get_by_role("button", name="Take back").click()
    expect(staff.locator(".cr-copy__open").first).to_be_focused()  # in a notebook only what has the focus gets keys
    staff.keyboard.press("Escape")
    expect(staff.get_by_role("heading", name="Walking the room")).to_have_count(0)
    staff.get_by_role("button", name="Walk the room").click()

    # Handed in: nobody draws, everyone keeps their copy.
    staff.get_by_role("button", name="End private copies").click()
    shot(staff, "end-1440")
    staff.get_by_role("menuitem", name="Hand in").click()
    expect(ana.get_by_text("This page is locked").first).to_be_visible()
    assert table(ana, f"s.table.onPage('{sheet.id}').length") == 2
    for page in (*students, staff):
        page.context.close()


def expect_count(page: Page, sheet: str, count: int) -> None:
    page.wait_for_function(
        "([id, n]) => document.querySelector('[data-classroom]').classroom.table.onPage(id).length === n",
        arg=[sheet, count],
        timeout=8_000,
    )


def test_an_assistant_adds_a_page_and_locks_it_in_a_browser(browser: Browser, teacher: api.Teacher) -> None:
    staff = enter(browser, teacher.staff_link, "Tia Assist", 1440, 900)
    student = enter(browser, teacher.link, "Ulla Berg")
    dock = staff.get_by_role("navigation", name="Pages and hand")
    before, was = len(teacher.board.pages), teacher.board.page
    assert was is not None
    dock.get_by_role("button", name="Add a page", exact=True).click()
    teacher.wait_for(lambda t: len(t.board.pages) == before + 1, 10)
    dock.get_by_role("button", name="This page").click()
    staff.get_by_role("menuitem", name="Lock: only staff draw").click()
    teacher.wait_for(lambda t: t.board.pages[-1].locked, 10)
    expect(student.get_by_role("button", name="Add a page", exact=True)).to_have_count(0)
    expect(student.get_by_role("button", name="This page")).to_have_count(0)
    teacher.board.goto(was)
    teacher.board.pages[-1].remove()
    for page in (staff, student):
        page.context.close()


def test_called_back_once_and_not_under_a_hand(browser: Browser, teacher: api.Teacher) -> None:
    teacher.draw = "all"
    first = teacher.board.page or teacher.board.add_page("One")
    second = teacher.board.add_page("Two")
    teacher.board.goto(first)
    ana, bao = (enter(browser, teacher.link, name) for name in NAMES[:2])
    for page in (ana, bao):
        page.keyboard.press("PageDown")
        expect(page.locator(".cr-page-no", has_text="2 of 2")).to_be_visible()
        page.mouse.move(*middle(page))
        page.keyboard.press("+")
    # Bao is drawing when everyone is called: the stroke is finished first, then the page changes.
    wave(bao, lift=False)
    teacher.call_back()
    expect(ana.locator(".cr-page-no", has_text="1 of 2")).to_be_visible()
    expect(ana.locator("[role=status]", has_text="called everyone back")).to_have_count(1)
    expect(bao.locator(".cr-page-no", has_text="2 of 2")).to_be_visible()
    bao.mouse.up()
    expect(bao.locator(".cr-page-no", has_text="1 of 2")).to_be_visible()
    teacher.wait_for(lambda t: len(second.objects) == 1, 10)
    assert len(second.objects[0].points) > 25
    # Once: who strays again stays where they went, and comes back with a key.
    ana.keyboard.press("PageDown")
    expect(ana.locator(".cr-page-no", has_text="2 of 2")).to_be_visible()
    ana.get_by_role("button", name="Return to").wait_for()
    ana.keyboard.press("g")
    expect(ana.locator(".cr-page-no", has_text="1 of 2")).to_be_visible()
    # Called while nobody follows: they come all the same.
    teacher.client.change([Patch(("class",), {"follow": False})])
    ana.keyboard.press("PageDown")
    expect(ana.locator(".cr-page-no", has_text="2 of 2")).to_be_visible()
    teacher.call_back()
    expect(ana.locator(".cr-page-no", has_text="1 of 2")).to_be_visible()
    for page in (ana, bao):
        page.context.close()


def test_a_right_taken_in_mid_stroke_leaves_no_ghost(browser: Browser, teacher: api.Teacher) -> None:
    sheet = teacher.board.add_page("Alone", audience="each")
    teacher.board.draw([(40, 40), (60, 40)], page=sheet)
    ana = enter(browser, teacher.link, NAMES[0])
    twin = enter(browser, teacher.link, NAMES[1])
    staff = enter(browser, teacher.staff_link, "Ada", 900, 700)
    other = enter(browser, teacher.staff_link, "Eva", 900, 700)
    for page in (staff, other):
        expect(page.get_by_role("button", name="Walk the room")).to_be_visible()
        page.keyboard.press("w")
        expect(page.locator(".cr-copy")).to_have_count(2)
    other.locator(".cr-copy__open").first.click()
    expect(other.get_by_role("toolbar", name="Ana Lima’s copy")).to_be_visible()
    other.wait_for_timeout(600)
    blank = dark_pixels(card(staff, NAMES[0]).locator(".cr-copy__open"))
    clean = dark_pixels(other.locator(".cr-board-sheet"))
    other.mouse.move(5, 5)
    other.locator(".cr-board-cursors").evaluate("node => { node.style.display = 'none' }")

    def seen() -> tuple[int, int, int]:
        staff.wait_for_timeout(700)
        small = dark_pixels(card(staff, NAMES[0]).locator(".cr-copy__open"))
        return small - blank, dark_pixels(other.locator(".cr-board-sheet")) - clean, len(sheet.objects) - 1

    expect(ana.get_by_text("Only you and your teacher see this")).to_be_visible()
    taken = [
        Patch(("page",), {"locked": True}),
        Patch(("page",), {"audience": "all"}),
        Patch(("ana",), {"draw": "no"}),
    ]
    given = [
        Patch(("page",), {"locked": False}),
        Patch(("page",), {"audience": "each"}),
        Patch(("ana",), {"draw": ""}),
    ]
    who = next(one.id for one in teacher.people if one.name == NAMES[0])
    for take, give in zip(taken, given, strict=True):
        ids = (who if take.ids == ("ana",) else sheet.id,)
        wave(ana, lift=False)
        small, large, kept = seen()
        assert small > 20
        assert large > 200
        assert kept == 0
        teacher.client.change([Patch(ids, take.fields)])
        if "audience" in take.fields:  # then there is nothing left to walk through
            expect(staff.locator(".cr-walk")).to_have_count(0)
        else:
            staff.wait_for_timeout(400)
            small, large, kept = seen()
            assert (small, kept) == (0, 0)
            assert abs(large) < 20
        ana.mouse.up()
        teacher.client.change([Patch(ids, give.fields)])
        expect(ana.get_by_text("Only you and your teacher see this")).to_be_visible()
        if "audience" in take.fields:
            for page in (staff, other):
                expect(page.get_by_role("button", name="Walk the room")).to_be_visible()
                page.keyboard.press("w")
            other.locator(".cr-copy__open").first.click()
            other.mouse.move(5, 5)
        assert seen()[0] == 0
        assert len(sheet.objects) == 1
    assert table(twin, f"s.table.onPage('{sheet.id}').length") == 1
    for page in (ana, twin, staff, other):
        page.context.close()


def test_a_room_of_three_hundred(browser: Browser, teacher: api.Teacher) -> None:
    """Three hundred copies with twenty strokes each: only what is in sight has pixels, and frames stay short."""
    sheet = teacher.board.add_page("Crowd", audience="each")
    teacher.board.draw_many([[(100 + 40 * i, 90), (120 + 40 * i, 160)] for i in range(20)], page=sheet)
    count = 300
    admission = [api.join(teacher.link, "Person 000")]
    who = admission[0].me.id
    first = int(who[1:])
    teacher.wait_for(lambda t: len(t.people) >= 2, 10)
    staff = enter(browser, teacher.staff_link, "Ada", 1440, 900)
    middle(staff)
    # People and their work are laid into this window's own table: what is measured is the window, not the server.
    made = staff.evaluate(
        """([page, first, count]) => {
            const s = document.querySelector('[data-classroom]').classroom;
            const like = s.table.onPage(page)[0];
            const person = s.table.ofType('person').find((one) => one.role === 'student');
            const ops = [];
            for (let k = 0; k < count; k++) {
                const id = `p${first + 1000 + k}`;
                ops.push({ op: 'put', record: { ...person, id, author: id, name: `Person ${k}` } });
                for (let i = 0; i < 20; i++) {
                    const transform = [1, 0, 0, 1, 40 * i, 200 + (k % 10) * 40];
                    ops.push({ op: 'put', record: { ...like, id: `x${k}-${i}`, copy: id, z: 'b' + i, transform } });
                }
            }
            const replica = s.replica;
            const changed = replica.table.apply(ops);
            replica.events.table({ reset: false, put: changed.put, removed: changed.removed });
            return s.table.onPage(page).length;
        }""",
        [sheet.id, first, count],
    )
    assert made == 20 + 20 * count
    staff.keyboard.press("w")
    expect(staff.locator(".cr-copy")).to_have_count(count + 1)
    staff.wait_for_timeout(1200)
    held = staff.evaluate("[...document.querySelectorAll('.cr-copy__done')].filter((c) => c.width > 0).length")
    assert 20 <= held <= 60
    shot(staff, "crowd-1440")
    frames = staff.evaluate(
        """async (page) => {
            const s = document.querySelector('[data-classroom]').classroom;
            const like = s.table.onPage(page)[0];
            const people = s.table.ofType('person').filter((one) => /^Person \\d+$/.test(one.name)).slice(0, 60);
            const took = [];
            let last = performance.now();
            for (let n = 0; n < 90; n++) {
                const ops = people.slice((n * 7) % 50, ((n * 7) % 50) + 10).map((one, i) => ({
                    op: 'put',
                    record: { ...like, id: `y${n}-${i}`, copy: one.id, z: 'c' + n },
                }));
                const changed = s.replica.table.apply(ops);
                s.replica.events.table({ reset: false, put: changed.put, removed: changed.removed });
                await new Promise(requestAnimationFrame);
                const now = performance.now();
                took.push(now - last);
                last = now;
            }
            took.sort((a, b) => a - b);
            return { median: took[45], worst: took[89], p90: took[80] };
        }""",
        sheet.id,
    )
    print("frames with 300 copies, 10 strokes a frame:", frames)
    staff.locator(".cr-walk__grid").evaluate("node => node.scrollTo(0, node.scrollHeight)")
    staff.wait_for_timeout(900)
    assert dark_pixels(staff.locator(".cr-copy__open").nth(count - 10), 200) > 100
    assert staff.evaluate("document.querySelectorAll('.cr-copy__done')[0].width") == 0
    admission[0].close()
    staff.context.close()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_gallery_on_other_screens(browser: Browser, teacher: api.Teacher, dark: bool) -> None:
    board = teacher.board
    board.add_page("Find the eigenvalues", audience="each")
    board.draw([(100, 90), (420, 90), (420, 140), (100, 140), (100, 90)], width=4)
    ana = enter(browser, teacher.link, NAMES[0], 390, 844, dark)
    bao = enter(browser, teacher.link, NAMES[1], 1100, 700, dark)
    wave(bao)
    bao.keyboard.press("r")
    for width, height, name in ((900, 700, "900"), (390, 844, "phone")):
        staff = enter(browser, teacher.staff_link, f"Ada {name}", width, height, dark)
        staff.wait_for_timeout(500)
        shot(staff, f"{name}-sheet-{'dark' if dark else 'light'}")
        staff.get_by_role("button", name="Walk the room").click(timeout=8_000)
        expect(staff.locator(".cr-copy")).to_have_count(2)
        staff.wait_for_timeout(700)
        shot(staff, f"{name}-{'dark' if dark else 'light'}")
        assert staff.evaluate("document.documentElement.scrollWidth <= innerWidth")
        staff.locator(".cr-copy__open").first.click()
        expect(staff.get_by_role("toolbar", name="Bao Tran’s copy")).to_be_visible()
        staff.wait_for_timeout(300)
        shot(staff, f"{name}-opened-{'dark' if dark else 'light'}")
        staff.get_by_role("button", name="Show to everyone").click()
        staff.get_by_role("menuitem", name="without the name").click()
        expect(staff.get_by_role("group", name="On every screen")).to_be_visible()
        staff.wait_for_timeout(400)
        shot(staff, f"{name}-tray-{'dark' if dark else 'light'}")
        staff.get_by_role("button", name="Take back").click()
        staff.context.close()
    shot(ana, f"student-phone-{'dark' if dark else 'light'}")
    shot(bao, f"student-{'dark' if dark else 'light'}")
    for page in (ana, bao):
        page.context.close()
