"""A page of 10,000 real strokes as a 1080p picture: the exporter beside the canvas of Chromium, in one run.

    python benchmarks/export.py [strokes] [rounds]

Both begin with the same packed records and end with pixels: each unpacks, outlines and fills; nothing is encoded as a
file. Chromium paints on its software canvas with the board's own modules. Two pages: *written*, where the strokes stand
in lines as handwriting does, and *strewn*, where each lies at its full size anywhere, which piles up ink such as nobody
writes. SSIM compares the two pictures. The figure to read is the ratio of the medians; the rounds alternate.
"""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]

from chromium import FLAGS, chromium_path  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402
from skimage.metrics import structural_similarity  # noqa: E402

from classroom.core import ink  # noqa: E402
from classroom.core.messages import Put  # noqa: E402
from classroom.core.records import PALETTE, Ink, Page  # noqa: E402
from classroom.core.table import Table  # noqa: E402
from classroom.render import raster  # noqa: E402
from classroom.render.scene import page_scene  # noqa: E402
from hatch_build import node_commands  # noqa: E402

REAL = json.loads((ROOT / "tests" / "data" / "ink-real.json").read_text())["strokes"]
LABEXTENSION = ROOT / "labextension"
WIDTH, HEIGHT = 1600, 900
SCALE = 1.2
PAINTER = """
import { Outliner, unpack } from "./src/core/ink";
import { Inks } from "./src/board/colour";
let strokes = [];
export const load = (all) => {
  strokes = all.map((s) => ({ ...s, points: Uint8Array.from(atob(s.points), (c) => c.charCodeAt(0)) }));
};
export function paint(scale, keep) {
  const begun = performance.now();
  const canvas = document.createElement("canvas");
  canvas.width = 1920;
  canvas.height = 1080;
  const inks = new Inks(document.body, "light");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = inks.board;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  const outliner = new Outliner();
  for (const stroke of strokes) {
    const points = unpack(stroke.points, stroke.quantum);
    const { polygons, xy, start } = outliner.trace(points, stroke.width, stroke.quantum, stroke.tool);
    const path = new Path2D();
    for (let k = 0; k < polygons; k++) {
      path.moveTo(xy[2 * start[k]], xy[2 * start[k] + 1]);
      for (let i = start[k] + 1; i < start[k + 1]; i++) path.lineTo(xy[2 * i], xy[2 * i + 1]);
      path.closePath();
    }
    context.fillStyle = inks.of(stroke);
    context.fill(path, "nonzero");
  }
  const seen = context.getImageData(0, 0, canvas.width, canvas.height).data[0];
  const took = performance.now() - begun;
  return [took, keep ? canvas.toDataURL("image/png") : "", seen];
}
"""


def written(count: int) -> Table:
    """Lines of handwriting over the whole page: each stroke within a place of its own, small ones in their own size."""
    rows = max(1, round((count * HEIGHT / WIDTH) ** 0.5))
    columns = -(-count // rows)
    cell = np.array([WIDTH / columns, HEIGHT / rows])

    def place(number: int, points: Any, size: Any, random: Any) -> tuple[Any, float]:
        fit = min(1.0, float((1.6 * cell / np.maximum(size, 1)).min()))
        row, column = divmod(number, columns)
        return points * fit + np.array([column, row]) * cell, (0.8, 1.0, 1.5)[number % 3]

    return _page(count, place)


def strewn(count: int) -> Table:
    """Full size, anywhere."""

    def place(number: int, points: Any, size: Any, random: Any) -> tuple[Any, float]:
        room = np.array([WIDTH - 40, HEIGHT - 40])
        fit = min(1.0, float((room / np.maximum(size, 1)).min()))
        return points * fit + 20 + random.uniform(0, room - size * fit), (1.5, 2.5, 4.0, 8.0)[number % 4]

    return _page(count, place)


def _page(count: int, place: Any) -> Table:
    random = np.random.default_rng(10_000)
    table = Table()
    table.apply(Put(Page(id="page", order="a", width=WIDTH, height=HEIGHT)))
    for number in range(count):
        points = np.array(REAL[number % len(REAL)]["points"][: ink.MAX_POINTS])
        low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
        points[:, :2], width = place(number, points[:, :2] - low, high - low, random)
        table.apply(
            Put(
                Ink(
                    id=f"s{number}", page="page", z=f"{number:06d}", colour=(*PALETTE, "#7b3f00")[number % 9],
                    width=round(16 * width) / 16, quantum=6, points=ink.pack(points, 6),
                )
            )
        )  # fmt: skip
    return table


def main(count: int, rounds: int) -> None:
    """Prints a table of both pages."""
    node, _, env = node_commands()
    options = ["--bundle", "--format=iife", "--global-name=board", "--loader=ts", "--log-level=error"]
    done = subprocess.run(
        [node, str(LABEXTENSION / "node_modules" / "esbuild" / "bin" / "esbuild"), *options],
        cwd=LABEXTENSION, env=env, input=PAINTER, capture_output=True, text=True, check=True,
    )  # fmt: skip
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
        print("| page | Chromium's canvas | classroom | ratio | SSIM |\n|---|---|---|---|---|")
        for name, table in (("written", written(count)), ("strewn", strewn(count))):
            window = browser.new_page()
            window.set_content("<!doctype html><html data-theme='light'><body></body></html>")
            window.add_style_tag(content=(LABEXTENSION / "style" / "tokens.css").read_text())
            window.add_script_tag(content=done.stdout)
            fields = ("points", "quantum", "width", "tool", "colour")
            plain = [{field: getattr(record, field) for field in fields} for record in table.on_page("page")]
            for one in plain:
                one["points"] = base64.b64encode(one["points"]).decode()
            window.evaluate("(all) => board.load(all)", plain)
            theirs, ours = [], []
            for turn in range(rounds + 1):
                took, url, _ = window.evaluate("([scale, keep]) => board.paint(scale, keep)", [SCALE, turn == 0])
                begun = time.perf_counter()
                image = raster.render(page_scene(table, "page"), SCALE)
                mine = 1000 * (time.perf_counter() - begun)
                if turn == 0:  # warms both up, and gives the pictures
                    seen = Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("RGB")
                    alike = structural_similarity(np.asarray(seen), np.asarray(image), channel_axis=2)
                else:
                    theirs.append(took)
                    ours.append(mine)
            ratio = median(ours) / median(theirs)
            print(f"| {name} | {median(theirs):.0f} ms | {median(ours):.0f} ms | {ratio:.2f} | {alike:.4f} |")
            window.close()
        browser.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000, int(sys.argv[2]) if len(sys.argv) > 2 else 5)
