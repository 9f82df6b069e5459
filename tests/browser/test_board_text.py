"""Texts and notes on the board, in a real browser: written by mouse, keyboard and finger, judged by records and pixels.

The page (`pages/board.ts`) has the real board over a session in memory; it is served with the board's own fonts. Pictures
are kept where CLASSROOM_SHOTS names a folder.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Route

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
        page.goto(f"{SITE}board.html#served&{fragment}")
        settle(page)
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


def written(page: Page, count: int | None = None) -> list[dict[str, Any]]:
    """Texts and notes on the first page; waits until there are `count`."""
    if count is not None:
        page.wait_for_function(
            "count => session.table.onPage('page1').filter(r => r.type === 'text' || r.type === 'note').length === count",
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


def test_a_click_and_words_make_a_text_in_one_step_of_undo(board: Open) -> None:
    page = board()
    page.mouse.move(500, 300)
    begin(page, "t", 200, 150)
    pixels(page, "begun")
    page.keyboard.type("Hello **world** and `code` *now*")
    pixels(page, "writing")
    assert written(page) == []
    page.keyboard.press("Escape")
    (text,) = written(page, 1)
    settle(page)
    pixels(page, "finished")
    assert text["text"] == "Hello **world** and `code` *now*"
    assert text["w"] == 0 and text["size"] == 32
    print(json.dumps(text["lines"]))
