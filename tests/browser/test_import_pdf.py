"""A PDF becomes pages of the board: dropped or chosen, with progress, ended, undone, refused; and what a dark board
does with slides."""

from __future__ import annotations

import base64
import io
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, FilePayload, Page, Route, expect

from classroom import api
from tests.browser.jupyter_process import TOKEN, JupyterProcess

pytestmark = pytest.mark.browser
ENABLE = "--ServerApp.jpserver_extensions={'classroom': True}"
DROP = """([at, name, bytes]) => {
  const data = new DataTransfer();
  data.items.add(new File([Uint8Array.from(atob(bytes), c => c.charCodeAt(0))], name, {type: 'application/pdf'}));
  const init = {bubbles: true, cancelable: true, clientX: at[0], clientY: at[1], dataTransfer: data};
  for (const kind of ['dragenter', 'dragover', 'drop'])
    document.elementFromPoint(...at).dispatchEvent(new DragEvent(kind, init));
}"""
PAGES = "() => document.querySelector('[data-classroom]').classroom.table.ofType('page').filter(page => !page.gone)"


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[api.Teacher]:
    server = JupyterProcess(tmp_path_factory.mktemp("pdf"), ENABLE, app="jupyter_server")
    opened = api.start("Slides", url=server.url, token=TOKEN)
    opened.draw = "all"
    yield opened
    opened.close()
    server.stop()


