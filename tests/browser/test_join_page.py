"""The join page with a real server: arriving, being in, drawing, raising a hand, coming back, being sent away; by
mouse, keyboard and phone; and what hostile people write stays text."""

from __future__ import annotations

import os
import re
import resource
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from classroom import api, lesson
from tests.browser.jupyter_process import TOKEN, JupyterProcess

TITLE = "Linear algebra, week 3"
ENABLE = "--ServerApp.jpserver_extensions={'classroom': True}"
ATTACKS = (
    "<img src=x onerror=document.title='owned'>",
    "<script>document.title='owned'</script>",
    "[x](javascript:document.title='owned')",
    "![x](https://tracker.example/p.png)",
    "$\\href{javascript:alert(1)}{x}$ $<img src=x onerror=alert(1)>$",
    "$$\n\\htmlClass{cr-veil}{x}\n$$",
    "```html\n<svg onload=document.title='owned'>\n```",
)


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[JupyterProcess]:
    server = JupyterProcess(tmp_path_factory.mktemp("join"), ENABLE, app="jupyter_server")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def teacher(jupyter: JupyterProcess) -> Iterator[api.Teacher]:
    opened = api.start(TITLE, url=jupyter.url, token=TOKEN)
    yield opened
    opened.close()


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """Errors of the page: a refused answer of the door is one of the browser's own, and no fault."""
    said: list[str] = []
    page.on("console", lambda m: said.append(m.text) if m.type == "error" and "status of 4" not in m.text else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def enter(page: Page, link: str, name: str) -> None:
    page.goto(link)
    page.get_by_label("Your name").fill(name)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name=TITLE)).to_be_visible()
    expect(page.locator(".cr-board-stage")).to_be_visible()


def keep(page: Page, name: str) -> None:
    """A picture in light and dark where CLASSROOM_SHOTS names a folder."""
    folder = os.environ.get("CLASSROOM_SHOTS")
    for scheme in ("light", "dark") if folder else ():
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(300)
        page.screenshot(path=str(Path(str(folder), f"join-{name}-{scheme}.png")))
    page.emulate_media(color_scheme="light")


def person(teacher: api.Teacher, name: str) -> object:
    """The person of that name, once the teacher's own connection knows them."""
    return teacher.wait_for(lambda t: next((p for p in t.people if p.name == name), None), 10)


def test_arriving_takes_the_secret_out_of_the_address(page: Page, teacher: api.Teacher, complaints: list[str]) -> None:
    page.goto(teacher.link)
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    expect(page.get_by_text("with ")).to_be_visible()
    secret = urlsplit(teacher.link).fragment.split(".")[1]
    assert secret not in page.url
    name = page.get_by_label("Your name")
    expect(name).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Type your name")
    name.fill("Ana Lima")
    page.get_by_role("button", name="Join the class").click()
    expect(page.locator(".cr-board-stage")).to_be_visible()
    expect(page.locator(".cr-live")).to_have_text("Live")
    assert secret not in page.url
    assert secret not in page.content()
    assert complaints == []


def test_what_goes_wrong_at_the_door_is_said_where_it_can_be_mended(page: Page, teacher: api.Teacher) -> None:
    page.goto(teacher.link)
    page.get_by_label("Your name").fill(teacher.me.name.upper())
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text(f"Someone here is called {teacher.me.name.upper()}. Add an initial?")
    expect(page.get_by_label("Your name")).to_be_focused()
    page.get_by_label("Your name").fill("x" * 41)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("A name has at most 40 characters. This one has 41.")

    base, _, fragment = teacher.link.partition("#")
    page.goto("about:blank")
    page.goto(f"{base}#{fragment.split('.')[0]}.{'A' * 27}")
    page.get_by_label("Your name").fill("Bao Tran")
    page.keyboard.press("Enter")
    expect(page.get_by_text("This link is not open any more.")).to_be_visible()
    # The same page goes on with the code.
    page.get_by_label("Code").fill("no such code 99")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text(
        "That code is not open now. Check it with your teacher, or use the link."
    )
    expect(page.get_by_label("Code")).to_be_focused()


