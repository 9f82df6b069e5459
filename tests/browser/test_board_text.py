"""Texts and notes on the board, in a real browser: written by mouse, keyboard and finger, judged by records and pixels.

The page (`pages/board.ts`) has the real board over a session in memory; it is served with the board's own fonts.
Pictures are kept where CLASSROOM_SHOTS names a folder.
"""

from __future__ import annotations

import io
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, Route, expect

from hatch_build import node_commands

ROOT = Path(__file__).parents[2]
ESBUILD = ROOT / "labextension" / "node_modules" / "esbuild" / "bin" / "esbuild"
FONTS = ROOT / "classroom" / "static" / "fonts" / "board"
SITE = "http://board.test/"
pytestmark = pytest.mark.browser

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built page."""
    if not ESBUILD.exists() or not FONTS.exists():
        pytest.skip("the browser's part has not been installed and built (npm ci, node build.mjs in labextension)")
    out = tmp_path_factory.mktemp("text")
    source = ROOT / "tests" / "browser" / "pages"
    options = ["--bundle", "--format=iife", f"--outdir={out}", "--log-level=error"]
    node, _, env = node_commands()
    subprocess.run([node, str(ESBUILD), str(source / "board.ts"), *options], env=env, check=True, timeout=60)
    (out / "board.html").write_text((source / "board.html").read_text().replace('type="module" src', "defer src"))
    return out


@pytest.fixture
def board(browser: Browser, site: Path) -> Iterator[Open]:
    """Opens the page: `board("theme=dark", touch=True)`; fails when anything was thrown in it."""
    contexts = []
    errors: list[str] = []

    def serve(route: Route) -> None:
        path = route.request.url.removeprefix(SITE).split("#")[0].split("?")[0]
        file = FONTS / path.removeprefix("fonts/") if path.startswith("fonts/") else site / path
        if file.is_file():
            route.fulfill(path=file)
        else:
            route.fulfill(status=404, body="")

    def opened(fragment: str = "", width: int = 1000, height: int = 620, touch: bool = False, ratio: float = 1) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height}, has_touch=touch, device_scale_factor=ratio
        )
        contexts.append(context)
        context.route(f"{SITE}**", serve)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.set_default_timeout(8000)
        page.goto(f"{SITE}board.html#served&{fragment}")
        settle(page)
        page.evaluate("board.focus()")  # keys are the board's from here on
        return page

    yield opened
    for context in contexts:
        context.close()
    assert errors == []


def settle(page: Page) -> None:
    page.evaluate("settled()")


def pixels(page: Page, name: str = "") -> np.ndarray[Any, Any]:
    """The window as (height, width, 3) integers."""
    shot = page.screenshot()
    folder = os.environ.get("CLASSROOM_SHOTS")
    if folder and name:
        (Path(folder) / f"text-{name}.png").write_bytes(shot)
    return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")).astype(int)


def away(page: Page) -> None:
    """The pointer leaves the page, and the board shows no ring: neither is part of a picture."""
    page.mouse.move(2, 2)
    page.evaluate("document.querySelector('.cr-board-stage').classList.add('by-hand')")
    settle(page)


def written(page: Page, count: int | None = None) -> list[dict[str, Any]]:
    """Texts and notes on the first page; waits until there are `count`."""
    if count is not None:
        page.wait_for_function(
            "n => session.table.onPage('page1').filter(r => r.type === 'text' || r.type === 'note').length === n",
            arg=count,
        )
    found: list[dict[str, Any]] = page.evaluate(
        "session.table.onPage('page1').filter(r => r.type === 'text' || r.type === 'note')"
    )
    return found


def begin(page: Page, tool: str, x: float, y: float) -> None:
    page.keyboard.press(tool)
    page.mouse.click(x, y)
    page.wait_for_selector(".cr-write__area")


def write(page: Page, words: str, x: float = 200, y: float = 150, tool: str = "t") -> None:
    """A text or note, kept by Escape."""
    begin(page, tool, x, y)
    page.keyboard.insert_text(words)
    page.keyboard.press("Escape")
    settle(page)


def runs(record: dict[str, Any]) -> list[str]:
    return [run[3] for line in record["lines"] for run in line[2]]


def tool(page: Page) -> str:
    return str(page.evaluate("board.state.tool"))


def area(page: Page) -> Locator:
    """The field that is open; what is kept as soon as its fonts are here may still be seen."""
    return page.locator(".cr-write:not(.cr-write--done) .cr-write__area")


def test_a_click_and_words_make_a_text_in_one_step_of_undo(board: Open) -> None:
    page = board()
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.mouse.move(500, 300)
    page.keyboard.press("t")
    settle(page)
    assert fetched == []  # no font before the first text
    begin(page, "t", 200, 150)
    page.keyboard.type("Help **me** now")
    assert tool(page) == "text"  # e, h, l, m, n, p and w are the board's keys elsewhere
    pixels(page, "writing")
    assert written(page) == []
    page.keyboard.press("Escape")
    (text,) = written(page, 1)
    away(page)
    pixels(page, "finished")
    assert any(url.endswith("noto-sans-latin-700-normal.woff2") for url in fetched)
    assert (text["text"], text["w"], text["size"], text["author"]) == ("Help **me** now", 0, 32, "p1")
    assert [run[2:] for run in text["lines"][0][2]] == [["", "Help "], ["b", "me"], ["", " now"]]
    page.keyboard.press("Control+z")
    assert written(page) == []
    page.keyboard.press("Control+Shift+z")
    assert written(page, 1)[0]["text"] == "Help **me** now"


def test_what_is_kept_stands_where_it_was_written(board: Open) -> None:
    page = board(ratio=2)
    begin(page, "t", 300, 200)
    page.keyboard.insert_text("Plain words\nin two lines")
    page.add_style_tag(
        content=".cr-write__paper::before { display: none } .cr-write__area { caret-color: #0000 !important }"
    )
    page.mouse.move(2, 2)
    page.evaluate("document.fonts.ready")
    writing = pixels(page)
    page.keyboard.press("Escape")
    written(page, 1)
    page.add_style_tag(content=".cr-board-stage::after { display: none }")
    settle(page)
    finished = pixels(page)
    ink = finished.max(axis=2) < 128
    assert ink.sum() > 1500
    # Letters of both pictures lie on each other: a shift by a pixel of this screen leaves a sixth of them bare.
    assert (writing.max(axis=2)[ink] > 200).mean() < 0.08


def test_a_drag_sets_how_wide_lines_are(board: Open) -> None:
    page = board()
    page.keyboard.press("t")
    page.mouse.move(200, 200)
    page.mouse.down()
    page.mouse.move(300, 210, steps=4)
    page.mouse.move(400, 215, steps=4)
    pixels(page, "dragging")
    page.mouse.up()
    page.keyboard.insert_text("The quick brown fox jumps over the lazy dog")
    pixels(page, "box")
    page.keyboard.press("Control+Enter")
    (text,) = written(page, 1)
    assert abs(text["w"] - 200 / page.evaluate("board.state.zoom")) < 1
    assert len(text["lines"]) >= 3
    assert all(run[0] + run[1] <= text["w"] + 0.1 for line in text["lines"] for run in line[2])
    assert abs(text["h"] - len(text["lines"]) * 32 * 1.35) < 0.1


def test_nothing_written_leaves_nothing(board: Open) -> None:
    page = board()
    begin(page, "t", 200, 150)
    page.keyboard.press("Escape")
    begin(page, "n", 200, 150)
    page.keyboard.insert_text("  \n ")
    page.keyboard.press("Escape")
    assert written(page) == []
    assert page.evaluate("session.changes.length") == 0
    assert not page.evaluate("board.state.canUndo")


def test_a_text_is_opened_again_changed_and_emptied(board: Open) -> None:
    page = board()
    write(page, "first")
    page.mouse.click(215, 152)  # with the text tool
    expect(area(page)).to_have_value("first")
    assert page.evaluate("board.picture.scene.get(session.table.onPage('page1')[0].id).hidden")
    page.keyboard.insert_text(" words")
    page.mouse.click(700, 400)  # elsewhere: kept, and nothing begins there
    (text,) = written(page, 1)
    assert text["text"] == "first words"
    expect(area(page)).to_have_count(0)
    page.keyboard.press("m")
    page.mouse.dblclick(215, 152)  # with the hand
    expect(area(page)).to_have_value("first words")
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.press("Escape")
    assert written(page) == []
    for left in ("first words", "first"):
        page.keyboard.press("Control+z")
        assert [t["text"] for t in written(page)] == [left]
    settle(page)
    assert not page.evaluate("board.picture.scene.get(session.table.onPage('page1')[0].id).hidden")


def test_opening_and_closing_changes_nothing(board: Open) -> None:
    page = board()
    write(page, "as it is")
    changes = page.evaluate("session.changes.length")
    assert page.evaluate("board.edit(session.table.onPage('page1')[0].id)")
    page.keyboard.press("Escape")
    assert page.evaluate("session.changes.length") == changes


def test_keys_make_bold_and_lists_go_on(board: Open) -> None:
    page = board()
    begin(page, "t", 200, 150)
    page.keyboard.insert_text("word")
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+b")
    expect(area(page)).to_have_value("**word**")
    page.keyboard.press("Control+i")
    expect(area(page)).to_have_value("***word***")
    page.keyboard.press("Control+z")
    expect(area(page)).to_have_value("**word**")  # the field's own undo
    page.keyboard.press("Control+b")
    expect(area(page)).to_have_value("word")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.keyboard.type("- one")
    page.keyboard.press("Enter")
    page.keyboard.type("two")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.keyboard.type("end")
    expect(area(page)).to_have_value("word\n- one\n- two\nend")
    page.keyboard.press("Escape")
    (text,) = written(page, 1)
    assert runs(text) == ["word", "•", "one", "•", "two", "end"]


def test_colour_and_size_are_chosen_before_and_while_writing(board: Open) -> None:
    page = board()
    page.keyboard.press("t")
    page.evaluate("board.setColour('red'); board.setText({size: 48, align: 'right'})")
    write(page, "red\nand large", 400, 150)
    begin(page, "t", 400, 400)
    page.keyboard.insert_text("blue")
    page.evaluate("board.setColour('blue'); board.setText({size: 22})")
    page.keyboard.press("Escape")
    first, second = written(page, 2)
    assert (first["colour"], first["size"], first["align"]) == ("red", 48, "right")
    assert first["lines"][0][2][0][0] > 0
    assert (second["colour"], second["size"]) == ("blue", 22)
    page.keyboard.press("]")
    assert page.evaluate("board.state.textSize") == 32


def test_notes_are_written_at_once_and_tab_makes_the_next(board: Open) -> None:
    page = board("", 1200, 740)
    page.keyboard.press("n")
    page.mouse.move(250, 220)
    page.mouse.down()
    pixels(page, "note-ghost")
    page.mouse.up()
    for words in ("One **idea**", "Another", "A third with many words: " + "so on and so forth " * 12):
        expect(area(page)).to_be_focused()
        page.keyboard.insert_text(words)
        if words == "Another":
            pixels(page, "note-writing")
        page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    one, two, three = sorted(written(page, 3), key=lambda note: float(note["x"]))
    away(page)
    pixels(page, "notes")
    assert [(n["w"], n["colour"], n["type"]) for n in (one, two, three)] == [(240, "amber", "note")] * 3
    assert (two["x"] - one["x"], two["y"]) == (264, one["y"])
    assert one["lines"][0][1] == 28
    assert three["lines"][0][1] < 28  # smaller, until it fits
    assert three["h"] == 240 or three["lines"][0][1] == 12
    for _ in range(3):
        page.keyboard.press("Control+z")
    assert written(page) == []


def test_many_notes_in_every_colour_light_and_dark(board: Open) -> None:
    for theme in ("light", "dark"):
        page = board(f"theme={theme}", 1200, 740)
        for i, colour in enumerate(("ink", "grey", "red", "amber", "green", "sky", "blue", "magenta")):
            page.keyboard.press("n")
            page.evaluate("colour => board.setColour(colour)", colour)
            write(page, f"# {colour}\n- point\n- **bold** `x`", 160 + 280 * (i % 4), 220 + 260 * (i // 4), "n")
        notes = written(page, 8)
        assert len({note["colour"] for note in notes}) == 8
        away(page)
        shot = pixels(page, f"notes-{theme}")
        sheets = {tuple(shot[300 + 260 * (i // 4), 235 + 280 * (i % 4)]) for i in range(8)}
        assert len(sheets) == 8


def test_a_lock_in_the_middle_takes_no_word(board: Open) -> None:
    page = board("role=student")
    begin(page, "t", 200, 150)
    page.keyboard.insert_text("half a sent")
    page.evaluate("session.setLocked(true)")
    assert area(page).evaluate("node => node.readOnly")
    page.keyboard.press("Escape")
    page.mouse.click(700, 400)
    expect(area(page)).to_have_value("half a sent")
    assert written(page) == []
    pixels(page, "locked")
    page.evaluate("session.setLocked(false)")
    assert not area(page).evaluate("node => node.readOnly")
    area(page).focus()
    page.keyboard.insert_text("ence")
    page.keyboard.press("Escape")
    assert written(page, 1)[0]["text"] == "half a sentence"


def test_words_that_were_refused_come_back(board: Open) -> None:
    page = board("role=student")
    put = (
        "({op: 'put', record: make({type: 'text', id: 'x', page: 'page1', z: 'a', x: 300, y: 300, text: 'not lost'})})"
    )
    page.evaluate(f"session.refuse([{put}], 'quota')")
    expect(area(page)).to_have_value("not lost")
    page.keyboard.press("Escape")
    expect(area(page)).to_have_value("not lost")
    page.keyboard.press("End")
    page.keyboard.insert_text("!")
    page.keyboard.press("Escape")
    assert written(page, 1)[0]["text"] == "not lost!"


def test_a_text_that_was_taken_away_meanwhile_is_put_anew(board: Open) -> None:
    page = board()
    write(page, "mine")
    page.evaluate("board.edit(session.table.onPage('page1')[0].id)")
    page.keyboard.insert_text(" still")
    page.evaluate("session.apply([{op: 'remove', ids: [session.table.onPage('page1')[0].id]}])")
    page.keyboard.press("Escape")
    assert written(page, 1)[0]["text"] == "mine still"


def test_going_to_another_page_keeps_what_is_written(board: Open) -> None:
    page = board()
    begin(page, "t", 200, 150)
    page.keyboard.insert_text("on the first")
    page.evaluate("board.goTo('page2')")
    expect(area(page)).to_have_count(0)
    assert written(page, 1)[0]["page"] == "page1"


def test_a_student_opens_only_their_own(board: Open) -> None:
    page = board("role=student")
    page.evaluate(
        "session.apply([{op: 'put', record: make({type: 'text', id: 'theirs', page: 'page1', z: 'a', x: 300, y: 220,"
        " author: 'p1', text: 'theirs', h: 43, lines: [[32, 32, [[0, 100, '', 'theirs']]]]})}])"
    )
    assert not page.evaluate("board.edit('theirs')")
    x, y = page.evaluate(
        "(() => { const v = board.view ?? board.camera.view; return [350 * v.zoom + v.x, 240 * v.zoom + v.y]; })()"
    )
    page.keyboard.press("t")
    page.mouse.click(x, y)
    expect(area(page)).to_have_value("")  # a new one begins there
    page.keyboard.press("Escape")
    page.evaluate("session.setLocked(true)")
    settle(page)
    page.mouse.click(x, y)
    expect(area(page)).to_have_count(0)


def test_who_else_is_writing_is_shown_and_said(board: Open) -> None:
    page = board()
    write(page, "shared")
    page.evaluate("session.say('p2', {editing: session.table.onPage('page1')[0].id})")
    settle(page)
    tag = page.locator(".cr-writer")
    expect(tag).to_have_count(1)
    expect(tag).to_contain_text("Tomás")
    pixels(page, "tag")
    page.evaluate("board.edit(session.table.onPage('page1')[0].id)")  # shown, never locked
    expect(area(page)).to_have_value("shared")
    assert page.evaluate("session.shown.at(-1).editing === session.table.onPage('page1')[0].id")
    page.keyboard.press("Escape")
    assert page.evaluate("session.shown.at(-1).editing") == ""
    page.evaluate("session.say('p2', {editing: ''})")
    expect(tag).to_have_count(0)


def test_a_finger_writes_and_two_fingers_do_not(board: Open) -> None:
    page = board("", 390, 700, touch=True, ratio=2)
    page.evaluate("board.setTool('text')")
    page.touchscreen.tap(100, 330)
    expect(area(page)).to_be_focused()
    page.keyboard.insert_text("by thumb")
    pixels(page, "phone")
    page.touchscreen.tap(300, 390)
    assert written(page, 1)[0]["text"] == "by thumb"
    cdp = page.context.new_cdp_session(page)
    for kind, points in (
        ("touchStart", [(100, 300)]),
        ("touchStart", [(100, 300), (200, 350)]),
        ("touchMove", [(90, 290), (220, 360)]),
        ("touchEnd", []),
    ):
        touches = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]
        cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})
    settle(page)
    expect(area(page)).to_have_count(0)


def test_scripts_of_all_directions(board: Open) -> None:
    page = board("", 1200, 740)
    lines = [
        "שלום **עולם** 12 abc",
        "مرحبا *بالعالم* code",
        "नमस्ते दुनिया",
        "Ελληνικά, Кириллица, tiếng Việt",
        "ẞ ∑ → ≤ ℝ",
    ]
    page.keyboard.press("t")
    page.mouse.move(150, 120)
    page.mouse.down()
    page.mouse.move(700, 130, steps=5)
    page.mouse.up()
    page.keyboard.insert_text("\n".join(lines))
    pixels(page, "scripts-writing")
    page.keyboard.press("Escape")
    (text,) = written(page, 1)
    page.wait_for_timeout(300)
    away(page)
    pixels(page, "scripts")
    assert len(text["lines"]) == 5
    for line, low in zip(text["lines"], (True, True, False, False, False), strict=True):
        right = max(run[0] + run[1] for run in line[2])
        assert (right > text["w"] - 1) is low
    loaded = page.evaluate("[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family)")
    assert {"Classroom Sans Hebrew", "Classroom Sans Arabic", "Classroom Sans Devanagari"} <= {
        f.strip('"') for f in loaded
    }


def test_hostile_records_are_drawn_inside_their_boxes(board: Open) -> None:
    page = board()
    page.evaluate(
        """() => {
          const base = {type: 'text', page: 'page1', z: 'a', author: 'p2', x: 100, y: 100, text: 'x'};
          const path = 'M0 0L90000 0L90000 90000L0 90000Z' + 'M LQ Z C 1 '.repeat(50);
          const odd = [
            {lines: [[32, 32, [[0, 10, '', 'W'.repeat(4000)]]]], h: 40},
            {lines: [[1e7, 1000, [[-1e7, 1e6, 'b', 'far']]]], h: 1e6},
            {lines: [[32, 32, [[0, 40, 'math', 'x']]]], formulas: [
              {source: 'x', display: false, width: 1, ascent: 1, descent: 1, path}], h: 40},
            {lines: [[32, 32, [[0, 20, 'math', 'nothing']]]]},
            {lines: [], transform: [0, 0, 0, 0, 0, 0]},
          ];
          session.apply(odd.map((one, i) => ({op: 'put', record: make({...base, ...one, id: `odd${i}`})})));
        }"""
    )
    settle(page)
    away(page)
    shot = pixels(page)
    assert (shot[400:560, 600:960].max(axis=2) < 128).sum() == 0
    assert page.evaluate("board.state.page") == "page1"


def test_a_thumbnail_shows_words(board: Open) -> None:
    page = board()
    write(page, "# Thumb")
    dark = page.evaluate(
        """async () => {
          const canvas = Object.assign(document.createElement('canvas'), {width: 320, height: 180});
          await board.renderThumbnail('page1', canvas);
          const {data} = canvas.getContext('2d').getImageData(0, 0, 320, 180);
          let count = 0;
          for (let i = 0; i < data.length; i += 4) if (data[i] < 128) count++;
          return count;
        }"""
    )
    assert dark > 60


def test_a_record_that_says_more_than_a_text_can_is_painted_as_bars(board: Open) -> None:
    """One outline named by thousands of runs would hold up everyone's window for minutes."""
    page = board()
    filled = page.evaluate(
        """async () => {
          let paths = 0;
          const fill = CanvasRenderingContext2D.prototype.fill;
          CanvasRenderingContext2D.prototype.fill = function (...how) {
            if (how[0] instanceof Path2D) paths++;  // counted, not painted: the test ends whatever happens
            else fill.apply(this, how);
          };
          const zigzag = Array.from({length: 4500}, (_, i) => `L${i * 7919 % 1000} ${i * 104729 % 1000}`);
          const path = `M0 0${zigzag.join('')}Z`;
          const formula = {source: 'x', display: false, width: 1, ascent: 1, descent: 0, path};
          const lines = Array.from({length: 75}, (_, i) =>
            [12 * i, 32, Array.from({length: 200}, (_, j) => [8 * j, 8, 'math', 'x'])]);
          const text = make({type: 'text', id: 'lie', page: 'page1', z: 'a1', x: 0, y: 0, text: 'x', lines,
            formulas: [formula], author: 'p2'});
          session.load([...['class', 'person', 'page'].flatMap(type => session.table.ofType(type)), text]);
          await settled();
          return paths;
        }"""
    )
    # It lies in at most eight tiles, and each paints no more of it than a text may cost.
    assert 0 < filled < 1_000
