"""What is exported looks like what was on screen: the same records, painted by the exporter and by a real canvas.

The browser unpacks, outlines and colours with the board's own modules, bundled from their sources.
"""

from __future__ import annotations

import base64
import io
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page as Window
from skimage.metrics import structural_similarity

from classroom.core import ink
from classroom.core.messages import Put
from classroom.core.records import PALETTE, Ink, Page, Record, Shape
from classroom.core.table import Table
from classroom.render import export
from classroom.render.palette import BOARD, Theme, readable
from hatch_build import node_commands

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = ROOT / "labextension"
REAL = json.loads((ROOT / "tests" / "data" / "ink-real.json").read_text())["strokes"]

PAINTER = """
import { Outliner, unpack } from "./src/core/ink";
import { Inks, readable } from "./src/board/colour";
import { drawGround } from "./src/board/ground";
import { drawFigure, figurePaths } from "./src/board/shapes";

export { readable };

export function paint(page, strokes, theme, scale) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(page.width * scale);
  canvas.height = Math.round(page.height * scale);
  const inks = new Inks(document.body, theme);
  const context = canvas.getContext("2d");
  context.fillStyle = inks.board;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  const box = { minX: 0, minY: 0, maxX: page.width, maxY: page.height };
  drawGround(context, page, box, inks, scale);
  const outliner = new Outliner();
  for (const under of [true, false]) {
    for (const stroke of strokes) {
      if ((stroke.tool === "highlighter") !== under) continue;
      if (stroke.kind) {
        drawFigure(context, inks, stroke, figurePaths(stroke));
        continue;
      }
      const data = Uint8Array.from(atob(stroke.points), (c) => c.charCodeAt(0));
      const points = unpack(data, stroke.quantum);
      const { polygons, xy, start } = outliner.trace(points, stroke.width, stroke.quantum, stroke.tool);
      const path = new Path2D();
      for (let k = 0; k < polygons; k++) {
        path.moveTo(xy[2 * start[k]], xy[2 * start[k] + 1]);
        for (let i = start[k] + 1; i < start[k + 1]; i++) path.lineTo(xy[2 * i], xy[2 * i + 1]);
        path.closePath();
      }
      context.save();
      if (stroke.transform) context.transform(...stroke.transform);
      context.fillStyle = inks.of(stroke);
      context.fill(path, "nonzero");
      context.restore();
    }
  }
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


def open_board(window: Window, painter: str, theme: Theme) -> None:
    window.set_content(f'<!doctype html><html data-theme="{theme}"><body></body></html>')
    window.add_style_tag(content=(SOURCES / "style" / "tokens.css").read_text())
    window.add_script_tag(content=painter)


def lesson(page: Page) -> Table:
    """Every stroke of the collection somewhere on the page, in the palette's colours, some of them highlighters."""
    random = np.random.default_rng(1058)
    table = Table()
    table.apply(Put(page))
    for number, stroke in enumerate(REAL):
        points = np.array(stroke["points"][: ink.MAX_POINTS])
        low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
        room = np.array([page.width - 40, page.height - 40])
        fit = float(min(1.0, (room / np.maximum(high - low, 1)).min()))
        points[:, :2] = (points[:, :2] - low) * fit + 20 + random.uniform(0, room - (high - low) * fit)
        marker = number % 20 == 7
        colours = ("amber", "green", "sky") if marker else (*PALETTE, "ink", "ink", "#7b3f00", "#202080")
        turned = (0.8, 0.3, -0.3, 0.8, 300.0, 60.0) if number % 50 == 11 else None
        width = 20.0 if marker else (1.5, 2.5, 4.0, 8.0)[number % 4]
        table.apply(
            Put(
                Ink(
                    id=f"s{number}", page=page.id, z=f"{number:06d}", tool="highlighter" if marker else "pen",
                    colour=colours[number % len(colours)], width=width, points=ink.pack(points, 4), transform=turned,
                )
            )
        )  # fmt: skip
    return table


def plain(record: Record) -> dict[str, Any]:
    fields = {name: getattr(record, name) for name in record.__struct_fields__}
    return {name: base64.b64encode(v).decode() if isinstance(v, bytes) else v for name, v in fields.items()}


