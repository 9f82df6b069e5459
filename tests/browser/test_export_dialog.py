"""The export dialog with a real server: what is chosen is what is in the file, progress can be ended, and nobody is
offered what they may not have."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Download, Locator, Page, expect

from classroom import api
from tests.browser.jupyter_process import TOKEN, JupyterProcess

pytestmark = pytest.mark.browser
ENABLE = "--ServerApp.jpserver_extensions={'classroom': True}"


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[api.Teacher]:
    server = JupyterProcess(tmp_path_factory.mktemp("export"), ENABLE, app="jupyter_server")
    opened = api.start("Exports", url=server.url, token=TOKEN)
    opened.draw = "all"
    opened.board.draw([(200 + 8 * i, 300 + (i % 20) * 6) for i in range(120)], color="blue")
    opened.board.add_page("Second")
    opened.board.draw([(200, 200), (900, 700)], color="red")
    yield opened
    opened.close()
    server.stop()


def keep(page: Page, name: str) -> None:
    if folder := os.environ.get("CLASSROOM_SHOTS"):
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_timeout(250)
            page.screenshot(path=str(Path(folder) / f"export-{name}-{scheme}.png"))
        page.emulate_media(color_scheme="light")


def dialog(browser: Browser, link: str, name: str, width: int = 1100, height: int = 700) -> tuple[Page, Locator]:
    page = browser.new_context(viewport={"width": width, "height": height}).new_page()
    page.goto(link)
    page.get_by_label("Your name").fill(name)
    page.keyboard.press("Enter")
    expect(page.locator(".cr-board-stage")).to_be_visible()
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Export…").click()
    return page, page.get_by_role("dialog")


def made(page: Page, box: Locator) -> tuple[str, bytes]:
    with page.expect_download() as coming:
        box.get_by_role("button", name="Export", exact=True).click()
    got: Download = coming.value
    return got.suggested_filename, Path(got.path()).read_bytes()


def test_all_pages_as_one_pdf_is_what_one_gets_without_choosing(browser: Browser, teacher: api.Teacher) -> None:
    page, box = dialog(browser, teacher.link, "Ana")
    keep(page, "dialog")
    name, data = made(page, box)
    assert name.endswith(".pdf")
    assert data.startswith(b"%PDF")
    assert data.count(b"/Type /Page\n") + data.count(b"/Type /Page ") + data.count(b"/Type /Page/") >= 2
    expect(page.locator(".cr-toast")).to_have_text("The board is exported")
    expect(box).to_have_count(0)
    page.context.close()


def test_one_page_as_a_dark_jpeg_of_that_size(browser: Browser, teacher: api.Teacher) -> None:
    page, box = dialog(browser, teacher.link, "Bo")
    box.get_by_role("button", name="Page 1").click()  # left out
    expect(box.get_by_text("1 of 2 pages")).to_be_visible()
    box.get_by_role("button", name="PNG", exact=True).click()
    box.get_by_text("Size and colours").click()
    for choice in ("JPEG", "Screen", "Dark"):
        box.get_by_role("button", name=choice, exact=True).click()
    keep(page, "more")
    name, data = made(page, box)
    assert name.endswith((".jpeg", ".jpg"))
    image = Image.open(io.BytesIO(data)).convert("RGB")
    assert image.size == (1600, 900)
    assert max(image.getpixel((20, 880))) < 60  # type: ignore[arg-type]
    page.context.close()


def test_several_pages_as_pictures_are_a_zip(browser: Browser, teacher: api.Teacher) -> None:
    page, box = dialog(browser, teacher.link, "Cy")
    box.get_by_role("button", name="PNG", exact=True).click()
    name, data = made(page, box)
    assert name.endswith(".zip")
    assert len(zipfile.ZipFile(io.BytesIO(data)).namelist()) == 2
    page.context.close()


def test_a_replay_is_for_staff_and_can_be_given_up(browser: Browser, teacher: api.Teacher) -> None:
    page, box = dialog(browser, teacher.link, "Di")
    expect(box.get_by_role("button", name="Replay")).to_have_count(0)
    page.context.close()
    page, box = dialog(browser, teacher.staff_link, "Ed")
    box.get_by_role("button", name="This page").click()
    box.get_by_role("button", name="Replay").click()
    box.get_by_text("Size and colours").click()
    box.get_by_role("button", name="480", exact=True).click()
    keep(page, "replay")
    gone: list[str] = []
    page.on("request", lambda request: gone.append(request.method) if "/export/" in request.url else None)
    held: list[object] = []
    page.route(
        "**/api/export/*", lambda route: held.append(route) if route.request.method == "GET" else route.continue_()
    )
    box.get_by_role("button", name="Export", exact=True).click()
    expect(box.get_by_role("button", name="Exporting…")).to_be_disabled()
    expect(box.get_by_role("status")).to_contain_text("%")
    keep(page, "progress")
    box.get_by_role("button", name="Cancel").click()
    expect(box.get_by_role("button", name="Export", exact=True)).to_be_enabled()
    page.wait_for_timeout(300)
    assert "DELETE" in gone
    page.unroute("**/api/export/*")
    name, data = made(page, box)
    assert name.endswith(".gif")
    film = Image.open(io.BytesIO(data))
    assert film.size[0] == 480
    assert getattr(film, "n_frames", 1) > 1
    page.context.close()


def test_on_a_phone_the_dialog_fits(browser: Browser, teacher: api.Teacher) -> None:
    page, box = dialog(browser, teacher.link, "Flo", 390, 780)
    box.get_by_text("Size and colours").click()
    keep(page, "phone")
    go = box.get_by_role("button", name="Export", exact=True)
    expect(go).to_be_in_viewport(ratio=1)
    wide = box.evaluate("node => node.scrollWidth > node.clientWidth + 1")
    assert not wide
    page.context.close()


def test_what_is_selected_is_exported_alone(browser: Browser, teacher: api.Teacher) -> None:
    page = browser.new_context(viewport={"width": 1100, "height": 700}).new_page()
    page.goto(teacher.staff_link)
    page.get_by_label("Your name").fill("Gus")
    page.keyboard.press("Enter")
    page.locator(".cr-board-stage").focus()
    page.keyboard.press("Control+a")
    page.get_by_role("button", name="More").first.click()
    page.get_by_role("menuitem", name="Export…").click()
    box = page.get_by_role("dialog")
    expect(box.get_by_role("button", name="Selection (1)")).to_have_attribute("aria-pressed", "true")
    expect(box.get_by_role("button", name="Notebook")).to_have_count(0)
    keep(page, "selection")
    box.get_by_role("button", name="PNG", exact=True).click()
    name, data = made(page, box)
    assert name.endswith(".png")
    width, height = Image.open(io.BytesIO(data)).size
    assert width < 1600 * 2  # its own box, not the page's
    assert width > 900
    assert 600 < height < 900 * 2
    page.context.close()


def test_the_lesson_is_a_notebook_or_markdown_with_its_pictures(browser: Browser, teacher: api.Teacher) -> None:
    teacher.push("The direction of $Av$.")
    page, box = dialog(browser, teacher.link, "Hal")
    box.get_by_role("button", name="Notebook").click()
    name, data = made(page, box)
    assert name.endswith(".ipynb")
    cells = json.loads(data)["cells"]
    assert any("The direction of $Av$." in "".join(cell["source"]) for cell in cells)
    page.context.close()
    page, box = dialog(browser, teacher.link, "Ida")
    box.get_by_role("button", name="Notebook").click()
    box.get_by_text("Size and colours").click()
    box.get_by_role("button", name="Markdown").click()
    name, data = made(page, box)
    assert name.endswith(".zip")
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert "lesson.md" in names
    assert sum(one.endswith(".png") for one in names) == 2
    page.context.close()


def test_characters_without_a_font_are_named(browser: Browser, teacher: api.Teacher) -> None:
    teacher.board.add_page("Signs")
    teacher.board.text("\ue123 and \ue124", 200, 200)
    page, box = dialog(browser, teacher.link, "Jon")
    box.get_by_role("button", name="This page").click()
    made(page, box)
    expect(box.get_by_role("status")).to_contain_text("\ue123 \ue124")
    keep(page, "missing")
    box.get_by_role("button", name="Close", exact=True).click()
    expect(box).to_have_count(0)
    page.context.close()