def test_hand_feed_chat_and_drawing(page: Page, teacher: api.Teacher, complaints: list[str]) -> None:
    enter(page, teacher.link, "Chloé Martin")
    rail = page.get_by_role("navigation", name="Drawing tools")
    expect(rail).to_have_count(0)

    page.get_by_role("button", name="Raise hand").click()
    teacher.wait_for(lambda t: [p.name for p in t.people if p.hand], 10)
    lower = page.get_by_role("button", name="Hand up, 1st")
    expect(lower).to_be_visible()
    page.keyboard.press("r")
    expect(page.get_by_role("button", name="Raise hand")).to_be_visible()
    teacher.wait_for(lambda t: not [p for p in t.people if p.hand], 10)

    teacher.push("The direction $Av = \\lambda v$, **only stretched**.")
    teacher.push(code="import numpy as np\nnp.eye(2)")
    feed = page.get_by_role("tabpanel", name="Feed")
    expect(feed.locator("strong")).to_have_text("only stretched")
    expect(feed.locator(".katex")).to_have_count(1)
    expect(feed.locator("pre")).to_have_text("import numpy as np\nnp.eye(2)")

    page.get_by_role("tab", name="Chat").click()
    page.get_by_label("Write to everyone").fill("Is λ₁ smaller? <b>really</b>")
    page.keyboard.press("Enter")
    line = teacher.wait_for(lambda t: t.chat and t.chat[-1], 10)
    assert line.text == "Is λ₁ smaller? <b>really</b>"
    expect(page.get_by_role("tabpanel", name="Chat")).to_contain_text("Is λ₁ smaller? <b>really</b>")
    teacher.say("Look at https://numpy.org.")
    expect(page.get_by_role("link", name="https://numpy.org")).to_have_attribute("rel", re.compile("noopener"))

    teacher.unlock("draw")
    expect(rail).to_be_visible()
    box = page.locator(".cr-board-sheet").bounding_box()
    assert box is not None
    before = len(teacher.board.objects)
    page.mouse.move(box["x"] + 80, box["y"] + 80)
    page.mouse.down()
    for step in range(1, 30):
        page.mouse.move(box["x"] + 80 + 8 * step, box["y"] + 80 + (step % 5) * 6)
    page.mouse.up()
    teacher.wait_for(lambda t: len(t.board.objects) == before + 1, 10)
    page.keyboard.press("Control+z")
    teacher.wait_for(lambda t: len(t.board.objects) == before, 10)
    page.keyboard.press("Control+Shift+z")
    teacher.wait_for(lambda t: len(t.board.objects) == before + 1, 10)
    teacher.lock("draw")
    expect(rail).to_have_count(0)
    assert complaints == []


def test_shapes_are_chosen_at_the_rail_and_arrive_as_they_were_dragged(
    page: Page, teacher: api.Teacher, complaints: list[str]
) -> None:
    enter(page, teacher.link, "Sara")
    teacher.unlock("draw")
    there = {thing.id for thing in teacher.board.objects}
    tool = page.get_by_role("button", name="Shapes (S)")
    tool.click()
    tool.click()  # a chosen tool pressed again opens its options
    options = page.locator(".cr-layer")
    options.get_by_role("button", name="Ellipse").click()
    options.get_by_role("button", name="Dashed").click()
    options.get_by_role("button", name="Fill").click()
    options.get_by_role("button", name="Red").click()
    expect(options.get_by_role("button", name="Fill")).to_have_attribute("aria-pressed", "true")
    keep(page, "shape-options")
    page.keyboard.press("Escape")
    box = page.locator(".cr-board-stage").bounding_box()
    assert box is not None
    left, top = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(left, top)
    page.mouse.down()
    page.mouse.move(left + 200, top + 100, steps=5)
    page.mouse.up()
    assert teacher.wait_for(lambda t: any(thing.id not in there for thing in t.board.objects), timeout=10)
    (made,) = [thing for thing in teacher.board.objects if thing.id not in there]
    assert isinstance(made, lesson.Thing)
    assert (made.type, made.author) == ("shape", "Sara")
    fields = {name: made.fields[name] for name in ("kind", "colour", "fill", "dash")}
    assert fields == {"kind": "ellipse", "colour": "red", "fill": "red", "dash": "dashed"}
    assert made.fields["w"] == pytest.approx(2 * made.fields["h"], rel=0.05)
    keep(page, "shape")
    teacher.lock("draw")
    expect(tool).to_have_count(0)
    assert complaints == []


