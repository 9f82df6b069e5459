"""What a designer would look at, kept: every tool is in sight or one press away in a panel of any height, on phones
too; keys alone reach it; and axe, the usual judge of accessibility, finds nothing serious on any surface of the board.

The panels stand on a session in memory, as in `test_board_pages.py`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser import test_board_input as hands
from tests.browser import test_board_pages as pages

pytestmark = pytest.mark.browser
site = hands.site
panels = pages.panels
Open = Callable[..., Page]

AXE = hands.ROOT / "labextension" / "node_modules" / "axe-core" / "axe.min.js"
TOOLS = (
    "Pen",
    "Highlighter",
    "Eraser",
    "Laser pointer",
    "Shapes",
    "Text",
    "Sticky note",
    "Picture",
    "Select",
    "Move the page",
)
SERIOUS = """axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations
  .filter(({ impact }) => impact === "serious" || impact === "critical")
  .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" ")}`))"""


@pytest.fixture
def opened(browser: Browser, panels: Path) -> Iterator[Open]:
    contexts = []
    errors: list[str] = []

    def at(fragment: str, width: int, height: int, touch: bool = False, dark: bool = False) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            has_touch=touch,
            is_mobile=touch,
            color_scheme="dark" if dark else "light",
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{panels.as_uri()}#{fragment}{'&theme=dark' if dark else ''}")
        expect(page.locator(".cr-board-stage")).to_be_visible()
        return page

    yield at
    for context in contexts:
        context.close()
    assert errors == []


def look(page: Page, name: str) -> None:
    if folder := os.environ.get("CLASSROOM_SHOTS"):
        page.wait_for_timeout(300)
        page.screenshot(path=str(Path(folder) / f"design-{name}.png"))


def tools(page: Page) -> Locator:
    return page.get_by_role("navigation", name="Drawing tools")


def place(node: Locator) -> tuple[float, float, float, float]:
    box = node.bounding_box()
    assert box is not None
    return box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]


def named(page: Page) -> list[str]:
    """The names of the buttons among the tools, without their keys."""
    names = [button.get_attribute("aria-label") or "" for button in tools(page).get_by_role("button").all()]
    return [name.split(" (")[0] for name in names]


def whole(page: Page) -> None:
    """Nothing among the tools is cut off, scrolled away or over another."""
    left, top, right, bottom = place(tools(page))
    assert left >= 0
    assert right <= page.viewport_size["width"]  # type: ignore[index]
    boxes = [place(button) for button in tools(page).get_by_role("button").all()]
    for box in boxes:
        assert box[0] >= left - 0.5
        assert box[1] >= top - 0.5
        assert box[2] <= right + 0.5
        assert box[3] <= bottom + 0.5
    for index, one in enumerate(boxes):
        for other in boxes[index + 1 :]:
            apart = one[2] <= other[0] + 0.5 or other[2] <= one[0] + 0.5
            assert apart or one[3] <= other[1] + 0.5 or other[3] <= one[1] + 0.5, (one, other)


@pytest.mark.parametrize("width", [1000, 720])
def test_all_tools_are_in_sight_in_a_panel_of_560_px(opened: Open, width: int) -> None:
    page = opened("teacher", width, 560)
    assert [name for name in named(page) if name in TOOLS] == list(TOOLS)
    assert "More tools" not in named(page)
    assert named(page)[-2:] == ["Undo", "Redo"]
    whole(page)
    assert page.evaluate(
        "document.querySelector('.cr-rail').scrollHeight <= document.querySelector('.cr-rail').clientHeight"
    )
    look(page, f"rail-{width}")


@pytest.mark.parametrize(("width", "height", "touch"), [(720, 450, False), (1000, 560, True), (1024, 768, True)])
def test_a_short_rail_keeps_the_others_behind_one_button(opened: Open, width: int, height: int, touch: bool) -> None:
    page = opened("student", width, height, touch)
    seen = [name for name in named(page) if name in TOOLS]
    assert "Pen" in seen
    assert "Eraser" in seen
    whole(page)
    if touch:
        for button in tools(page).get_by_role("button").all():
            left, top, right, bottom = place(button)
            assert right - left >= 43.5
            assert bottom - top >= 43.5
    if len(seen) < len(TOOLS):
        tools(page).get_by_role("button", name="More tools").click()
        more = page.get_by_role("dialog", name="More tools")
        for name in TOOLS:
            if name not in seen and not (touch and name == "Picture"):
                expect(more.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)
        look(page, f"more-{width}")
    # A taller window has them all back.
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": width, "height": 900})
    expect(tools(page).get_by_role("button", name="Move the page")).to_be_visible()
    assert [name for name in named(page) if name in TOOLS] == list(TOOLS)


def test_a_folded_tool_is_taken_by_keys_and_shown_while_in_hand(opened: Open) -> None:
    page = opened("student", 720, 450)
    button = tools(page).get_by_role("button", name="More tools")
    button.focus()
    page.keyboard.press("Enter")
    more = page.get_by_role("dialog", name="More tools")
    expect(more.get_by_role("button").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(more).to_have_count(0)
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    expect(more.get_by_role("button", name="Shapes")).to_be_focused()
    page.keyboard.press("Enter")
    expect(more).to_have_count(0)
    shown = tools(page).get_by_role("button", name="More tools: Shapes")
    expect(shown).to_be_focused()
    tools(page).get_by_role("button", name="Colour and width").press("Enter")
    page.get_by_role("button", name="Ellipse").press("Enter")
    page.keyboard.press("Escape")
    expect(tools(page).get_by_role("button", name="Colour and width")).to_be_focused()
    page.keyboard.press("p")
    expect(tools(page).get_by_role("button", name="More tools: Shapes")).to_have_count(0)


@pytest.mark.parametrize(("role", "width"), [("student", 390), ("teacher", 390), ("student", 360)])
def test_two_rows_under_the_thumb(opened: Open, role: str, width: int) -> None:
    page = opened(role, width, 844, touch=True)
    page.get_by_role("button", name="Draw", exact=True).tap()
    expect(tools(page)).to_be_visible()
    whole(page)
    left, top, right, bottom = place(tools(page))
    assert (left, right) == (0, width) or role == "teacher"
    assert bottom - top < 140
    rows = tools(page).locator(".cr-tools__row").get_by_role("button")
    expect(rows).to_have_count(7)
    for button in rows.all():
        box = place(button)
        assert box[2] - box[0] >= 43.5
        assert box[3] - box[1] >= 43.5
    tools(page).get_by_role("button", name="More tools").tap()
    more = page.get_by_role("dialog", name="More tools")
    expect(more.get_by_role("button", name="Take a photo")).to_be_in_viewport(ratio=1)
    look(page, f"phone-{role}-{width}")
    more.get_by_role("button", name="Sticky note").tap()
    tools(page).get_by_role("button", name="Size").tap()
    expect(page.get_by_role("button", name="Huge")).to_be_in_viewport(ratio=1)
    # A chosen tool pressed again opens its options.
    page.keyboard.press("Escape")
    tools(page).get_by_role("button", name="Eraser").tap()
    tools(page).get_by_role("button", name="Eraser").tap()
    expect(page.get_by_role("button", name="Parts")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("width", [725, 760, 860, 940, 1000])
@pytest.mark.parametrize("touch", [False, True])
def test_the_foot_of_a_panel_does_not_run_under_its_side(opened: Open, width: int, touch: bool) -> None:
    page = opened("teacher", width, 560, touch)
    foot = page.locator(".cr-panel__foot")
    _, _, edge, _ = place(foot)
    inside = [place(one) for one in foot.locator("button").all() if one.is_visible()]
    assert max(right for _, _, right, _ in inside) <= edge
    for name in ("Next page", "Chosen"):
        expect(foot.get_by_role("button", name=name)).to_be_visible()


def judge(page: Page, name: str) -> None:
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=str(AXE))
    look(page, f"axe-{name}")
    found: Any = page.evaluate(SERIOUS)
    assert found == [], name


@pytest.mark.usefixtures("node_modules")
@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_serious(opened: Open, dark: bool) -> None:
    page = opened("teacher", 1000, 560, dark=dark)
    page.wait_for_timeout(200)
    judge(page, "panel")
    for name in ("Pen", "Highlighter", "Eraser", "Shapes", "Text", "Sticky note", "Select"):
        button = tools(page).get_by_role("button", name=f"{name} (")
        if button.get_attribute("aria-pressed") == "false":
            button.click()
        button.click()
        expect(page.locator(".cr-pop")).to_be_visible()
        judge(page, name)
        page.keyboard.press("Escape")
        expect(button).to_be_focused()
    for opener in ("All pages", "Export", "More", "Push", "This page", "Add a page of another size"):
        page.get_by_role("button", name=opener, exact=True).first.click()
        expect(page.locator(".cr-layer").first).to_be_visible()
        judge(page, opener)
        page.keyboard.press("Escape")
        expect(page.locator(".cr-layer")).to_have_count(0)
    page.get_by_role("button", name="This page").click()
    page.get_by_role("menuitem", name="Background, size").click()
    judge(page, "look")
    page.keyboard.press("Escape")
    page.get_by_role("region", name="Board").or_(page.locator(".cr-board-stage")).first.click(
        position={"x": 20, "y": 400}
    )
    page.keyboard.press("v")
    page.keyboard.press("Control+a")
    expect(page.locator(".cr-selbar")).to_be_visible()
    judge(page, "selection")
    for opener in ("Colour and line", "Arrange"):
        page.locator(".cr-selbar").get_by_role("button", name=opener).click()
        judge(page, opener)
        page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    # The bar that had the focus goes: the keys go on at the board.
    expect(page.locator(".cr-selbar")).to_have_count(0)
    expect(page.locator(".cr-board-stage")).to_be_focused()
    page.keyboard.press("t")
    page.mouse.click(300, 300)
    expect(page.get_by_role("textbox", name="Text on the board")).to_be_focused()
    page.keyboard.type("words")
    expect(page.locator(".cr-writebar")).to_be_visible()
    judge(page, "writing")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    judge(page, "keys")
    page.keyboard.press("Escape")
    phone = opened("student", 390, 844, touch=True, dark=dark)
    judge(phone, "phone")
    phone.get_by_role("button", name="Draw", exact=True).tap()
    judge(phone, "phone-draw")
    tools(phone).get_by_role("button", name="More tools").tap()
    judge(phone, "phone-more")
