"""A page with everything on it, exported and as the board paints it: real handwriting, highlighters, shapes, words in
every script the fonts are shipped for, mathematics, a note, pictures, a picture as ground.

The board is the real one, with its own fonts, and pictures fetched from where the page is served; it paints the page as
it paints a thumbnail, at 1080p. Ink is judged as strictly as on a page of ink alone; letters are a font engine's on one
side and polygons on the other, pictures are scaled by two libraries.
"""

from __future__ import annotations

import base64
import hashlib
import io
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Route
from skimage.metrics import structural_similarity

from classroom.core import ink
from classroom.core.messages import Put
from classroom.core.records import Ink, Note, Page, Picture, Record, Shape, TextBox, type_of
from classroom.core.table import Table
from classroom.render import export
from classroom.render.palette import Theme
from classroom.render.scene import page_scene
from classroom.render.typeset import note, text
from tests.browser import test_board_text as served
from tests.browser.test_render_same import REAL, picture

pytestmark = pytest.mark.browser
site = served.site

WORDS = {
    "Latin": "Eigenvalues **Größe** *naïve* `np.linalg`",
    "Greek": "Ελληνικά: λάμδα, πίνακας",
    "Cyrillic": "Кириллица: матрица, Їжак",
    "Arabic": "السلام عليكم، المصفوفة ٣",
    "Hebrew": "שלום עולם, מטריצה 3",
    "Devanagari": "नमस्ते, आव्यूह क्ष्म",
    "math": r"$\det(A-\lambda I)=0$ and $\frac{1}{2}\sum_{i=1}^n x_i^2$",
}
INK = (0, 0, 800, 900)
"""Left, top, right, bottom of the part of the page that holds ink and shapes alone, in board units."""


def shades(width: int, height: int, grain: float) -> bytes:
    """A picture, smooth or grainy as photographs are."""
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    shade = np.stack((200 + 50 * x, 250 - 60 * y, 255 - 80 * x * y), axis=-1)
    noise = np.random.default_rng(3).normal(0, 1, shade.shape) * grain
    out = io.BytesIO()
    Image.fromarray(np.clip(shade + noise, 0, 255).astype(np.uint8)).save(out, "PNG")
    return out.getvalue()


