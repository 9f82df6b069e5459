"""Scenes as one PDF: a page for each, the same polygons that become pixels, filled non-zero.

A page's paper has 0.6 points to a board unit, so that 1600 x 900 is 13.33 x 7.5 inches, the size of a wide slide; a
page of 1240 x 1754 is a sheet of A4. Pictures are embedded once each, a JPEG as it is. Words are outlines like all
else, and once more unseen, so that they can be found, selected and read aloud. The document bears the class's title and
an outline of the pages; pages are labelled with their numbers in the class.

The container is fpdf2's; only what it documents is used, for its drawing operators are its own affair. It promises to
hold the objects of one `BATCH` of corners at a time, and refuses at `MAX_CORNERS`, since the library writes a document
from memory. It must never see a record: what a page shows is the scene's to say.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from unicodedata import category

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fpdf import FPDF
from fpdf.drawing import PaintedPath
from fpdf.drawing_primitives import Transform
from fpdf.enums import TextMode

from classroom.render.palette import Paint
from classroom.render.placed import Placed
from classroom.render.scene import Fill, Scene
from classroom.render.text import base_level, levels, reordered, ways
from classroom.render.written import Said

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

POINTS = 0.6
"""To a board unit."""
A4 = {(1240.0, 1754.0): 595.28, (1754.0, 1240.0): 841.89}
"""Pages that are a sheet of A4, and how wide it is, in points."""
MAX_POINTS = 14_400.0
"""Along one side: readers open no larger paper."""
FINE = 2
"""Decimals of a point: a hundredth is finer than a printer, and half as long as what the library writes unasked."""
BATCH = 30_000
"""Corners that are objects at once, some 15 MB; between batches an export can be called off."""
WIDE = 0.5
"""Advance of a character of the unseen words, in ems, before they are stretched to the room of those that are seen."""
MAX_CORNERS = 20_000_000
"""Of one document: 200 MB of operators, or a hundred thousand strokes."""


class TooMuch(Exception):
    """More than one document can hold."""


class Document:
    """A PDF that grows by pages."""

    def __init__(self, title: str) -> None:
        self._pdf = FPDF(unit="pt")
        self._pdf.set_auto_page_break(False)
        self._pdf.set_margin(0)
        self._pdf.set_title(_plain(title))
        self._pdf.set_creator("classroom")
        self._corners = 0
        self._folder: TemporaryDirectory[str] | None = None

    def add(self, scene: Scene, number: int, name: str, cancelled: Callable[[], bool] | None = None) -> None:
        """A page with that label and that name in the outline. Stops early, unfinished, once `cancelled` says so.
        Raises TooMuch."""
        self._corners += len(scene.xy)
        if self._corners > MAX_CORNERS:
            raise TooMuch
        pdf = self._pdf
        points = _points(scene)
        pdf.add_page(format=(scene.width * points, scene.height * points))
        pdf.set_page_label(label_style="D", label_start=number)
        pdf.start_section(_plain(name))
        pdf.set_fill_color(*scene.ground)
        pdf.rect(0, 0, pdf.w, pdf.h, style="F")
        done = 0
        for picture in scene.pictures:
            if not self._fill(scene, scene.fills[done : picture.at], points, cancelled):
                return
            self._lay(picture, points)
            done = picture.at
        if self._fill(scene, scene.fills[done:], points, cancelled):
            self._say(scene.said, points, cancelled)

    def _say(self, said: Sequence[Said], points: float, cancelled: Callable[[], bool] | None) -> None:
        """Lays what the words say over their outlines, unseen, to be found, selected and read aloud."""
        runs = [(seen, run) for run in said if run.advance > 0 and (seen := _seen(run.words))]
        if not runs:
            return
        pdf = self._pdf
        # The library reads fonts from files only.
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix="classroom-")
        name = f"words{pdf.page}"
        file = Path(self._folder.name) / f"{name}.ttf"
        file.write_bytes(_blank({ord(c) for seen, _ in runs for c in seen}))
        pdf.add_font(name, fname=file)
        pdf.set_font(name, size=1)
        with pdf.local_context(text_mode=TextMode.INVISIBLE):
            for number, (seen, run) in enumerate(runs):
                if number % 256 == 0 and cancelled is not None and cancelled():
                    return
                a, b, c, d, e, f = (value * points for value in run.matrix)
                if abs(a * d - b * c) < 1e-9:
                    continue
                pdf.set_stretching(100 * run.advance / (WIDE * len(seen)))
                with pdf.transform(Transform(a, b, c, d, e, f)):
                    pdf.text(0, 0, seen)
            pdf.set_stretching(100)

    def _fill(self, scene: Scene, fills: list[Fill], points: float, cancelled: Callable[[], bool] | None) -> bool:
        """These fills of the scene. Was it all done?"""
        for batch in _batches(scene, fills):
            if cancelled is not None and cancelled():
                return False
            with self._pdf.drawing_context() as drawing:
                for paint, low, high in batch:
                    drawing.add_item(_path(scene, paint, low, high, points), clone=False)
        return True

    def _lay(self, picture: Placed, points: float) -> None:
        a, b, c, d, e, f = (value * points for value in picture.matrix)
        if abs(a * d - b * c) < 1e-9:
            return
        # The library reads JPEG and PNG itself; anything else is decoded first.
        data = picture.data if picture.mime in ("image/jpeg", "image/png") else picture.image()
        with self._pdf.transform(Transform(a, b, c, d, e, f)):
            self._pdf.image(data, 0, 0, 1, 1, alt_text=_plain(picture.alt) or None)

    def data(self) -> bytes:
        """The file."""
        return bytes(self._pdf.output())

    def close(self) -> None:
        """Leaves nothing behind."""
        if self._folder is not None:
            self._folder.cleanup()


def _points(scene: Scene) -> float:
    """To a board unit of this scene."""
    wide = A4.get((scene.width, scene.height))
    if wide is not None:
        return wide / scene.width
    return min(POINTS, MAX_POINTS / max(scene.width, scene.height))


def _batches(scene: Scene, fills: list[Fill]) -> Iterator[list[tuple[Paint, int, int]]]:
    """The fills, in lists of about `BATCH` corners. What is opaque may be cut between polygons: a large page's pattern
    is one fill of many; what is transparent may not, or its overlaps would show."""
    start = scene.start
    batch: list[tuple[Paint, int, int]] = []
    corners = 0
    for paint, low, end, _ in fills:
        while low < end:
            high = end
            if paint.alpha == 1 and start[end] - start[low] > BATCH:
                high = max(low + 1, int(start.searchsorted(start[low] + BATCH)) - 1)
            batch.append((paint, low, high))
            corners += int(start[high] - start[low])
            low = high
            if corners >= BATCH:
                yield batch
                batch, corners = [], 0
    if batch:
        yield batch


def _path(scene: Scene, paint: Paint, low: int, high: int, points: float) -> PaintedPath:
    path = PaintedPath()
    style = path.style
    style.fill_color = "#{:02x}{:02x}{:02x}".format(*paint.rgb)
    style.stroke_color = None
    style.intersection_rule = "nonzero"
    if paint.alpha < 1:
        style.fill_opacity = paint.alpha
    first = int(scene.start[low])
    xy = (scene.xy[first : scene.start[high]] * points).round(FINE).tolist()
    bounds = (scene.start[low : high + 1] - first).tolist()
    for begin, end in pairwise(bounds):
        path.move_to(*xy[begin])
        for x, y in xy[begin + 1 : end]:
            path.line_to(x, y)
        path.close()
    return path


def _seen(words: str) -> str:
    """The characters from left to right as seen: readers of a PDF put them back into the order of reading."""
    kinds = ways(words)
    characters = reordered(list(zip(words, levels(kinds, base_level(kinds)), strict=True)), lambda one: one[1])
    return "".join(c for c, _ in characters if category(c) not in ("Cc", "Cs", "Zl", "Zp") and c != "\u200f")


def _blank(codes: set[int]) -> bytes:
    """A font in which each of these characters is one and the same box, WIDE wide: what unseen words are set in."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, -200))
    for corner in ((0, 800), (int(1000 * WIDE), 800), (int(1000 * WIDE), -200)):
        pen.lineTo(corner)
    pen.closePath()
    box = pen.glyph()
    names = {code: f"u{code:X}" for code in sorted(codes)}
    order = [".notdef", *names.values()]
    font = FontBuilder(1000, isTTF=True)
    font.setupGlyphOrder(order)
    font.setupCharacterMap(names)
    font.setupGlyf(dict.fromkeys(order, box))
    font.setupHorizontalMetrics(dict.fromkeys(order, (int(1000 * WIDE), 0)))
    font.setupHorizontalHeader(ascent=800, descent=-200)
    font.setupNameTable({"familyName": "Classroom Words", "styleName": "Regular"})
    font.setupOS2(sTypoAscender=800, sTypoDescender=-200)
    font.setupPost()
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


def _plain(title: str) -> str:
    """One line that every reader can show: no control characters, and nothing that UTF-16 cannot say."""
    sayable = title.encode("utf-8", "replace").decode()
    return "".join(" " if category(c) in ("Cc", "Zl", "Zp") else c for c in sayable).strip()
