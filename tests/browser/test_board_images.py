"""Pictures on the board between two windows and a real server: dropped, pasted, chosen, photographed; seen by the
other, taken back in one step; and what is no picture, or comes from someone who may not draw, leaves nothing."""

from __future__ import annotations

import base64
import io
import os
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from classroom import api
from tests.browser.jupyter_process import TOKEN, JupyterProcess

pytestmark = pytest.mark.browser
ENABLE = "--ServerApp.jpserver_extensions={'classroom': True}"
SVG = (
    "<svg xmlns='http://www.w3.org/2000/svg' width='300' height='200'>"
    "<script>document.title='owned'</script><rect width='300' height='200' fill='#00aa00'/></svg>"
)
DROP = """([at, files]) => {
  const target = document.elementFromPoint(...at);
  const data = new DataTransfer();
  for (const {name, type, bytes} of files)
    data.items.add(new File([Uint8Array.from(atob(bytes), c => c.charCodeAt(0))], name, {type}));
  const init = {bubbles: true, cancelable: true, clientX: at[0], clientY: at[1], dataTransfer: data};
  const send = kind => target.dispatchEvent(new DragEvent(kind, init));
  send('dragenter'); send('dragover');
  return new Promise(done => setTimeout(() => { if (!window.holdDrop) send('drop'); done(null); }, 60));
}"""
PASTE = """({name, type, bytes}) => {
  const data = new DataTransfer();
  data.items.add(new File([Uint8Array.from(atob(bytes), c => c.charCodeAt(0))], name, {type}));
  const event = new ClipboardEvent('paste', {bubbles: true, cancelable: true, clipboardData: data});
  document.querySelector('.cr-board-stage').dispatchEvent(event);
}"""
RECORDS = "kind => document.querySelector('[data-classroom]').classroom.table.ofType(kind)"


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[api.Teacher]:
    server = JupyterProcess(tmp_path_factory.mktemp("images"), ENABLE, app="jupyter_server")
    opened = api.start("Pictures", url=server.url, token=TOKEN)
    opened.draw = "all"
    yield opened
    opened.close()
    server.stop()


@pytest.fixture(autouse=True)
def clean(teacher: api.Teacher) -> None:
    """Nothing is left of another test."""
    teacher.draw = "all"
    teacher.board.clear()


def enter(browser: Browser, link: str, name: str, **how: Any) -> Page:
    how.setdefault("viewport", {"width": 1100, "height": 700})
    page = browser.new_context(**how).new_page()
    page.goto(link)
    page.get_by_label("Your name").fill(name)
    page.keyboard.press("Enter")
    expect(page.locator(".cr-board-stage")).to_be_visible()
    return page


def keep(page: Page, name: str) -> None:
    if folder := os.environ.get("CLASSROOM_SHOTS"):
        page.screenshot(path=str(Path(folder) / f"images-{name}.png"))


