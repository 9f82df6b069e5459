"""A replay as an animated picture: GIF, WebP or APNG, from the changes of the log.

Only what changed between two frames is drawn again: of the page just the part round it, from the records that lie
there, as pictures of pages are drawn. All frames share one palette, the most frequent colours exactly: encoding is
many times faster so, and a frame is one byte a pixel. It promises that the last frame shows what the page shows at the
end of the log, and to hold at most `MAX_BYTES` of frames: a longer lesson is refused with the speed that fits.
"""

from __future__ import annotations

import io
import math
import os
import zlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np
from PIL import Image

from classroom.core.messages import Put
from classroom.core.records import Drawable, Ink, Page
from classroom.core.table import Table
from classroom.render import Cancelled, CannotExport, raster
from classroom.render.film import Change, Film, Growth, apply, film, shown_page, touched
from classroom.render.palette import BOARD, Theme
from classroom.render.scene import Assets, Box, page_scene

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMATS = {"gif": "GIF", "webp": "WEBP", "png": "PNG", "apng": "PNG"}
"""Suffix -> Pillow's name."""
FPS = 10
HOLD = 2_000
"""Milliseconds that the last frame stays."""
MAX_BYTES = 250_000_000
"""Of frames; Pillow keeps as much again while it writes."""
COLOURS = 256
EXACT = 96
"""Colours that are kept as they are; the others share the rest."""
COUNTED = 100_000
"""Different colours that are told apart at most: a photograph has no end of them."""
RARE = 1_000
"""Pixels that an ink counts for beyond those it has."""

KEPT_PICTURES = 24
"""Whose bytes are held."""

Pixels = tuple[int, int, int, int]
"""Left, top, right and bottom in the picture."""


class _Frame(NamedTuple):
    """What changed at `time`: the part `box` of the picture, deflated."""

    time: float
    box: Pixels
    rgb: bytes


def replay(
    entries: Iterable[Change],
    path_or_format: str | os.PathLike[str],
    page: str | None = None,
    width: int = 800,
    speed: float = 4,
    pause: float = 2,
    theme: str = "light",
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    assets: Assets | None = None,
) -> bytes:
    """The animated picture of these changes, which are all of a log in its order.

    `path_or_format` is or ends in gif, webp, png or apng. `page`: that page alone, by id; else the page the teacher
    shows. `width` is in pixels, `pause` in seconds of the lesson: longer ones are cut to it. `progress` is told (frames
    done, of how many). `assets` gives the pictures; without them a grey box stands for each. Raises `CannotExport`, and
    `Cancelled` soon after `cancelled` first says yes.
    """
    format = FORMATS.get(os.fspath(path_or_format).rpartition(".")[2].lower())
    if format is None:
        raise CannotExport("A replay is a gif, webp or png. Give the file one of these suffixes.")
    if theme not in ("light", "dark"):
        raise CannotExport(f"There is no theme {theme!r}. Choose light or dark.")
    if not 50 <= width <= 4_000:
        raise CannotExport(f"The width {width} is not within 50 and 4000 pixels.")
    if not 0.1 <= speed <= 10_000 or not 0 <= pause <= 3_600:
        raise CannotExport("The speed must be within 0.1 and 10000, the pause within 0 and 3600 seconds.")
    shown = film(entries, page, speed, pause)
    if not shown.real:
        raise CannotExport("Nothing has been drawn yet, so there is nothing to replay.")
    stage = _Stage(shown, page, width, "dark" if theme == "dark" else "light", assets)
    count = math.ceil(shown.length * FPS / 1000) + 1
    most = MAX_BYTES // (stage.size[0] * stage.size[1])
    if count > most:
        fitting = math.ceil(speed * count / most)
        raise CannotExport(f"That would be {count} frames of at most {most}. Choose speed {fitting}, or less width.")
    frames: list[_Frame] = []
    for number in range(count):
        if progress is not None:
            progress(number, count)
        if cancelled is not None and cancelled():
            raise Cancelled()
        time = min(number * 1000 / FPS, shown.length)
        # The very end is the last change, whatever rounding says.
        box = stage.go(math.inf if number == count - 1 else shown.time(time))
        if box is not None:
            frames.append(_Frame(number * 1000 / FPS, box, zlib.compress(stage.image.crop(box).tobytes(), 1)))
    data = _encoded(frames, stage, format, cancelled)
    if progress is not None:
        progress(count, count)
    return data


