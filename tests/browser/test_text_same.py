"""Words in an export are those on screen: measured, broken and drawn alike, in every script the documents name.

The browser lays out and draws with the board's own modules and the fonts as they are built; the exporter with its own.
"""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from playwright.sync_api import Page as Window
from playwright.sync_api import Route
from skimage.metrics import structural_similarity

from classroom.core.messages import Put
from classroom.core.records import PALETTE, Note, Page, Record, TextBox, type_of
from classroom.core.table import Table
from classroom.render import export, typeset
from classroom.render.fonts import fonts
from classroom.render.palette import Theme
from hatch_build import node_commands
from tests.browser.test_render_same import SOURCES, picture
from tests.render.test_written import SCRIPTS

ROOT = Path(__file__).resolve().parents[2]
FONTS = ROOT / "classroom" / "static" / "fonts" / "board"
SITE = "http://board.test/"
LOOKS = ("", "b", "i", "bi", "code")

PAINTER = """
import { Inks } from "./src/board/colour";
import { Words } from "./src/board/text/draw";
import { fontsAt } from "./src/board/text/fonts";
import { layText } from "./src/board/text/layout";

const fonts = fontsAt("/fonts/");

export async function measure(all) {
  await fonts.load(all);
  return all.map(([words, look]) => fonts.measure(words, look, 100));
}

export async function lines(text, w, size, align, formulas, looks) {
  await fonts.load(looks.map((look) => [text, look]));
  const known = new Map(formulas.map((one) => [JSON.stringify([one.source, one.display]), one]));
  const find = (source, display) => known.get(JSON.stringify([source, display]));
  return layText({ text, w, size, align }, find, (words, look, at) => fonts.measure(words, look, at));
}

export async function paint(page, things, theme, scale) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(page.width * scale);
  canvas.height = Math.round(page.height * scale);
  const inks = new Inks(document.body, theme);
  const context = canvas.getContext("2d");
  context.fillStyle = inks.board;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  const words = new Words(fonts);
  await words.ready(things);
  for (const thing of things) words.draw(context, inks, thing);
  return canvas.toDataURL("image/png");
}
"""