def encoded(image: Image.Image, kind: str = "PNG", **how: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def red(width: int, height: int, colour: tuple[int, int, int] = (220, 20, 20)) -> bytes:
    return encoded(Image.new("RGB", (width, height), colour))


def photo(width: int, height: int) -> bytes:
    """As a camera makes it: every pixel another, and lying on its side (Exif orientation 6)."""
    noise = np.random.default_rng(1).integers(0, 60, (height // 8, width // 8, 3), np.uint8)
    image = Image.fromarray(noise + np.array([190, 0, 0], np.uint8)).resize((width, height))
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(image, "JPEG", quality=95, exif=exif)


def file(name: str, data: bytes, kind: str = "image/png") -> dict[str, str]:
    return {"name": name, "type": kind, "bytes": base64.b64encode(data).decode()}


def upload(name: str, kind: str, data: bytes) -> FilePayload:
    return {"name": name, "mimeType": kind, "buffer": data}


def board(page: Page) -> Locator:
    return page.locator(".cr-board-stage")


def at(page: Page, x: float = 0.5, y: float = 0.5) -> list[float]:
    box = page.locator(".cr-board-sheet").bounding_box()
    assert box is not None
    return [box["x"] + x * box["width"], box["y"] + y * box["height"]]


def drop(page: Page, where: list[float], *files: dict[str, str]) -> None:
    page.evaluate(DROP, [where, list(files)])


def pictures(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate(RECORDS, "image")
    return found


def until(page: Page, true: Callable[[], bool], what: str) -> None:
    """Asks again and again: the page's policy lets nothing be evaluated inside it."""
    for _ in range(200):
        if true():
            return
        page.wait_for_timeout(50)
    raise AssertionError(what)


def count(page: Page, n: int) -> None:
    until(page, lambda: len(pictures(page)) == n, f"{len(pictures(page))} pictures, not {n}")


def reds(page: Page) -> int:
    shot = Image.open(io.BytesIO(board(page).screenshot())).convert("RGB")
    pixels = np.asarray(shot).astype(int)
    return int(((pixels[:, :, 0] > 150) & (pixels[:, :, 1] < 90)).sum())


def until_red(page: Page, least: int) -> None:
    until(page, lambda: reds(page) >= least, f"{reds(page)} red pixels, not {least}")


def test_a_dropped_picture_is_seen_by_both_and_taken_back_in_one_step(browser: Browser, teacher: api.Teacher) -> None:
    staff = enter(browser, teacher.staff_link, "Ada")
    student = enter(browser, teacher.link, "Bo")
    drop(staff, at(staff, 0.3, 0.4), file("red.png", red(400, 300)))
    count(staff, 1)
    count(student, 1)
    [one] = pictures(staff)
    assert (one["w"], one["h"]) == (400, 300)  # one pixel is one unit
    assert abs(one["x"] + 200 - 480) < 4
    assert abs(one["y"] + 150 - 360) < 4  # events have whole pixels
    scale = staff.locator(".cr-board-sheet").bounding_box()["width"] / 1600  # type: ignore[index]
    until_red(staff, int(0.9 * 120_000 * scale**2))
    until_red(student, int(0.9 * 120_000 * scale**2))
    keep(staff, "placed")
    keep(student, "placed-student")
    # Asked for quietly; what is answered is there for everyone.
    staff.get_by_role("toolbar").get_by_role("button", name="Describe this picture").click()
    staff.get_by_label("Describe this picture").last.fill("A red square")
    keep(staff, "describe")
    staff.keyboard.press("Enter")
    until(student, lambda: pictures(student)[0]["alt"] == "A red square", "no description")
    expect(board(student)).to_have_attribute("aria-label", re.compile("1 picture: A red square"))
    staff.get_by_role("toolbar").get_by_role("button", name="Describe this picture").click()
    expect(staff.get_by_label("Describe this picture").last).to_have_value("A red square")
    keep(staff, "selected")
    staff.keyboard.press("Escape")
    board(staff).focus()
    staff.keyboard.press("Control+z")  # the description
    staff.keyboard.press("Control+z")
    count(student, 0)
    staff.keyboard.press("Control+Shift+z")
    count(student, 1)
    staff.keyboard.press("Control+z")
    count(student, 0)
    staff.context.close()
    student.context.close()


def test_several_lie_side_by_side_fit_the_page_and_are_one_step(browser: Browser, teacher: api.Teacher) -> None:
    staff = enter(browser, teacher.staff_link, "Cy")
    with staff.expect_file_chooser() as chosen:
        board(staff).focus()
        staff.keyboard.press("i")
    chosen.value.set_files(
        [upload(f"{i}.png", "image/png", red(900, 700, (200 + 20 * i, 10, 10 * i))) for i in range(3)]
    )
    count(staff, 3)
    lying = sorted(pictures(staff), key=lambda one: one["x"])
    for left, right in pairwise(lying):
        assert left["x"] + left["w"] < right["x"]
        assert left["y"] == right["y"]
    assert lying[-1]["x"] + lying[-1]["w"] - lying[0]["x"] <= 1600 * 2 / 3 + 1
    assert all(abs(one["w"] / one["h"] - 9 / 7) < 0.01 for one in lying)
    keep(staff, "several")
    board(staff).focus()
    staff.keyboard.press("Control+z")
    count(staff, 0)
    staff.context.close()


def test_a_photo_of_twenty_megapixels_is_made_smaller_before_it_is_sent(browser: Browser, teacher: api.Teacher) -> None:
    staff = enter(browser, teacher.staff_link, "Di")
    student = enter(browser, teacher.link, "Ed")
    sent: list[int] = []
    fetched: list[str] = []
    staff.on("request", lambda r: sent.append(len(r.post_data_buffer or b"")) if r.method == "PUT" else None)
    student.on("request", lambda r: fetched.append(r.url) if "/assets/" in r.url else None)
    data = photo(5472, 3648)
    with staff.expect_file_chooser() as chosen:
        staff.get_by_role("button", name="Picture (I)").click()
    chosen.value.set_files([upload("IMG_1.jpg", "image/jpeg", data)])
    count(staff, 1)
    count(student, 1)
    [one] = pictures(student)
    assert one["h"] == 600  # two thirds of the page
    assert abs(one["w"] / one["h"] - 3648 / 5472) < 0.01  # upright
    assert len(sent) == 1
    assert sent[0] < len(data) / 2
    until_red(student, 30_000)
    keep(student, "photo-student")
    before = reds(student)
    for _ in range(3):
        student.mouse.move(*at(student))
        student.keyboard.down("Control")
        student.mouse.wheel(0, -240)
        student.keyboard.up("Control")
        student.wait_for_timeout(150)
    assert reds(student) > before
    assert sum(one["asset"] in url for url in fetched) == 1  # however closely it is looked at
    board(staff).focus()
    staff.keyboard.press("Control+z")
    count(student, 0)
    staff.context.close()
    student.context.close()


def test_a_drawing_comes_as_its_pixels_and_what_is_in_it_never_runs(browser: Browser, teacher: api.Teacher) -> None:
    staff = enter(browser, teacher.staff_link, "Flo")
    drop(staff, at(staff), file("plan.svg", SVG.encode(), "image/svg+xml"))
    count(staff, 1)
    [one] = pictures(staff)
    assert (one["w"], one["h"]) == (300, 200)
    assert staff.title() == "Pictures"
    board(staff).focus()
    staff.keyboard.press("Control+z")
    count(staff, 0)
    staff.context.close()


def test_what_is_no_picture_is_said_and_leaves_nothing(browser: Browser, teacher: api.Teacher) -> None:
    staff = enter(browser, teacher.staff_link, "Gil")
    noise = np.random.default_rng(2).integers(0, 255, (300, 400, 3), np.uint8)
    whole = encoded(Image.fromarray(noise))
    toast = staff.locator(".cr-toast")
    for name, data, kind in (
        ("notes.png", b"these are words", "image/png"),
        ("cut.png", whole[: len(whole) // 2], "image/png"),
        ("photo.heic", b"\0\0\0\x18ftypheic" + bytes(200), "image/heic"),
    ):
        drop(staff, at(staff), file(name, data, kind))
        expect(toast).to_have_text(f"{name} could not be read. Save it as JPEG or PNG and drop it again.")
        keep(staff, "unreadable")
    drop(staff, at(staff), file("song.mp3", b"ID3", "audio/mpeg"))
    advice = "Choose a picture, a PDF, or a file of Excalidraw or tldraw."
    expect(toast).to_have_text(f"song.mp3 cannot be shown on the board. {advice}")
    expect(staff.locator(".cr-board-chip")).to_have_count(0)
    assert pictures(staff) == []
    # One that is none beside one that is: the good one is placed.
    drop(staff, at(staff), file("bad.png", b"no"), file("good.png", red(100, 100)))
    count(staff, 1)
    board(staff).focus()
    staff.keyboard.press("Control+z")
    count(staff, 0)
    staff.context.close()


def test_sending_shows_how_far_it_is_and_can_be_stopped(browser: Browser, teacher: api.Teacher) -> None:
    staff = enter(browser, teacher.staff_link, "Hal")
    student = enter(browser, teacher.link, "Ina")
    staff.route("**/assets/new", lambda route: None)  # as on a line that has stalled
    drop(staff, at(staff), file("red.png", red(600, 400)))
    chip = staff.get_by_role("progressbar")
    expect(chip).to_be_visible()
    expect(chip).to_contain_text(re.compile(r"Sending \d+%"))
    shot = np.asarray(Image.open(io.BytesIO(board(staff).screenshot())).convert("RGB")).astype(int)
    pale = (shot[:, :, 0] > 220) & (abs(shot[:, :, 1] - 137) < 12)  # at half strength
    assert pale.sum() > 20_000
    keep(staff, "sending")
    staff.emulate_media(color_scheme="dark")
    staff.wait_for_timeout(200)
    keep(staff, "sending-dark")
    staff.emulate_media(color_scheme="light")
    # It stays with its place when the view moves.
    before = chip.bounding_box()
    board(staff).focus()
    staff.keyboard.press("ArrowLeft")
    staff.wait_for_timeout(100)
    after = chip.bounding_box()
    assert before
    assert after
    assert abs(after["x"] - before["x"] - 80) <= 1
    chip.get_by_role("button", name="Cancel").click()
    expect(chip).to_have_count(0)
    staff.wait_for_timeout(100)
    assert pictures(staff) == []
    assert pictures(student) == []
    shot = np.asarray(Image.open(io.BytesIO(board(staff).screenshot())).convert("RGB")).astype(int)
    assert ((shot[:, :, 0] > 220) & (abs(shot[:, :, 1] - 137) < 12)).sum() < 500
    staff.unroute("**/assets/new")
    staff.route("**/assets/new", lambda route: route.abort())
    drop(staff, at(staff), file("red.png", red(600, 400)))
    expect(staff.locator(".cr-toast")).to_have_text(
        "You are offline, so the picture was not sent. Drop it again when you are back."
    )
    assert pictures(staff) == []
    staff.context.close()
    student.context.close()


def test_a_picture_that_has_not_come_is_grey_and_one_that_is_broken_says_so(
    browser: Browser, teacher: api.Teacher
) -> None:
    staff = enter(browser, teacher.staff_link, "Jo")
    student = enter(browser, teacher.link, "Kim")
    held: list[Any] = []
    student.route("**/assets/*", lambda route: held.append(route))
    drop(staff, at(staff), file("red.png", red(600, 400, (230, 10, 10))))
    count(student, 1)
    until(student, lambda: bool(held), "nothing was asked for")
    x, y = at(student)

    def is_grey() -> bool:
        shot = Image.open(io.BytesIO(student.screenshot())).convert("RGB")
        r, g, b = shot.getpixel((int(x), int(y)))  # type: ignore[misc]
        return max(r, g, b) - min(r, g, b) < 12 and 215 < r < 250

    until(student, is_grey, "nothing stands in for the picture")
    keep(student, "placeholder")
    for route in held:
        route.continue_()
    student.unroute("**/assets/*")
    until_red(student, 20_000)
    # Now one whose bytes are no picture here.
    student.route("**/assets/*", lambda route: route.fulfill(body=b"nothing", content_type="image/png"))
    drop(staff, at(staff), file("other.png", red(640, 400, (240, 12, 12))))
    count(student, 2)
    until(student, lambda: reds(student) < 500, "the broken picture does not cover the other")
    student.wait_for_timeout(200)
    keep(student, "broken")

    def says_so() -> bool:
        light = np.asarray(Image.open(io.BytesIO(student.screenshot())).convert("L")).astype(int)
        return int((light[int(y) - 8 : int(y) + 8, int(x) - 60 : int(x) + 60] < 190).sum()) > 100

    until(student, says_so, "the broken picture says nothing")
    for _ in range(2):
        board(staff).focus()
        staff.keyboard.press("Control+z")
    count(staff, 0)
    staff.context.close()
    student.context.close()


def test_pasting_a_picture_puts_it_in_the_middle_of_what_is_seen(browser: Browser, teacher: api.Teacher) -> None:
    student = enter(browser, teacher.link, "Lou")
    board(student).focus()
    student.evaluate(PASTE, file("image.png", red(200, 100)))
    count(student, 1)
    [one] = pictures(student)
    assert abs(one["x"] + 100 - 800) < 2
    assert abs(one["y"] + 50 - 450) < 2
    assert one["author"] == teacher.wait_for(lambda t: next(p.id for p in t.people if p.name == "Lou"), 10)
    board(student).focus()
    student.keyboard.press("Control+z")
    count(student, 0)
    student.context.close()


def test_who_may_not_draw_is_offered_nothing_and_a_forged_record_is_refused(
    browser: Browser, teacher: api.Teacher
) -> None:
    staff = enter(browser, teacher.staff_link, "Max")
    student = enter(browser, teacher.link, "Nia")
    drop(staff, at(staff), file("red.png", red(300, 200)))
    count(student, 1)
    [one] = pictures(student)
    teacher.draw = "none"
    expect(student.get_by_role("button", name="Picture (I)")).to_have_count(0)
    student.evaluate("window.holdDrop = true")
    drop(student, at(student), file("mine.png", red(300, 200)))
    expect(student.locator(".cr-drop")).to_have_text("Only staff draw now")
    keep(student, "drop-no")
    student.evaluate("window.holdDrop = false")
    drop(student, at(student), file("mine.png", red(300, 200)))
    expect(student.locator(".cr-drop")).to_have_count(0)
    student.evaluate(PASTE, file("mine.png", red(300, 200)))
    board(student).focus()
    student.keyboard.press("i")
    student.wait_for_timeout(300)
    assert len(pictures(student)) == 1
    # Past the browser's courtesy: the server says no, and the table is as it was.
    refused = student.evaluate(
        """({page, asset}) => new Promise(done => {
          const session = document.querySelector('[data-classroom]').classroom;
          session.on('refused', ({code}) => done(code));
          const record = {type: 'image', id: session.newId(), author: '', time: 0, page, z: 'a5', transform: null,
            copy: '', group: '', locked: false, x: 0, y: 0, w: 100, h: 100, asset, alt: ''};
          session.change([{op: 'put', record}]);
        })""",
        {"page": one["page"], "asset": one["asset"]},
    )
    assert refused == "draw-locked"
    count(student, 1)
    count(staff, 1)
    teacher.draw = "all"
    board(staff).focus()
    staff.keyboard.press("Control+z")
    count(staff, 0)
    staff.context.close()
    student.context.close()


def test_the_place_to_drop_is_shown(browser: Browser, teacher: api.Teacher) -> None:
    for link, words in (
        (teacher.staff_link, "Drop pictures or a PDF here"),
        (teacher.link, "Drop pictures here"),
    ):
        page = enter(browser, link, words[-9:])
        page.evaluate("window.holdDrop = true")
        drop(page, at(page), file("red.png", red(300, 200)))
        expect(page.locator(".cr-drop")).to_have_text(words)
        keep(page, "drop")
        page.emulate_media(color_scheme="dark")
        page.wait_for_timeout(200)
        keep(page, "drop-dark")
        page.context.close()


def test_on_a_phone_a_picture_is_chosen_or_taken(browser: Browser, teacher: api.Teacher) -> None:
    phone = enter(
        browser,
        teacher.link,
        "Oli",
        viewport={"width": 390, "height": 780},
        has_touch=True,
        is_mobile=True,
        device_scale_factor=2,
    )
    phone.get_by_role("button", name="Draw").tap()
    more = phone.get_by_role("button", name="More tools")
    more.tap()
    keep(phone, "phone-menu")
    with phone.expect_file_chooser() as camera:
        phone.get_by_role("button", name="Take a photo").tap()
    assert camera.value.element.get_attribute("capture") == "environment"
    assert not camera.value.is_multiple()
    camera.value.set_files([upload("now.jpg", "image/jpeg", photo(1600, 1200))])
    count(phone, 1)
    phone.wait_for_timeout(400)
    keep(phone, "phone-placed")
    more.tap()
    with phone.expect_file_chooser() as library:
        phone.get_by_role("button", name="Choose pictures").tap()
    assert library.value.is_multiple()
    phone.get_by_role("button", name="Undo").first.tap()
    count(phone, 0)
    phone.context.close()