def everything(assets: dict[str, bytes], slide: bool) -> Table:
    def asset(data: bytes) -> str:
        assets[hashlib.sha256(data).hexdigest()] = data
        return hashlib.sha256(data).hexdigest()

    table = Table()
    ground = asset(shades(800, 450, 0)) if slide else ""
    made: list[Record] = [Page(id="page1", order="a1", pattern="dots", asset=ground)]
    random = np.random.default_rng(5)
    for number, stroke in enumerate(REAL[:240]):
        points = np.array(stroke["points"][: ink.MAX_POINTS])
        low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
        fit = float(min(1.0, (300 / np.maximum(high - low, 1)).min()))
        points[:, :2] = (points[:, :2] - low) * fit + random.uniform(20, (460, 560), 2)
        marker = number % 9 == 4
        colour = ("amber", "green", "sky")[number % 3] if marker else ("ink", "red", "blue", "#7b3f00")[number % 4]
        made.append(
            Ink(
                id=f"s{number}", page="page1", z=f"b{number:04d}", colour=colour,
                tool="highlighter" if marker else "pen",
                width=24 if marker else (1.5, 2.5, 5, 8)[number % 4], points=ink.pack(points, 4),
            )
        )  # fmt: skip
    for number, kind in enumerate(("rectangle", "ellipse", "arrow", "polygon")):
        made.append(
            Shape(
                id=f"f{number}", page="page1", z=f"c{number}", kind=kind, x=60 + 180 * number, y=740, w=140, h=110,  # type: ignore[arg-type]
                corners=((0.5, 0), (1, 1), (0, 0.7)) if kind == "polygon" else (), width=5, colour="green",
                fill="sky" if number % 2 else "", dash=("solid", "dashed")[number // 2],  # type: ignore[arg-type]
                transform=(0.97, 0.17, -0.17, 0.97, 100, -20) if kind == "rectangle" else None,
            )
        )  # fmt: skip
    for number, words in enumerate(WORDS.values()):
        laid = text(words, 700, 40)
        made.append(
            TextBox(
                id=f"t{number}", page="page1", z=f"d{number}", x=860, y=20 + 72 * number, w=700, h=laid.h, text=words,
                size=40, lines=laid.lines, formulas=laid.formulas, colour=("ink", "blue", "red")[number % 3],
            )
        )  # fmt: skip
    words = "# Homework\n- rows\n- *columns*\n\n$A^T A$"
    sheet = note(words, 260, 240)
    photo = asset(shades(1600, 1200, 12))
    made += [
        Picture(id="i0", page="page1", z="e0", x=860, y=560, w=400, h=300, asset=photo, alt="Shades"),
        # Over the picture: a marker, and ink on it.
        Ink(id="over0", page="page1", z="e1", tool="highlighter", width=40, colour="amber", points=wave(880, 700, 340)),
        Ink(id="over1", page="page1", z="e2", width=8, colour="red", points=wave(880, 760, 340)),
        Note(
            id="n0", page="page1", z="e3", x=1300, y=560, w=260, h=sheet.h, text=words,
            lines=sheet.lines, formulas=sheet.formulas, transform=(0.998, -0.05, 0.05, 0.998, -30, 70),
        ),
    ]  # fmt: skip
    for record in made:
        table.apply(Put(record))
    return table


def wave(x: float, y: float, length: float) -> bytes:
    along = np.linspace(0, length, 60)
    return ink.pack(np.column_stack((x + along, y + 20 * np.sin(along / 30), np.full(60, 0.5))), 4)


def plain(record: Record) -> dict[str, Any]:
    def value(one: Any) -> Any:
        if isinstance(one, bytes):
            return {"bytes": base64.b64encode(one).decode()}
        if hasattr(one, "__struct_fields__"):
            return {name: value(getattr(one, name)) for name in one.__struct_fields__}
        return [value(part) for part in one] if isinstance(one, tuple) else one

    fields = {name: value(getattr(record, name)) for name in record.__struct_fields__}
    return {"type": type_of(record), **fields}


PAINT = """async ([records, theme]) => {
  const read = (v) => v && v.bytes !== undefined ? Uint8Array.from(atob(v.bytes), (c) => c.charCodeAt(0)) : v;
  const made = records.map((r) => Object.fromEntries(Object.entries(r).map(([k, v]) => [k, read(v)])));
  const kept = ["class", "p1", "p2", "page2"].map((id) => session.table.get(id));
  session.load([...kept, ...made]);
  const canvas = Object.assign(document.createElement("canvas"), { width: 1920, height: 1080 });
  // Letters and pictures come when they come: painted until nothing changes any more.
  let last = "";
  for (let same = 0; same < 4; ) {
    await board.renderThumbnail("page1", canvas);
    await settled();
    await new Promise((done) => setTimeout(done, 150));
    const now = canvas.toDataURL("image/png");
    same = now === last ? same + 1 : 0;
    last = now;
  }
  return last;
}"""


@pytest.mark.parametrize(("theme", "slide"), [("light", False), ("dark", False), ("dark", True)])
def test_a_page_with_everything_is_the_same_in_the_export_and_on_screen(
    browser: Browser, site: Any, theme: Theme, slide: bool
) -> None:
    assets: dict[str, bytes] = {}
    table = everything(assets, slide)
    scene = page_scene(table, "page1", theme, assets=assets.get)
    assert scene.missing == (), "every letter has a font"
    ((_, data),) = export(table, "png", scale=1.2, theme=theme, assets=assets.get)
    ours = picture(data, f"everything-export-{theme}-{slide}.png")

    context = browser.new_context(viewport={"width": 1000, "height": 620})

    def serve(route: Route) -> None:
        path = route.request.url.removeprefix(served.SITE).split("#")[0]
        file = served.FONTS / path.removeprefix("fonts/") if path.startswith("fonts/") else site / path
        if path.startswith("assets/"):
            route.fulfill(body=assets[path.removeprefix("assets/")], content_type="image/png")
        elif file.is_file():
            route.fulfill(path=file)
        else:
            route.fulfill(status=404, body="")

    context.route(f"{served.SITE}**", serve)
    page = context.new_page()
    page.goto(f"{served.SITE}board.html#served&theme={theme}")
    url = page.evaluate(
        PAINT, [[plain(record) for record in (table.get("page1"), *table.on_page("page1")) if record], theme]
    )
    theirs = picture(base64.b64decode(url.partition(",")[2]), f"everything-canvas-{theme}-{slide}.png")
    context.close()

    assert ours.shape == theirs.shape == (1080, 1920, 3)
    likeness = alike(ours, theirs)
    left, top, right, bottom = (round(1.2 * side) for side in INK)
    drawn = float(likeness[top:bottom, left:right].mean())
    print(f"SSIM {likeness.mean():.5f}, of ink and shapes {drawn:.5f}")
    assert drawn >= 0.997
    assert likeness.mean() >= 0.985


def alike(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> NDArray[np.float64]:
    """SSIM about each pixel."""
    _, everywhere = structural_similarity(a, b, channel_axis=2, full=True)
    found: NDArray[np.float64] = everywhere.mean(axis=2)
    return found
