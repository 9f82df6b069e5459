"""Pictures of pages: `export` turns the pages of a table into files, for the server, the kernel and the command line.

It promises that a file shows what the board shows, in the theme asked for. It reads the table once per page, knows
no network, and looks often whether it is to stop, since it runs beside a live class.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Collection, Iterable
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

from classroom.core.errors import ClassroomError
from classroom.core.records import Class, Drawable, Item, Page
from classroom.files import zipped
from classroom.render import handout, raster, svg
from classroom.render.palette import Theme
from classroom.render.placed import Placed, measure
from classroom.render.scene import Assets, Scene, page_scene

if TYPE_CHECKING:
    from classroom.core.table import View

PICTURES = {"png": "png", "jpg": "jpeg", "jpeg": "jpeg", "webp": "webp", "svg": "svg"}
LESSONS = {"md": "md", "ipynb": "ipynb"}
"""Of the feed and the board together."""
FORMATS = {**PICTURES, "pdf": "pdf", "zip": "zip", **LESSONS}
"""Suffix -> format."""
CHOICES = "pdf, png, jpg, webp, svg, zip, md, ipynb or excalidraw"
LESSON_SIDE = 4_000
"""Pixels along a side of a picture in a document, at most."""
LEAST_SCALE, FARTHEST = 0.05, 8_000
"""Pixels per board unit that may be asked for; pixels along a side that are given where even that is too much."""
MAX_PIXELS = 100_000_000
"""Of one picture: 300 MB in memory, and past what viewers open."""
LACKING = 20
"""Characters that are named at most."""
LIMIT = {"png": 65_535, "jpeg": 65_500, "webp": 16_383}
"""Pixels along one side that the format can hold, or that decoders accept."""


class CannotExport(ClassroomError):
    """The export that was asked for cannot be made; the sentence says what to ask for instead."""

    code = "cannot-export"
    sentence = "That cannot be exported."


class Cancelled(ClassroomError):
    """The export was called off."""

    code = "cancelled"
    sentence = "The export was cancelled."


def export(
    table: View,
    path_or_format: str | os.PathLike[str],
    pages: Iterable[str] | None = None,
    scale: float = 2,
    theme: str = "light",
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    *,
    assets: Assets | None = None,
    ids: Collection[str] | None = None,
    copy: str = "",
    missing: Callable[[tuple[str, ...]], None] | None = None,
) -> list[tuple[str, bytes]]:
    """Pages as files, (name, content) each.

    `path_or_format` is a format (png, jpg, jpeg, webp, svg, pdf, zip, md, ipynb) or a path that ends in one; of a path
    only the name is used, and nothing is written. A pdf is one file of all pages; so is a zip, of a png for each; md
    and ipynb are the whole lesson as `handout` has it: `lesson.md` and `lesson-pictures/page-1.png`, …, or one
    `lesson.ipynb`; else one page is `board.png`, several are `board-1.png`, `board-2.png`, …. `pages` are ids, in that
    order; else all pages that are not gone. With `ids` it is one picture of these records of one page. `copy` is the
    person whose private copy is shown over the worksheet, on pages where everyone has one. `scale` is pixels per board
    unit; the paper of a pdf does not depend on it. `assets` gives the pictures; without them a grey box stands for
    each. `progress` is told (pages done, of how many); `missing` is told the characters that no
    font here has, when there are any. Raises `CannotExport`, and `Cancelled` soon after `cancelled` first says yes.
    """
    stem, suffix = _named(path_or_format)
    format = FORMATS.get(suffix)
    if format is None:
        raise CannotExport(f"A board cannot be exported as {suffix or 'that'}. Choose {CHOICES}.")
    if theme not in ("light", "dark"):
        raise CannotExport(f"There is no theme {theme!r}. Choose light or dark.")
    if not 0.01 <= scale <= 64:
        raise CannotExport(f"The scale {scale} is not within 0.01 and 64 pixels per board unit.")
    if ids is not None:
        wanted = _selected(table, pages, ids, format)
    elif format in LESSONS and pages is None:
        wanted = handout.pages_of(table)
    else:
        wanted = _pages(table, pages)
    shown = _Shown(table, "dark" if theme == "dark" else "light", copy, ids, assets, {})
    for id in wanted:
        page = table.get(id)
        if isinstance(page, Page) and ids is None and not page.endless and format not in LESSONS:
            _fits(page.width, page.height, format, scale)
    if not wanted and format not in LESSONS:
        return []
    told = _Progress(len(wanted), progress, cancelled)
    files = _files(shown, wanted, told, format, stem, suffix, scale)
    if shown.lacking and missing is not None:
        missing(tuple(shown.lacking))
    return files


def lacking(characters: Iterable[str]) -> str:
    """What is said of characters that no font has."""
    some = list(characters)
    told = " ".join(some[:LACKING]) + (" and others" if len(some) > LACKING else "")
    return f"No font here has {told}; a box stands for each. Install a font that has them, and export again."


def _files(
    shown: _Shown, wanted: list[str], told: _Progress, format: str, stem: str, suffix: str, scale: float
) -> list[tuple[str, bytes]]:
    if format == "pdf":
        return [(f"{stem}.{suffix}", _document(shown, wanted, told))]
    if format in LESSONS:
        return _lesson(shown._replace(copy=""), wanted, told, "lesson" if stem == "board" else stem, format, scale)
    inner = "png" if format == "zip" else suffix
    files = []
    for number, id in enumerate(wanted, 1):
        told.at(number - 1)
        scene = shown.scene(id, told.go_on)
        data = _file(scene, FORMATS[inner], shown.fitting(id, scene, scale), told.cancelled)
        told.go_on()
        files.append((f"{stem}.{inner}" if len(wanted) == 1 else f"{stem}-{number}.{inner}", data))
    told.end()
    return [(f"{stem}.{suffix}", zipped(files))] if format == "zip" else files


class _Shown(NamedTuple):
    """What is to be seen of a table's pages, and how."""

    table: View
    theme: Theme
    copy: str
    ids: Collection[str] | None
    assets: Assets | None
    lacking: dict[str, None]
    """Characters that no font has, as they are met."""

    def scene(self, page: str, go_on: Callable[[], None]) -> Scene:
        made = page_scene(self.table, page, self.theme, self.copy, self.ids, self.assets, go_on=go_on)
        self.lacking.update(dict.fromkeys(made.missing))
        return made

    def fitting(self, page: str, scene: Scene, scale: float) -> float:
        """The scale; of an endless page with something so far out that no scale to choose would do, one that does: what
        one person drew keeps nobody from a picture."""
        known = self.table.get(page)
        side = max(scene.width, scene.height)
        if not isinstance(known, Page) or not known.endless or side * LEAST_SCALE <= 2 * FARTHEST:
            return scale
        return min(scale, FARTHEST / side)


