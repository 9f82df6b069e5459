"""Pictures of pages: `export` turns the pages of a table into files, for the server, the kernel and the command line.

It promises that a file shows what the board shows, in the theme asked for. It reads the table once per page, knows
no network, and looks often whether it is to stop, since it runs beside a live class.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable
from pathlib import PurePath
from typing import TYPE_CHECKING

from classroom.core.errors import ClassroomError
from classroom.core.records import Class, Page
from classroom.files import zipped
from classroom.render import raster, svg
from classroom.render.palette import Theme
from classroom.render.scene import Scene, page_scene

if TYPE_CHECKING:
    from classroom.core.table import View

FORMATS = {"png": "png", "jpg": "jpeg", "jpeg": "jpeg", "webp": "webp", "svg": "svg", "pdf": "pdf", "zip": "zip"}
"""Suffix -> format."""
MAX_PIXELS = 100_000_000
"""Of one picture: 300 MB in memory, and past what viewers open."""
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
) -> list[tuple[str, bytes]]:
    """Pages as files, (name, content) each.

    `path_or_format` is a format (png, jpg, jpeg, webp, svg, pdf, zip) or a path that ends in one; of a path only the
    name is used, and nothing is written. A pdf is one file of all pages; so is a zip, of a png for each; else one page
    is `board.png`, several are `board-1.png`, `board-2.png`, …. `pages` are ids, in that order; else all pages that are
    not gone. `scale` is pixels per board unit; the paper of a pdf does not depend on it. `progress` is told (pages
    done, of how many). Raises `CannotExport`, and `Cancelled` soon after `cancelled` first says yes.
    """
    stem, suffix = _named(path_or_format)
    format = FORMATS.get(suffix)
    if format is None:
        raise CannotExport(f"A board cannot be exported as {suffix or 'that'}. Choose pdf, png, jpg, webp, svg or zip.")
    if theme not in ("light", "dark"):
        raise CannotExport(f"There is no theme {theme!r}. Choose light or dark.")
    if not 0.01 <= scale <= 64:
        raise CannotExport(f"The scale {scale} is not within 0.01 and 64 pixels per board unit.")
    shown: Theme = "dark" if theme == "dark" else "light"
    ids = _pages(table, pages)
    for id in ids:
        _fits(table.get(id), format, scale)
    if not ids:
        return []
    if format == "pdf":
        return [(f"{stem}.{suffix}", _document(table, ids, shown, progress, cancelled))]
    inner = "png" if format == "zip" else suffix
    files = []
    for number, id in enumerate(ids, 1):
        if progress is not None:
            progress(number - 1, len(ids))
        _go_on(cancelled)
        data = _file(page_scene(table, id, shown), FORMATS[inner], scale, cancelled)
        _go_on(cancelled)
        files.append((f"{stem}.{inner}" if len(ids) == 1 else f"{stem}-{number}.{inner}", data))
    if progress is not None:
        progress(len(ids), len(ids))
    return [(f"{stem}.{suffix}", zipped(files))] if format == "zip" else files


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


def _fits(page: object, format: str, scale: float) -> None:
    if format in ("svg", "pdf") or not isinstance(page, Page):
        return
    width, height = page.width * scale, page.height * scale
    if width * height > MAX_PIXELS or max(width, height) > LIMIT.get(format, LIMIT["png"]):
        picture = f"At {scale:g} pixels per board unit the picture would be {width:.0f} x {height:.0f}"
        raise CannotExport(f"{picture}. Choose a smaller scale, or pdf or svg.")


def _go_on(cancelled: Callable[[], bool] | None) -> None:
    if cancelled is not None and cancelled():
        raise Cancelled()


def _document(
    table: View,
    ids: list[str],
    theme: Theme,
    progress: Callable[[int, int], None] | None,
    cancelled: Callable[[], bool] | None,
) -> bytes:
    """All pages as one PDF. A page has the number it has in the class, or, when gone from there, its place here."""
    from classroom.render import pdf  # the library takes half a second to load

    numbers = {id: number for number, id in enumerate(_pages(table, None), 1)}
    known = table.get("class")
    document = pdf.Document(known.title if isinstance(known, Class) else "")
    for place, id in enumerate(ids, 1):
        if progress is not None:
            progress(place - 1, len(ids))
        _go_on(cancelled)
        page, number = table.get(id), numbers.get(id, place)
        name = page.title if isinstance(page, Page) else ""
        try:
            document.add(page_scene(table, id, theme), number, name.strip() or f"Page {number}", cancelled)
        except pdf.TooMuch:
            raise CannotExport("That is too much ink for one PDF. Choose fewer pages, or png.") from None
        _go_on(cancelled)
    data = document.data()
    _go_on(cancelled)
    if progress is not None:
        progress(len(ids), len(ids))
    return data


def _file(scene: Scene, format: str, scale: float, cancelled: Callable[[], bool] | None) -> bytes:
    if format == "svg":
        return svg.render(scene, scale, cancelled).encode()
    image = raster.render(scene, scale, cancelled)
    _go_on(cancelled)
    out = io.BytesIO()
    if format == "png":
        # Level 6 takes half as long again as level 1; `optimize` nine times, for the same picture.
        image.save(out, "PNG", compress_level=4)
    elif format == "jpeg":
        image.save(out, "JPEG", quality=92, subsampling=0)  # thin red lines blur when colour is halved
    else:
        image.save(out, "WEBP", lossless=True, method=2)  # drawings are smaller lossless than at quality 90
    return out.getvalue()