@pytest.fixture(scope="module")
def painter() -> str:
    """The board's modules as one script, which sets `board`."""
    if not (SOURCES / "node_modules" / "esbuild").is_dir():
        pytest.skip("the front end's build tools are not installed")
    node, _, env = node_commands()
    options = ["--bundle", "--format=iife", "--global-name=board", "--loader=ts", "--log-level=error"]
    done = subprocess.run(
        [node, str(SOURCES / "node_modules" / "esbuild" / "bin" / "esbuild"), *options],
        cwd=SOURCES, env=env, input=PAINTER, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def open_board(window: Window, painter: str, theme: Theme = "light") -> None:
    def serve(route: Route) -> None:
        name = route.request.url.removeprefix(SITE)
        if name.startswith("fonts/"):
            route.fulfill(path=FONTS / name.removeprefix("fonts/"))
        else:
            route.fulfill(body=f'<!doctype html><html lang="en" data-theme="{theme}"><body></body></html>')

    window.route(f"{SITE}**", serve)
    window.goto(SITE)
    window.add_style_tag(content=(SOURCES / "style" / "tokens.css").read_text())
    window.add_script_tag(content=painter)


@pytest.mark.browser
def test_words_are_as_wide_in_both(page: Window, painter: str) -> None:
    open_board(page, painter)
    cases = [(word, look) for words in SCRIPTS.values() for word in [words, *words.split()] for look in LOOKS]
    theirs = page.evaluate("all => board.measure(all)", cases)
    ours = [fonts().measure(word, look, 100) for word, look in cases]  # type: ignore[arg-type]
    assert len(cases) > 200
    wrong = [
        (case, one, other)
        for case, one, other in zip(cases, ours, theirs, strict=True)
        if abs(one - other) > 0.05 + 0.0005 * one
    ]
    assert not wrong, wrong[:20]


TEXTS = [
    "# Eigenvalues\nThe quick **brown fox** *jumps* over the `lazy(dog)` — “quoted”, 12.5 % & ***more***, $x^2$.",
    "- " + SCRIPTS["greek"] + "\n  1. " + SCRIPTS["cyrillic"],
    SCRIPTS["arabic"] + " with English (12.5%) inside. **" + SCRIPTS["hebrew"] + "**",
    SCRIPTS["devanagari"] + "\n" + SCRIPTS["math"] + "\n" + SCRIPTS["latin"],
    "```\ndef f(x):\n    return x**2  # Ελλ, Кир\n```\n$$\\int_0^1 x\\,dx$$",
]


@pytest.mark.browser
def test_lines_are_broken_alike(page: Window, painter: str) -> None:
    open_board(page, painter)
    for text in TEXTS:
        for w, align in ((0, "left"), (300, "left"), (520, "centre")):
            ours = typeset.text(text, w, 32, align)
            theirs = page.evaluate(
                "([text, w, align, formulas, looks]) => board.lines(text, w, 32, align, formulas, looks)",
                [text, w, align, msgspec.to_builtins(ours.formulas), LOOKS],
            )
            said = [[(look, words) for _, _, look, words in runs] for _, _, runs in ours.lines]
            assert said == [[(look, words) for _, _, look, words in runs] for _, _, runs in theirs["lines"]]
            for (baseline, size, runs), (base, their_size, their_runs) in zip(ours.lines, theirs["lines"], strict=True):
                assert (baseline, size) == pytest.approx((base, their_size), abs=0.02)
                for (x, advance, *_), (left, wide, *_) in zip(runs, their_runs, strict=True):
                    assert (x, advance) == pytest.approx((left, wide), abs=0.4)


def whole(record: Record) -> dict[str, Any]:
    """With its defaults, and what a browser needs to know of it."""
    fields = {name: msgspec.to_builtins(getattr(record, name)) for name in record.__struct_fields__}
    return {**fields, "type": type_of(record)}


def words_of(page: Page) -> Table:
    table = Table()
    table.apply(Put(page))
    places = [(40, 30, 760), (840, 30, 720), (40, 330, 720), (840, 330, 720), (40, 640, 700)]
    for number, (text, (x, y, w)) in enumerate(zip(TEXTS, places, strict=True)):
        size = 26
        made = typeset.text(text, w, size)
        record = TextBox(
            id=f"t{number}", page=page.id, z=f"a{number}", x=x, y=y, w=w, h=made.h, text=text, size=size,
            colour=(*PALETTE, "#7b3f00")[(3 * number) % 9], lines=made.lines, formulas=made.formulas,
            transform=(0.98, 0.05, -0.05, 0.98, 30, -40) if number == 4 else None,
        )  # fmt: skip
        table.apply(Put(record))
    for number, colour in enumerate(("amber", "green", "sky", "red", "ink", "#123456")):
        text = ("Hello **class**", "Try $\\int_0^1 x\\,dx$", "- one\n- two")[number % 3]
        sheet = typeset.note(text, 110, 130)
        table.apply(
            Put(
                Note(
                    id=f"n{number}", page=page.id, z=f"b{number}", x=800 + 125 * number, y=740, w=110, h=sheet.h,
                    text=text, colour=colour, lines=sheet.lines, formulas=sheet.formulas,
                )
            )
        )  # fmt: skip
    return table


@pytest.mark.browser
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("scale", [1.2, 2.4])
def test_words_and_notes_look_alike(page: Window, painter: str, theme: Theme, scale: float) -> None:
    sheet = Page(id="page", order="a")
    table = words_of(sheet)
    lacking: list[Any] = []
    ((_, data),) = export(table, "png", scale=scale, theme=theme, missing=lacking.append)
    assert lacking == [], "every script is in the shipped fonts"
    ours = picture(data, f"export-{theme}-words-{scale}.png")

    open_board(page, painter, theme)
    url = page.evaluate(
        "([sheet, things, theme, scale]) => board.paint(sheet, things, theme, scale)",
        [whole(sheet), [whole(one) for one in table.on_page("page")], theme, scale],
    )
    theirs = picture(base64.b64decode(url.partition(",")[2]), f"canvas-{theme}-words-{scale}.png")
    assert ours.shape == theirs.shape
    assert (theirs != theirs[0, 0]).any(axis=2).mean() > 0.05, "the canvas is nearly empty"
    likeness = structural_similarity(ours, theirs, channel_axis=2)
    print(f"SSIM {likeness:.5f}, mean difference {np.abs(ours.astype(int) - theirs).mean():.3f} of 255")
    assert likeness >= 0.99