def picture(data: bytes, name: str) -> NDArray[np.uint8]:
    """The pixels; the file is kept where CLASSROOM_SHOTS says, for people to look at."""
    folder = os.environ.get("CLASSROOM_SHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        Path(folder, name).write_bytes(data)
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


@pytest.mark.browser
@pytest.mark.parametrize(
    ("theme", "pattern"),
    [("light", "blank"), ("dark", "grid"), ("light", "dots"), ("dark", "ruled"), ("light", "axes"), ("dark", "staves")],
)
def test_the_exported_page_is_the_page_on_screen(page: Window, painter: str, theme: Theme, pattern: Any) -> None:
    sheet = Page(id="page", order="a", pattern=pattern)
    table = lesson(sheet)
    scale = 1920 / sheet.width
    ((_, data),) = export(table, "png", scale=scale, theme=theme)
    ours = picture(data, f"export-{theme}-{pattern}.png")

    open_board(page, painter, theme)
    url = page.evaluate(
        "([sheet, strokes, theme, scale]) => board.paint(sheet, strokes, theme, scale)",
        [plain(sheet), [plain(record) for record in table.on_page("page")], theme, scale],
    )
    theirs = picture(base64.b64decode(url.partition(",")[2]), f"canvas-{theme}-{pattern}.png")

    assert ours.shape == theirs.shape == (1080, 1920, 3)
    assert len(table.on_page("page")) == 1058
    assert (theirs != theirs[0, 0]).any(axis=2).mean() > 0.05, "the canvas is nearly empty"
    likeness = structural_similarity(ours, theirs, channel_axis=2)
    print(f"SSIM {likeness:.5f}, mean difference {np.abs(ours.astype(int) - theirs).mean():.3f} of 255")
    assert likeness >= 0.997


def figures(page: Page) -> Table:
    """Every kind with every dash, thin and thick, empty and filled, drawn from any corner, turned, and among ink."""
    table = Table()
    table.apply(Put(page))
    corners = {
        "triangle": ((0.5, 0.0), (1.0, 1.0), (0.0, 1.0)),
        "star": ((0.5, 0.0), (0.8, 1.0), (0.0, 0.4), (1.0, 0.4), (0.2, 1.0)),
    }
    number = 0
    for row, name in enumerate(("line", "arrow", "rectangle", "ellipse", "triangle", "star")):
        for column in range(9):
            number += 1
            colour = (*PALETTE, "#7b3f00")[number % 9]
            w, h = ((130, 90), (-130, 90), (120, -30))[column // 3]
            x, y = 40 + column * 172 + (130 if w < 0 else 0), 30 + row * 145 + (90 if h < 0 else 0)
            table.apply(
                Put(
                    Shape(
                        id=f"f{number}", page=page.id, z=f"{number:06d}",
                        kind="polygon" if name in corners else name,  # type: ignore[arg-type]
                        x=x, y=y, w=w, h=h, colour=colour, fill=colour if number % 2 else "",
                        dash=("solid", "dashed", "dotted")[column % 3],  # type: ignore[arg-type]
                        width=(2.5, 5.0, 14.0, 0.5)[(number + row) % 4], corners=corners.get(name, ()),
                        transform=(0.9, 0.2, 0.2, -0.9, 0.0, 800.0) if number == 20 else None,
                    )
                )
            )  # fmt: skip
    line = np.column_stack((np.linspace(30, 1570, 60), 450 + 300 * np.sin(np.linspace(0, 9, 60))))
    table.apply(Put(Ink(id="ink", page=page.id, z="000020", width=6, points=ink.pack(line, 4), colour="grey")))
    return table


@pytest.mark.browser
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_shapes_are_the_same_in_the_export_and_on_screen(page: Window, painter: str, theme: Theme) -> None:
    sheet = Page(id="page", order="a")
    table = figures(sheet)
    scale = 1920 / sheet.width
    ((_, data),) = export(table, "png", scale=scale, theme=theme)
    ours = picture(data, f"export-{theme}-shapes.png")

    open_board(page, painter, theme)
    url = page.evaluate(
        "([sheet, things, theme, scale]) => board.paint(sheet, things, theme, scale)",
        [plain(sheet), [plain(record) for record in table.on_page("page")], theme, scale],
    )
    theirs = picture(base64.b64decode(url.partition(",")[2]), f"canvas-{theme}-shapes.png")

    assert (theirs != theirs[0, 0]).any(axis=2).mean() > 0.05, "the canvas is nearly empty"
    likeness = structural_similarity(ours, theirs, channel_axis=2)
    print(f"SSIM {likeness:.5f}, mean difference {np.abs(ours.astype(int) - theirs).mean():.3f} of 255")
    assert likeness >= 0.997


@pytest.mark.browser
def test_raw_colours_are_made_readable_alike(page: Window, painter: str) -> None:
    random = np.random.default_rng(3)
    colours = [*random.integers(0, 256, (400, 3)).tolist(), *random.integers(0, 80, (400, 3)).tolist(), [0, 0, 0]]
    open_board(page, painter, "dark")
    theirs = page.evaluate("([all, on]) => all.map((rgb) => board.readable(rgb, on))", [colours, list(BOARD["dark"])])
    ours = [list(readable(tuple(rgb), BOARD["dark"])) for rgb in colours]
    assert ours == theirs
    assert sum(made != given for made, given in zip(ours, colours, strict=True)) > 100