class _Progress(NamedTuple):
    """How far it is, told; and whether it is to go on."""

    total: int
    progress: Callable[[int, int], None] | None
    cancelled: Callable[[], bool] | None

    def at(self, done: int) -> None:
        """Raises Cancelled."""
        if self.progress is not None:
            self.progress(done, self.total)
        self.go_on()

    def go_on(self) -> None:
        """Raises Cancelled."""
        if self.cancelled is not None and self.cancelled():
            raise Cancelled()

    def end(self) -> None:
        """All of it is there."""
        if self.progress is not None:
            self.progress(self.total, self.total)


def _named(path_or_format: str | os.PathLike[str]) -> tuple[str, str]:
    """Name without suffix, and the suffix in lower case."""
    path = PurePath(path_or_format)
    if path.suffix:
        return path.stem, path.suffix[1:].lower()
    return "board", path.name.lstrip(".").lower()


def _pages(table: View, pages: Iterable[str] | None) -> list[str]:
    if pages is None:
        return [page.id for page in table.of_type("page") if isinstance(page, Page) and not page.gone]
    ids = [pages] if isinstance(pages, str) else list(pages)
    for id in ids:
        if not isinstance(table.get(id), Page):
            raise CannotExport("That page is not there any more.")
    return ids


def _selected(table: View, pages: Iterable[str] | None, ids: Collection[str], format: str) -> list[str]:
    """The one page on which the selection lies."""
    if format == "zip" or format in LESSONS:
        raise CannotExport("A selection is one picture. Choose png, jpg, webp, svg or pdf.")
    if pages is not None:
        raise CannotExport("Choose pages or a selection, not both.")
    found = {record.page for id in ids if isinstance(record := table.get(id), Drawable)}
    if not found:
        raise CannotExport("What was selected is not there any more.")
    if len(found) > 1:
        raise CannotExport("A selection lies on one page. Select on one page, and export again.")
    return list(found)