class _Stage:
    """The picture at one moment, and the way to the next."""

    def __init__(self, shown: Film, page: str | None, width: int, theme: Theme, assets: Assets | None = None) -> None:
        self._film, self._page, self._theme = shown, page, theme
        self._assets = lru_cache(KEPT_PICTURES)(assets) if assets is not None else None
        self._shrunk = raster.Shrunk()
        self._endless: dict[str, Box] = {}
        """What is shown of pages without end: all that is on them in the end."""
        self._table = Table()
        self._next = self._grown = 0
        self._growing: dict[str, Growth] = {}
        self._partial: dict[str, Ink] = {}
        self._boxes: dict[str, tuple[Drawable, Pixels | None]] = {}
        self._record: Page | None = None
        self.colours: Counter[int] = Counter()
        first = self._view(self._first())
        self.size = (width, max(1, round(width * first.height / first.width)))
        self.image = Image.new("RGB", self.size, BOARD[theme])
        self._begun = False

    def _first(self) -> Page:
        """The page at the end: what the frames are cut for."""
        table = Table()
        for _, ops in self._film.changes:
            for op in ops:
                apply(table, op)
        for page in table.of_type("page"):
            if isinstance(page, Page) and page.endless:
                self._endless[page.id] = page_scene(table, page.id, self._theme).box
        known = table.get(shown_page(table, self._page))
        return known if isinstance(known, Page) else Page(id="none", order="a")

    def _view(self, page: Page) -> Box:
        """The part of a page that is shown."""
        return self._endless.get(page.id, Box(0, 0, page.width, page.height))

    def go(self, time: float) -> Pixels | None:
        """On to that time of the log; gives the part of the picture that may be another, None when none is."""
        dirty: set[str] = set()
        film = self._film
        while self._next < len(film.changes) and film.changes[self._next][0] <= time:
            for op in film.changes[self._next][1]:
                apply(self._table, op)
                dirty.update(touched(op))
            self._next += 1
        while self._grown < len(film.growths) and film.growths[self._grown].begin <= time:
            growth = film.growths[self._grown]
            self._growing[growth.stroke.id] = growth
            self._grown += 1
        for id, growth in list(self._growing.items()):
            part = growth.at(time) if growth.end > time else None
            if part != self._partial.get(id) or growth.end <= time:
                dirty.add(id)
            if part is not None:
                self._partial[id] = part
            else:
                self._partial.pop(id, None)
            if growth.end <= time:
                del self._growing[id]
        known = self._table.get(shown_page(self._table, self._page))
        page = known if isinstance(known, Page) else None
        whole: Pixels = (0, 0, *self.size)
        if not self._begun or page != self._record:
            self._begun, self._record, self._boxes = True, page, {}
            for record in self._lying():
                self._box(record)
            return self._draw(whole)
        boxes = []
        for id in dirty:
            old = self._boxes.pop(id, None)
            now = self._partial.get(id) or self._table.get(id)
            new = self._box(now) if isinstance(now, Drawable) and self._lies(now) else None
            boxes += [box for box in (old and old[1], new) if box is not None]
        if not boxes:
            return None
        left, top, right, bottom = np.array(boxes).T
        union = (int(left.min()), int(top.min()), int(right.max()), int(bottom.max()))
        # Strokes far from each other leave most of their common box as it was.
        parts = boxes if 2 * _area(boxes) < _area([union]) else [union]
        for box in parts:
            self._draw(box)
        return union

    def _lies(self, record: Drawable) -> bool:
        return self._record is not None and record.page == self._record.id and not record.copy

    def _lying(self) -> list[Drawable]:
        if self._record is None:
            return []
        known = [self._partial.get(r.id, r) for r in self._table.on_page(self._record.id) if self._lies(r)]
        ids = {record.id for record in known}
        return known + [part for id, part in self._partial.items() if id not in ids and self._lies(part)]

    @property
    def _scale(self) -> float:
        """Pixels per board unit: a page of another shape is fitted."""
        if self._record is None:
            return 1.0
        view = self._view(self._record)
        return min(self.size[0] / view.width, self.size[1] / view.height)

    def _box(self, record: Drawable) -> Pixels | None:
        """The pixels that a record may cover; remembered."""
        page = self._record
        assert page is not None
        bare = msgspec.structs.replace(page, pattern="blank", asset="")
        scene = page_scene(_table(bare, [record]), page.id, self._theme, assets=self._assets, box=self._view(page))
        xy = np.concatenate([scene.xy, *(picture.corners for picture in scene.pictures)])
        box: Pixels | None = None
        if len(xy):
            low = np.clip(np.floor(xy.min(axis=0) * self._scale) - 1, 0, self.size)
            high = np.clip(np.ceil(xy.max(axis=0) * self._scale) + 1, 0, self.size)
            if (high > low).all():
                box = (int(low[0]), int(low[1]), int(high[0]), int(high[1]))
        self._boxes[record.id] = (record, box)
        return box

    def _draw(self, box: Pixels) -> Pixels:
        """Draws that part of the picture anew."""
        page = self._record
        left, top, right, bottom = box
        part = Image.new("RGB", (right - left, bottom - top), BOARD[self._theme])
        if page is not None:
            near = [record for record, b in self._boxes.values() if b is not None and _meet(b, box)]
            view = self._view(page)
            scene = page_scene(_table(page, near), page.id, self._theme, assets=self._assets, box=view)
            # An ink of which there is but a dot is still that ink.
            for red, green, blue in {fill.paint.rgb for fill in scene.fills if fill.paint.alpha == 1}:
                self.colours[red << 16 | green << 8 | blue] += RARE
            # To the page's own edge: beyond it, a page of another shape shows the ground alone.
            width = min(right, round(view.width * self._scale)) - left
            height = min(bottom, round(view.height * self._scale)) - top
            if width > 0 and height > 0:
                scale = self._scale
                moved = replace(
                    scene,
                    width=width / scale,
                    height=height / scale,
                    xy=scene.xy - np.array([left, top]) / scale,
                    pictures=tuple(p.moved(-left / scale, -top / scale, p.at) for p in scene.pictures),
                )
                part.paste(raster.render(moved, scale, None, self._shrunk))
        self.image.paste(part, (left, top))
        self._count(part)
        return box

    def _count(self, part: Image.Image) -> None:
        if len(self.colours) < COUNTED:
            rgb = np.asarray(part, dtype=np.uint32).reshape(-1, 3)
            values, counts = np.unique((rgb[:, 0] << 16) | (rgb[:, 1] << 8) | rgb[:, 2], return_counts=True)
            self.colours.update(dict(zip(values.tolist(), counts.tolist(), strict=True)))