def pdf(count: int, size: tuple[int, int] = (800, 450)) -> bytes:
    """Slides with a coloured bar that is longer on each."""
    slides = []
    for i in range(count):
        slide = Image.new("RGB", size, "white")
        ImageDraw.Draw(slide).rectangle((40, 40, 80 + 600 * (i + 1) // count, 90), fill=(200, 30, 30))
        slides.append(slide)
    out = io.BytesIO()
    slides[0].save(out, "PDF", save_all=True, append_images=slides[1:])
    return out.getvalue()


def upload(name: str, data: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/pdf", "buffer": data}


def enter(browser: Browser, link: str, name: str, width: int = 1100, height: int = 700) -> Page:
    page = browser.new_context(viewport={"width": width, "height": height}).new_page()
    page.goto(link)
    page.get_by_label("Your name").fill(name)
    page.keyboard.press("Enter")
    expect(page.locator(".cr-board-stage")).to_be_visible()
    return page


def keep(page: Page, name: str) -> None:
    if folder := os.environ.get("CLASSROOM_SHOTS"):
        page.screenshot(path=str(Path(folder) / f"import-{name}.png"))


def pages(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate(PAGES)
    return found


def until(page: Page, true: Callable[[], bool], what: str) -> None:
    for _ in range(400):
        if true():
            return
        page.wait_for_timeout(50)
    raise AssertionError(what)


def middle(page: Page) -> list[float]:
    box = page.locator(".cr-board-sheet").bounding_box()
    assert box is not None
    return [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]


def drop(page: Page, name: str, data: bytes) -> None:
    page.evaluate(DROP, [middle(page), name, base64.b64encode(data).decode()])


def reds(page: Page) -> int:
    shot = Image.open(io.BytesIO(page.locator(".cr-board-stage").screenshot())).convert("RGB")
    pixels = np.asarray(shot).astype(int)
    return int(((pixels[:, :, 0] > 150) & (pixels[:, :, 1] < 90)).sum())


def test_a_pdf_chosen_from_an_empty_page_comes_after_it_and_goes_again(browser: Browser, teacher: api.Teacher) -> None:
    staff = enter(browser, teacher.staff_link, "Ada")
    student = enter(browser, teacher.link, "Bo")
    [first] = pages(staff)
    keep(staff, "empty")
    staff.get_by_role("button", name="Import a PDF").click()
    dialog = staff.get_by_role("dialog", name="Import a PDF")
    keep(staff, "dialog")
    said: list[str] = []
    staff.on("response", lambda answer: said.append(answer.url) if "/import/" in answer.url else None)
    with staff.expect_file_chooser() as chosen:
        dialog.get_by_role("button", name="Choose a PDF").click()
    chosen.value.set_files([upload("lecture 3.pdf", pdf(40))])
    until(staff, lambda: len(pages(staff)) == 41, "the pages do not come")
    expect(dialog).to_have_count(0)
    assert len(said) > 1  # asked how far it is
    toast = staff.locator(".cr-toast")
    expect(toast).to_contain_text("40 pages were imported")
    lying = pages(staff)
    assert lying[0]["id"] == first["id"]
    assert {(one["width"], one["height"]) for one in lying[1:]} == {(1600, 900)}
    assert len({one["asset"] for one in lying[1:]}) == 40
    expect(staff.locator(".cr-page-no").first).to_have_text("2 of 41")
    until(staff, lambda: reds(staff) > 500, "the slide is not seen")
    keep(staff, "imported")
    student.keyboard.press("PageDown")
    expect(student.locator(".cr-page-no").first).to_have_text("2 of 41")
    until(student, lambda: reds(student) > 500, "the slide is not seen by the student")
    toast.get_by_role("button", name="Undo").click()
    until(staff, lambda: len(pages(staff)) == 1, "the pages do not go")
    expect(staff.locator(".cr-page-no").first).to_have_text("1 of 1")
    until(student, lambda: len(pages(student)) == 1, "the pages do not go for the student")
    staff.context.close()
    student.context.close()


def test_an_import_says_how_far_it_is_and_can_be_ended(browser: Browser, teacher: api.Teacher) -> None:
    staff = enter(browser, teacher.staff_link, "Cy")
    job = {"job": "abcdefgh", "code": "", "sentence": "", "pages": []}
    gone: list[str] = []

    def answer(route: Route) -> None:
        gone.append(route.request.method)
        if route.request.method == "DELETE":
            route.fulfill(status=204)
        else:
            route.fulfill(json={**job, "state": "running", "done": 11, "total": 40})

    staff.route("**/api/import/*", answer)
    drop(staff, "lecture.pdf", pdf(2))
    dialog = staff.get_by_role("dialog", name="Import a PDF")
    expect(dialog.get_by_role("status")).to_contain_text("Page 12 of 40")
    expect(dialog.get_by_role("status")).to_contain_text("28%")
    keep(staff, "progress")
    staff.emulate_media(color_scheme="dark")
    staff.wait_for_timeout(250)
    keep(staff, "progress-dark")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    until(staff, lambda: "DELETE" in gone, "the server is not told")
    assert len(pages(staff)) == 1
    staff.context.close()


def test_what_is_no_pdf_is_said_and_another_can_be_chosen(browser: Browser, teacher: api.Teacher) -> None:
    staff = enter(browser, teacher.staff_link, "Di")
    drop(staff, "essay.pdf", b"these are words" * 99)
    dialog = staff.get_by_role("dialog", name="Import a PDF")
    expect(dialog.get_by_role("alert")).to_contain_text("essay.pdf is not a PDF")
    keep(staff, "problem")
    with staff.expect_file_chooser() as chosen:
        dialog.get_by_role("button", name="Choose another file").click()
    chosen.value.set_files([upload("upright.pdf", pdf(1, (450, 800)))])
    until(staff, lambda: len(pages(staff)) == 2, "the page does not come")
    assert pages(staff)[1]["height"] > pages(staff)[1]["width"]
    # Ink on a slide is as on paper, also where the board is dark.
    staff.emulate_media(color_scheme="dark")
    staff.get_by_role("button", name="Pen (P)").click()
    x, y = middle(staff)
    staff.mouse.move(x - 60, y)
    staff.mouse.down()
    staff.mouse.move(x + 60, y, steps=8)
    staff.mouse.up()
    staff.mouse.move(x, y - 200)
    staff.wait_for_timeout(400)
    keep(staff, "dark")
    shot = Image.open(io.BytesIO(staff.screenshot())).convert("RGB")
    assert max(shot.getpixel((int(x), int(y)))) < 190, "quick ink is thin, and dark all the same"  # type: ignore[arg-type]
    assert min(shot.getpixel((int(x), int(y) + 30))) > 240  # type: ignore[arg-type]
    staff.locator(".cr-toast").get_by_role("button", name="Undo").click()
    until(staff, lambda: len(pages(staff)) == 1, "the page does not go")
    staff.context.close()


def test_students_import_nothing_whatever_they_send(browser: Browser, teacher: api.Teacher) -> None:
    student = enter(browser, teacher.link, "Ed")
    expect(student.get_by_role("button", name="Import a PDF")).to_have_count(0)
    drop(student, "mine.pdf", pdf(1))
    expect(student.locator(".cr-toast")).to_have_text("Only teachers and assistants import a PDF.")
    expect(student.get_by_role("dialog")).to_have_count(0)
    sent: list[str] = []
    student.on("request", lambda request: sent.append(request.headers.get("x-classroom-token", "")))
    student.get_by_role("button", name="More").click()
    student.get_by_role("menuitem", name="Export…").click()
    student.get_by_role("dialog").get_by_role("button", name="Export", exact=True).click()
    until(student, lambda: any(sent), "no token was sent")
    token = next(filter(None, sent))
    refused = student.request.post(
        re.sub(r"/classroom/.*", "/classroom/api/import/pdf", student.url),
        data=pdf(1),
        headers={"X-Classroom-Token": token, "Content-Type": "application/pdf"},
    )
    assert refused.status == 403
    page = pages(student)[0]
    code = student.evaluate(
        """page => new Promise(done => {
          const session = document.querySelector('[data-classroom]').classroom;
          session.on('refused', ({code}) => done(code));
          session.change([{op: 'put', record: {...page, id: session.newId()}}]);
        })""",
        page,
    )
    assert code == "forbidden"
    assert len(pages(student)) == 1
    student.context.close()
