"""Scenes as one PDF: a page for each, the same polygons that become pixels, filled non-zero.

A page's paper has 0.6 points to a board unit, so that 1600 x 900 is 13.33 x 7.5 inches, the size of a wide slide; a
page of 1240 x 1754 is a sheet of A4. Pictures are embedded once each, a JPEG as it is. The document bears the class's
title and an outline of the pages; pages are labelled with their numbers in the class.

The container is fpdf2's; only what it documents is used, for its drawing operators are its own affair. It promises to
hold the objects of one `BATCH` of corners at a time, and refuses at `MAX_CORNERS`, since the library writes a document
from memory. It must never see a record: what a page shows is the scene's to say.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING
from unicodedata import category

from fpdf import FPDF
from fpdf.drawing import PaintedPath
from fpdf.drawing_primitives import Transform

from classroom.render.palette import Paint
from classroom.render.placed import Placed
from classroom.render.scene import Fill, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator

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
        self._fill(scene, scene.fills[done:], points, cancelled)

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


def _plain(title: str) -> str:
    """One line that every reader can show: no control characters, and nothing that UTF-16 cannot say."""
    sayable = title.encode("utf-8", "replace").decode()
    return "".join(" " if category(c) in ("Cc", "Zl", "Zp") else c for c in sayable).strip()