def test_what_people_write_stays_text(page: Page, teacher: api.Teacher, complaints: list[str]) -> None:
    enter(page, teacher.link, "<i>Eve</i>")
    for attack in ATTACKS:
        teacher.push(attack)
        teacher.say(attack)
    feed = page.get_by_role("tabpanel", name="Feed")
    expect(feed.locator("article").last).to_contain_text("<svg onload=document.title='owned'>")
    expect(feed.locator("article img, article script, article iframe, [onerror], [onload]")).to_have_count(0)
    expect(feed.locator("a[href^='javascript']")).to_have_count(0)
    expect(feed.locator(".cr-prose .cr-veil")).to_have_count(0)
    page.get_by_role("tab", name="Chat").click()
    chat = page.get_by_role("tabpanel", name="Chat")
    expect(chat).to_contain_text(ATTACKS[0])
    expect(chat.locator("img, script, li svg")).to_have_count(0)
    page.get_by_role("tab", name="People").click()
    expect(page.get_by_role("tabpanel", name="People")).to_contain_text("<i>Eve</i>")
    assert page.title() == TITLE
    assert [text for text in complaints if "Content Security Policy" in text] == []


def test_coming_back_is_coming_back_as_the_same_person(page: Page, teacher: api.Teacher) -> None:
    enter(page, teacher.link, "Daniel Weiss")
    first = person(teacher, "Daniel Weiss")
    count = len(teacher.people)
    page.reload()
    expect(page.locator(".cr-board-stage")).to_be_visible()
    expect(page.get_by_label("Your name")).to_have_count(0)

    again = page.context.new_page()
    again.goto(teacher.link)
    expect(again.get_by_label("Your name")).to_have_value("Daniel Weiss")
    expect(again.get_by_text("as Daniel Weiss, from before")).to_be_visible()
    again.keyboard.press("Enter")
    expect(again.locator(".cr-board-stage")).to_be_visible()
    assert len(teacher.people) == count
    assert person(teacher, "Daniel Weiss").id == first.id  # type: ignore[attr-defined]