def _fits(width: float, height: float, format: str, scale: float) -> None:
    if format in ("svg", "pdf"):
        return
    width, height = width * scale, height * scale
    if width * height > MAX_PIXELS or max(width, height) > LIMIT.get(format, LIMIT["png"]):
        picture = f"At {scale:g} pixels per board unit the picture would be {width:.0f} x {height:.0f}"
        raise CannotExport(f"{picture}. Choose a smaller scale, or pdf or svg.")


def _lesson(
    shown: _Shown, ids: list[str], told: _Progress, stem: str, format: str, scale: float
) -> list[tuple[str, bytes]]:
    """The lesson as a document, with its pictures where they are files of their own."""
    table = shown.table
    parts = handout.blocks(table, ids)
    pictures: dict[str, bytes] = {}
    files: dict[str, str] = {}
    for number, id in enumerate(ids, 1):
        told.at(number - 1)
        scene = shown.scene(id, told.go_on)
        fitting = min(scale, LESSON_SIDE / max(scene.width, scene.height))
        pictures[id] = _file(scene, "png", fitting, told.cancelled)
        files[id] = f"{stem}-pictures/page-{number}.png"
    for item in parts:
        data = shown.assets(item.asset) if isinstance(item, Item) and item.asset and shown.assets is not None else None
        if data is not None and isinstance(item, Item) and measure(data) is not None:
            out = io.BytesIO()
            Placed(0, (1, 0, 0, 1, 0, 0), data, (1, 1), "", "").image().save(out, "PNG")
            pictures[item.id] = out.getvalue()
            files[item.id] = f"{stem}-pictures/picture-{len(pictures)}.png"
    told.end()
    title = handout.title_of(table)
    if format == "ipynb":
        return [(f"{stem}.ipynb", handout.notebook(title, parts, files, pictures))]
    text = handout.markdown(title, parts, files).encode("utf-8", "replace")
    return [(f"{stem}.md", text), *((files[id], data) for id, data in pictures.items())]


def _document(shown: _Shown, ids: list[str], told: _Progress) -> bytes:
    """All pages as one PDF. A page has the number it has in the class, or, when gone from there, its place here."""
    from classroom.render import pdf  # the library takes half a second to load

    table = shown.table
    numbers = {id: number for number, id in enumerate(_pages(table, None), 1)}
    known = table.get("class")
    document = pdf.Document(known.title if isinstance(known, Class) else "")
    try:
        for place, id in enumerate(ids, 1):
            told.at(place - 1)
            page, number = table.get(id), numbers.get(id, place)
            name = page.title if isinstance(page, Page) else ""
            document.add(shown.scene(id, told.go_on), number, name.strip() or f"Page {number}", told.cancelled)
            told.go_on()
        data = document.data()
    except pdf.TooMuch:
        raise CannotExport("That is too much ink for one PDF. Choose fewer pages, or png.") from None
    finally:
        document.close()
    told.go_on()
    told.end()
    return data


def _file(scene: Scene, format: str, scale: float, cancelled: Callable[[], bool] | None) -> bytes:
    _fits(scene.width, scene.height, format, scale)
    if format == "svg":
        return svg.render(scene, scale, cancelled).encode()
    image = raster.render(scene, scale, cancelled)
    if cancelled is not None and cancelled():
        raise Cancelled()
    out = io.BytesIO()
    if format == "png":
        # Level 6 takes half as long again as level 1; `optimize` nine times, for the same picture.
        image.save(out, "PNG", compress_level=4)
    elif format == "jpeg":
        image.save(out, "JPEG", quality=92, subsampling=0)  # thin red lines blur when colour is halved
    else:
        image.save(out, "WEBP", lossless=True, method=2)  # drawings are smaller lossless than at quality 90
    return out.getvalue()