def _table(page: Page, records: Iterable[Drawable]) -> Table:
    table = Table()
    for record in (page, *records):
        table.apply(Put(record))
    return table


def _area(boxes: list[Pixels]) -> int:
    return sum((right - left) * (bottom - top) for left, top, right, bottom in boxes)


def _meet(a: Pixels, b: Pixels) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


# -- encoding ---------------------------------------------------------------------------------------------------


def _palette(colours: Counter[int]) -> NDArray[np.uint8]:
    """At most 256 colours (n, 3): the most frequent ones as they are first, then what stands for the rest."""
    ranked = np.array([value for value, _ in colours.most_common()], dtype=np.uint32)
    rgb = np.column_stack((ranked >> 16, (ranked >> 8) & 255, ranked & 255)).astype(np.uint8)
    if len(rgb) <= COLOURS:
        return rgb
    rest = Image.fromarray(rgb[None, EXACT:]).quantize(COLOURS - EXACT, Image.Quantize.MEDIANCUT)
    made = np.array(rest.getpalette(), dtype=np.uint8).reshape(-1, 3)
    return np.concatenate((rgb[:EXACT], made))[:COLOURS]


def _nearest(palette: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """For colours of 6 bits a channel (64, 64, 64), which of the palette shows them; Pillow's own search is coarser,
    and does not find white for white."""
    level = np.arange(64, dtype=np.float32) * 4 + 1.5
    green, blue = np.meshgrid(level, level, indexing="ij")
    table = np.empty((64, 64, 64), dtype=np.uint8)
    r, g, b = palette.astype(np.float32).T
    for number, red in enumerate(level.tolist()):
        off = (green[..., None] - g) ** 2 + (blue[..., None] - b) ** 2 + (red - r) ** 2
        table[number] = off.argmin(axis=2)
    for index in range(min(len(palette), EXACT) - 1, -1, -1):  # where two share a place, the more frequent has it
        table[tuple(palette[index] >> 2)] = index
    return table


def _encoded(frames: list[_Frame], stage: _Stage, format: str, cancelled: Callable[[], bool] | None) -> bytes:
    palette = _palette(stage.colours)
    nearest = _nearest(palette)
    current = Image.new("P", stage.size)
    current.putpalette(palette.tobytes())
    pictures: list[Image.Image] = []
    times: list[float] = []
    for time, box, rgb in frames:
        if cancelled is not None and cancelled():
            raise Cancelled()
        six = np.frombuffer(zlib.decompress(rgb), dtype=np.uint8).reshape(box[3] - box[1], box[2] - box[0], 3) >> 2
        # Pixels are numbers of the palette already: pasted as they are, nothing is translated.
        current.paste(Image.fromarray(nearest[six[..., 0], six[..., 1], six[..., 2]]), box[:2])
        if pictures and pictures[-1].tobytes() == current.tobytes():
            continue
        pictures.append(current.copy())
        times.append(time)
    durations = [*(round(b - a) for a, b in pairwise(times)), HOLD]
    out = io.BytesIO()
    options: dict[str, dict[str, Any]] = {
        "GIF": {"optimize": False},
        "WEBP": {"lossless": True, "method": 0, "quality": 20},
        "PNG": {},
    }
    pictures[0].save(
        out, format, save_all=True, append_images=pictures[1:], duration=durations, loop=0, **options[format]
    )
    return out.getvalue()