def test_being_removed_says_so_and_what_to_do(page: Page, teacher: api.Teacher) -> None:
    enter(page, teacher.link, "Goran Ilić")
    teacher.remove(person(teacher, "Goran Ilić"))
    expect(page.get_by_role("heading", name="You are no longer in this class")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("ask for a new link")


def test_keys_and_focus(page: Page, teacher: api.Teacher) -> None:
    enter(page, teacher.link, "Hana Sato")
    more = page.get_by_role("button", name="More")
    more.focus()
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(sheet).to_be_visible()
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    expect(more).to_be_focused()

    drawer = page.get_by_role("complementary")
    page.keyboard.press("\\")
    expect(drawer).to_have_count(0)
    page.keyboard.press("Alt+2")
    expect(page.get_by_role("tab", name="Chat")).to_have_attribute("aria-selected", "true")
    field = page.get_by_label("Write to everyone")
    field.fill("")
    field.press_sequentially("r?\\")  # while writing, keys are letters
    expect(field).to_have_value("r?\\")
    expect(page.get_by_role("button", name="Raise hand")).to_be_visible()

    seen = set()
    for _ in range(6):
        page.keyboard.press("F6")
        seen.add(page.evaluate("document.activeElement.closest('[data-region]')?.dataset.region"))
    assert {"top", "board", "dock", "drawer"} <= seen

    nameless = page.evaluate(
        "[...document.querySelectorAll('button, input')].filter(b => !(b.ariaLabel || b.textContent.trim()"
        " || b.labels?.length)).map(b => b.outerHTML)"
    )
    assert nameless == []


def test_a_phone_keeps_what_one_draws_with(browser: Browser, teacher: api.Teacher) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    page = context.new_page()
    try:
        page.goto(teacher.link)
        page.get_by_label("Your name").fill("Jana Kos")
        page.get_by_role("button", name="Join the class").tap()
        expect(page.locator(".cr-tabbar")).to_be_visible()
        teacher.unlock("draw")

        def tools() -> Locator:
            page.get_by_role("button", name="Draw", exact=True).tap()
            shown = page.get_by_role("navigation", name="Drawing tools")
            expect(shown).to_be_visible()
            return shown

        shown = tools()
        expect(shown.get_by_role("button", name="ink", exact=True)).to_have_attribute("aria-pressed", "true")
        shown.get_by_role("button", name="red", exact=True).tap()
        shown.get_by_role("button", name="Eraser").tap()
        page.get_by_role("button", name="Class").tap()
        for _ in range(2):
            shown = tools()
            expect(shown.get_by_role("button", name="Eraser")).to_have_attribute("aria-pressed", "true")
            expect(shown.get_by_role("button", name="red", exact=True)).to_have_attribute("aria-pressed", "true")
            page.reload()
    finally:
        teacher.lock("draw")
        context.close()


def test_a_clean_page_says_what_to_do_until_the_first_point(page: Page, teacher: api.Teacher) -> None:
    enter(page, teacher.link, "Kemal Aydın")
    hint = page.get_by_text("A clean page")
    teacher.board.add_page("A clean one")
    expect(page.get_by_text("2 of 2", exact=True)).to_be_visible()
    expect(hint).to_have_count(0)
    teacher.unlock("draw")
    expect(hint).to_be_visible()
    keep(page, "clean-page")
    box = page.locator(".cr-board-sheet").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    expect(hint).to_have_count(0)
    page.mouse.move(box["x"] + 60, box["y"] + 60, steps=8)
    page.mouse.up()
    teacher.wait_for(lambda t: len(t.board.objects) == 1, 10)
    expect(hint).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(hint).to_be_visible()
    teacher.lock("draw")
    expect(hint).to_have_count(0)


def test_long_code_is_moved_by_keyboard(page: Page, teacher: api.Teacher) -> None:
    enter(page, teacher.link, "Lea Roth")
    teacher.push(code="short = 1")
    teacher.push(code="long = [" + ", ".join(str(n) for n in range(60)) + "]")
    code = page.locator("pre.cr-code", has_text="long =")
    expect(code).to_have_attribute("tabindex", "0")
    expect(page.locator("pre.cr-code", has_text="short = 1")).not_to_have_attribute("tabindex", "0")
    keep(page, "long-code")
    code.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("node => node.scrollLeft > 0", arg=code.element_handle())


def test_what_cannot_be_saved_is_said_once_until_it_can(
    page: Page, jupyter: JupyterProcess, teacher: api.Teacher
) -> None:
    """The server may make no file larger than a few bytes: it can keep nothing, as on a disk that is full."""
    enter(page, teacher.link, "Mila Horvat")
    banner = page.locator(".cr-banner")
    hand = page.get_by_role("button", name="Raise hand")
    process = jupyter.process.pid
    before = resource.prlimit(process, resource.RLIMIT_FSIZE)
    resource.prlimit(process, resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        hand.click()
        expect(banner).to_contain_text("Nothing drawn so far is lost")
        expect(hand).to_be_visible()
        hand.click()
        expect(hand).to_be_visible()
        expect(page.locator(".cr-toast")).to_have_count(0)
        expect(banner).to_have_count(1)
        keep(page, "not-saved")
    finally:
        resource.prlimit(process, resource.RLIMIT_FSIZE, before)
    hand.click()
    up = page.get_by_role("button", name="Hand up")
    expect(up).to_be_visible()
    expect(banner).to_have_count(0)
    up.click()
    teacher.wait_for(lambda t: not [p for p in t.people if p.hand], 10)


def test_a_phone_has_the_class_under_the_thumb(browser: Browser, teacher: api.Teacher) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    page = context.new_page()
    try:
        page.goto(teacher.link)
        page.get_by_label("Your name").fill("Ivo Novák")
        page.get_by_role("button", name="Join the class").tap()
        bar = page.locator(".cr-tabbar")
        expect(bar).to_be_visible()
        expect(bar.get_by_text("Draw")).to_have_count(0)
        teacher.unlock("draw")
        bar.get_by_role("button", name="Draw").tap()
        tools = page.get_by_role("navigation", name="Drawing tools")
        expect(tools).to_be_visible()
        for button in [*tools.get_by_role("button").all(), page.get_by_role("button", name="Class")]:
            box = button.bounding_box()
            assert box is not None, button
            assert box["width"] >= 36, button
            assert box["height"] >= 44, button
        page.get_by_role("button", name="Class").tap()
        for button in bar.get_by_role("button").all():
            box = button.bounding_box()
            assert box is not None, button
            assert min(box["width"], box["height"]) >= 48, button
        bar.get_by_role("button", name="Hand").tap()
        teacher.wait_for(lambda t: [p.name for p in t.people if p.hand] == ["Ivo Novák"], 10)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    finally:
        teacher.lock("draw")
        context.close()
