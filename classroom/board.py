"""The board from Python: its pages, what is drawn and laid on them, pictures of it.

Everything written goes through the client as an ordinary change and comes back refused when it is not allowed; how it
is undone stands in `changes`, one page in `page`. It promises that a stroke of any length arrives (in parts of at most
2,000 points), and that a file is written whole or not at all.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from classroom import lesson
from classroom.changes import History, copy_of, new_id, parcels
from classroom.client import Client
from classroom.core import ink, order, wire
from classroom.core import messages as m
from classroom.core import records as r
from classroom.core.table import View
from classroom.entrance import Unreachable
from classroom.page import Page, pictured, size_of
from classroom.pictures import write_pictures
from classroom.shelf import Shelf

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

CHANGE_BYTES = 16_384
"""Strokes of a long list travel together in changes of about this size: few enough for the rate of one person."""

FIGURES = ("line", "arrow", "rectangle", "ellipse", "triangle", "polygon")

PageLike: TypeAlias = "Page | str | int | None"


def colour_of(color: str) -> str:
    """An ink of the palette, or `#rrggbb`, from either, `#rgb` or the name of an HTML colour.

    Raises `ValueError` that names the choices.
    """
    known = color.strip().lower()
    if known in r.PALETTE or re.fullmatch(r"#[0-9a-f]{6}", known):
        return known
    from PIL import ImageColor

    try:
        parts: tuple[int, ...] = ImageColor.getrgb(known)
    except ValueError:
        parts = ()
    if len(parts) != 3:  # no colour, or one with transparency
        inks = ", ".join(r.PALETTE)
        raise ValueError(f"{color!r} is no ink. Use {inks}, or an opaque colour such as '#1e1e1e'.")
    return "#" + bytes(parts).hex()


class Board:
    """The board of a class. Positions are board units: a page is 1600 x 900 unless it says otherwise, y goes down."""

    def __init__(self, client: Client, shelf: Shelf | None = None) -> None:
        self._client = client
        self._shelf = shelf
        self._history = History(client)

    def __repr__(self) -> str:
        pages = self.pages
        return f"<Board: {len(pages)} page{'' if len(pages) == 1 else 's'}, showing {self.page!r}>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """In a notebook the page that is shown, as its picture: a saved notebook shows it where no server runs."""
        return {"text/plain": repr(self), **pictured(self)}

    # -- pages

    @property
    def pages(self) -> list[Page]:
        """The pages that are there, in order."""
        return self._client.read(
            lambda view: [Page(self, p.id) for p in view.of_type("page") if isinstance(p, r.Page) and not p.gone]
        )

    @property
    def page(self) -> Page | None:
        """The page that the teacher shows; None when there is no page."""
        shown = self._client.read(_shown)
        return Page(self, shown) if shown else None

    def add_page(
        self,
        title: str = "",
        *,
        size: str | tuple[float, float] = "16:9",
        pattern: str = "blank",
        audience: str = "all",
        show: bool = True,
    ) -> Page:
        """Adds a page at the end. `size`: 16:9, a4, a4 landscape, endless, or (width, height) in board units.

        `pattern`: blank, dots, grid, ruled, axes, staves; `audience`: all, staff, each (a copy each).
        """
        id = new_id()
        page = wire.convert(
            r.Page,
            {
                "id": id, "type": "page", "order": order.between(self._last(), None), "title": title,
                "pattern": pattern, "audience": audience, **size_of(size),
            },
        )  # fmt: skip
        ops: list[m.Op] = [m.Put(page)]
        if show:
            ops.append(m.Patch(("class",), {"page": id}))
        self._client.change(ops)
        return Page(self, id)

    def _last(self) -> str | None:
        """The order of the last page, gone ones too."""
        orders = self._client.read(lambda view: [p.order for p in view.of_type("page") if isinstance(p, r.Page)])
        return orders[-1] if orders else None

    def import_pdf(
        self,
        path: str | os.PathLike[str] | bytes,
        *,
        progress: Callable[[int, int], None] | None = None,
        show: bool = True,
    ) -> list[Page]:
        """Adds the pages of a PDF (a path, or its bytes) at the end, to be written on, and gives them.

        At most 200 pages and 100 MB. `progress` is told (pages done, of how many); `show`: goes to the first of them.
        For staff. Raises `ImportFailed` with a sentence for a PDF that cannot be read, and `NotAdmitted`.
        """
        data = path if isinstance(path, bytes) else Path(path).expanduser().read_bytes()
        sheets = self._pictures.pdf(data, progress)
        keys = order.several(self._last(), None, len(sheets))
        made = [
            wire.convert(r.Page, {"id": new_id(), "type": "page", "order": key, **sheet})
            for key, sheet in zip(keys, sheets, strict=True)
        ]
        ops: list[m.Op] = [m.Put(page) for page in made]
        if show and made:
            ops.append(m.Patch(("class",), {"page": made[0].id}))
        self._client.change(ops)
        return [Page(self, page.id) for page in made]

    @property
    def _pictures(self) -> Shelf:
        if self._shelf is None:
            raise Unreachable("Pictures need the class's server; this board was opened without one.")
        return self._shelf

    def goto(self, page: PageLike) -> Page:
        """Shows a page to everyone who follows: a `Page`, its title, its number from 1, or its id."""
        found = self._find(page)
        self._client.change([m.Patch(("class",), {"page": found.id})])
        return found

    def _show_copy(self, page: Page, person: str, name: bool) -> Page:
        people = self._client.read(lambda view: [p for p in view.of_type("person") if isinstance(p, r.Person)])
        found = [p for p in people if person in (p.id, p.name)]
        if len(found) != 1 or page._record.audience != "each":
            names = ", ".join(repr(one) for one in page.copies) or "nobody"
            raise LookupError(f"There is no private copy of {person!r} on this page. Copies: {names}.")
        owner = found[0]
        source = page._record
        pages = self._client.read(lambda view: [p for p in view.of_type("page") if isinstance(p, r.Page)])
        after = next((p.order for p in pages if p.order > source.order), None)
        made = wire.convert(
            r.Page,
            {
                **{field: getattr(source, field) for field in ("width", "height", "endless", "pattern", "asset")},
                "id": new_id(), "type": "page", "order": order.between(source.order, after),
                "title": f"{owner.name}’s work" if name else "Someone’s work", "shows": [owner.id],
            },
        )  # fmt: skip
        work = self._client.read(lambda view: [one for one in view.on_page(page.id) if one.copy in ("", owner.id)])
        if not name:
            work = [msgspec.structs.replace(one, alt="") if isinstance(one, r.Picture) else one for one in work]
        # Nobody is led there before it is whole.
        self._lay(made, [msgspec.structs.replace(one, locked=False) for one in work])
        self._client.change([m.Patch(("class",), {"page": made.id})])
        return Page(self, made.id)

    def _lay(self, page: r.Page, work: list[r.Drawable]) -> None:
        """Makes a page and lays these things on it, as new ones."""
        keys = order.several(None, None, len(work))
        fresh: dict[str, str] = {}
        laid: list[m.Op] = []
        for one, z in zip(work, keys, strict=True):
            more = {"part": fresh.get(one.part, "")} if isinstance(one, r.Ink) and one.part else {}
            group = fresh.setdefault(one.group, new_id()) if one.group else ""
            fresh[one.id] = new_id()
            new = msgspec.structs.replace(one, id=fresh[one.id], page=page.id, z=z, copy="", group=group, **more)
            laid.append(m.Put(new))
        limits = self._client.welcome.limits
        self._client.change([m.Put(page)])
        self._client.stream(parcels(laid, limits.ops, limits.frame - 4_096))

    def _find(self, page: PageLike) -> Page:
        """The page meant. Raises `LookupError` that names the pages there are."""
        pages = self.pages
        if page is None:
            found = self.page
            if found is not None:
                return found
        elif isinstance(page, Page):
            return page
        elif isinstance(page, int):
            if 1 <= page <= len(pages):
                return pages[page - 1]
        else:
            for candidate in pages:
                if page == candidate.id or page == candidate.title:
                    return candidate
        names = ", ".join(f"{n} {p.title!r}" for n, p in enumerate(pages, 1)) or "none; add one with board.add_page()"
        raise LookupError(f"There is no page {page!r}. The pages are: {names}.")

    # -- drawing

    def draw(
        self, points: ArrayLike, color: str = "ink", width: float = 3, page: PageLike = None, tool: str = "pen"
    ) -> list[str]:
        """Draws one stroke, and gives the ids of its records (one per 2,000 points).

        `points`: (n, 2) x, y in board units, or (n, 3) with pressure 0..1. `tool`: pen or highlighter. `page`: the one
        that is shown, unless given. `width`: board units, kept in sixteenths. Raises `BadInk` for points that are none,
        and the server's `Refusal`.
        """
        return self.draw_many([points], color, width, page, tool)

    def draw_many(
        self,
        strokes: Iterable[ArrayLike],
        color: str | Sequence[str] = "ink",
        width: float | Sequence[float] = 3,
        page: PageLike = None,
        tool: str = "pen",
    ) -> list[str]:
        """Draws many strokes; `color` and `width` are one for all or one each. As `draw`, but many are on their way at
        once: far faster than one call each. One undo step."""
        import numpy as np

        target = self._find(page).id
        arrays = [np.asarray(points, dtype=np.float64) for points in strokes]
        n = len(arrays)
        colours = [colour_of(c) for c in ([color] * n if isinstance(color, str) else color)]
        widths = [round(16 * float(w)) / 16 for w in ([width] * n if isinstance(width, (int, float)) else width)]
        if not n == len(colours) == len(widths):
            raise ValueError(f"{n} strokes, but {len(colours)} colours and {len(widths)} widths: give one, or one each")
        pieces = [(i, array[at : at + ink.MAX_POINTS]) for i, array in enumerate(arrays) for at in _cuts(len(array))]
        top = self._client.read(lambda view: _top(view, target))
        keys = order.several(top, None, len(pieces))
        made: list[r.Record] = []
        first: dict[int, str] = {}
        for (i, piece), z in zip(pieces, keys, strict=True):
            made.append(
                wire.convert(
                    r.Ink,
                    {
                        "id": new_id(), "type": "ink", "page": target, "z": z, "tool": tool, "colour": colours[i],
                        "width": widths[i], "quantum": 4, "points": ink.pack(piece, 4),
                        "part": first.get(i, ""),
                    },
                )
            )  # fmt: skip
            first.setdefault(i, made[-1].id)
        self._history.do([m.Put(record) for record in made], CHANGE_BYTES)
        return [record.id for record in made]

    def shape(
        self,
        kind: str,
        x: float,
        y: float,
        w: float,
        h: float,
        *,
        color: str = "ink",
        width: float = 3,
        fill: str | bool = False,
        dash: str = "solid",
        corners: Iterable[Sequence[float]] = (),
        page: PageLike = None,
    ) -> str:
        """Draws a figure in the box from x, y to x + w, y + h, and gives its id.

        `kind`: line or arrow (from the first corner of the box to the second; `w` and `h` may be negative), rectangle,
        ellipse, triangle, or polygon, whose `corners` are parts of the box: (0.5, 1) is the middle of its lower edge.
        `fill`: the colour that is laid thinly over the inside, or True for the line's own. `dash`: solid, dashed or
        dotted. `width`: board units, kept in sixteenths. `page`: the one that is shown, unless given. Raises
        `ValueError` for what is no figure, and the server's `Refusal`.
        """
        line = colour_of(color)
        inside = fill if isinstance(fill, str) else (line if fill else "")
        spots = [tuple(float(part) for part in corner) for corner in corners]
        if kind not in FIGURES:
            raise ValueError(f"{kind!r} is no figure. There are: {', '.join(FIGURES)}.")
        if kind == "triangle":
            kind, spots = "polygon", [(0.5, 0.0), (1.0, 1.0), (0.0, 1.0)]
        if kind == "polygon" and len(spots) < 3:
            raise ValueError("A polygon has three corners or more: corners=[(0.5, 0), (1, 1), (0, 1)] is a triangle.")
        return self._put(
            r.Shape,
            page,
            {
                "type": "shape", "kind": kind, "dash": dash, "x": float(x), "y": float(y), "w": float(w), "h": float(h),
                "corners": spots, "colour": line, "fill": colour_of(inside) if inside else "",
                "width": round(16 * float(width)) / 16,
            },
        )  # fmt: skip

    def text(
        self,
        text: str,
        x: float,
        y: float,
        w: float = 0,
        size: float = 32,
        color: str = "ink",
        align: str = "left",
        page: PageLike = None,
    ) -> str:
        """Writes on the board, with the upper left corner of the words at x, y, and gives the id.

        `text` is Markdown: headings, lists, **bold**, *italic*, `code`, fences, and mathematics between dollar signs.
        `w`: where lines are broken; 0: only at newlines. `size`: of plain letters, in board units to the em. `align`:
        left, centre or right. `page`: the one that is shown, unless given. Raises `ValueError` for what no text can be,
        `CannotRead` with a sentence for mathematics that is none, and the server's `Refusal`.
        """
        from classroom.render import typeset

        ink = colour_of(color)
        way = "centre" if align == "center" else align
        if not 4 <= size <= 400 or not 0 <= w <= 1e6 or way not in ("left", "centre", "right"):
            raise ValueError("The size is 4 to 400, the width 0 or more, and align left, centre or right.")
        made = typeset.text(text, float(w), float(size), way)
        self._fits(made.lines)
        return self._put(
            r.TextBox,
            page,
            {
                "type": "text", "x": float(x), "y": float(y), "w": float(w), "h": made.h, "text": text,
                "size": float(size), "colour": ink, "align": way, "lines": made.lines,
                "formulas": [msgspec.to_builtins(formula) for formula in made.formulas],
            },
        )  # fmt: skip

    def note(
        self,
        text: str,
        x: float,
        y: float,
        w: float = 240,
        h: float = 240,
        size: float = 28,
        color: str = "amber",
        page: PageLike = None,
    ) -> str:
        """Sticks a note on the board, its upper left corner at x, y, and gives the id.

        `text` and `size` as in `text`; words that do not fit into `w` x `h` are written smaller, and when that is not
        enough the note grows downwards. `color`: of the paper. Raises as `text` does.
        """
        from classroom.render import typeset

        tint = colour_of(color)
        if not 4 <= size <= 400 or not 40 <= w <= 1e6 or not 40 <= h <= 1e6:
            raise ValueError("The size is 4 to 400, and the note at least 40 wide and high.")
        made = typeset.note(text, float(w), float(h), float(size))
        self._fits(made.lines)
        return self._put(
            r.Note,
            page,
            {
                "type": "note", "x": float(x), "y": float(y), "w": float(w), "h": made.h, "text": text,
                "size": float(size), "colour": tint, "lines": made.lines,
                "formulas": [msgspec.to_builtins(formula) for formula in made.formulas],
            },
        )  # fmt: skip

    @staticmethod
    def _fits(lines: Sequence[r.TextLine]) -> None:
        if len(lines) > 500 or any(len(runs) > 200 for _, _, runs in lines):
            raise ValueError("That is more than one text holds. Write it as several.")

    def _put(self, cls: type[r.Drawable], page: PageLike, fields: dict[str, Any]) -> str:
        """Puts one thing on top of a page."""
        target = self._find(page).id
        z = order.between(self._client.read(lambda view: _top(view, target)), None)
        record: r.Drawable = wire.convert(cls, {"id": new_id(), "page": target, "z": z, **fields})
        self._history.do([m.Put(record)])
        return record.id

    def image(
        self,
        what: Any,
        x: float | None = None,
        y: float | None = None,
        width: float | None = None,
        page: PageLike = None,
        alt: str = "",
    ) -> str:
        """Lays a picture on the board, to draw over, and gives its id.

        `what`: a PIL image, a numpy array (H x W, or H x W x 3 or 4; 0..255 or floats 0..1), a matplotlib figure, a
        path or bytes of a PNG, JPEG, GIF or WebP. `x`, `y`: its upper left corner; the middle of the page unless given.
        `width`: board units, the height follows; unless given, a unit to a pixel, or what fits. `page`: the one that is
        shown, unless given. `alt`: what it shows, in words. Raises `TypeError` or `ValueError` for what is no picture,
        `NotAdmitted` with the server's sentence, and its `Refusal`.
        """
        target = self._find(page)
        sent = self._pictures.put(what)
        across, down = target.size
        if width is None:
            width = min(sent.width, 0.8 * across, 0.8 * down * sent.width / sent.height)
        height = width * sent.height / sent.width
        top = self._client.read(lambda view: _top(view, target.id))
        record: r.Picture = wire.convert(
            r.Picture,
            {
                "id": new_id(), "type": "image", "page": target.id, "z": order.between(top, None),
                "x": float((across - width) / 2 if x is None else x), "w": float(width),
                "y": float((down - height) / 2 if y is None else y), "h": float(height),
                "asset": sent.asset, "alt": alt,
            },
        )  # fmt: skip
        self._history.do([m.Put(record)])
        return record.id

    def load(self, path: str | os.PathLike[str], page: PageLike = None) -> list[str]:
        """Lays a drawing of another program on a page (the one that is shown, unless given), as things that can be
        changed, and gives their ids. One undo step.

        `path`: a `.excalidraw`, `.excalidrawlib` or `.tldr` file. What could not be brought along is told as a warning.
        Raises `ValueError` with a sentence for what is no drawing, and the server's `Refusal`.
        """
        import warnings

        from classroom import foreign
        from classroom.foreign.lines import laid_out
        from classroom.render.fonts import fonts

        target = self._find(page)
        found = foreign.read(Path(path).read_bytes())
        kept = {key: self._kept(picture) for key, picture in found.pictures.items()}
        made = laid_out(found.settled({key: asset for key, asset in kept.items() if asset}), fonts().measure)
        keys = order.several(self._client.read(lambda view: _top(view, target.id)), None, len(made))
        fresh: dict[str, str] = {}
        records: list[r.Record] = []
        for one, z in zip(made, keys, strict=True):
            id = new_id()
            part = fresh.get(one["part"], "") if one.get("part") else ""
            group = fresh.setdefault("group " + one["group"], new_id()) if one.get("group") else ""
            if "id" in one:
                fresh[one["id"]] = id
            fields = {**one, "id": id, "page": target.id, "z": z, "group": group}
            if one["type"] == "ink":
                fields["part"] = part
            records.append(wire.convert(r.TYPES[one["type"]], fields))
        self._history.do([m.Put(record) for record in records], CHANGE_BYTES)
        if found.left_out:
            warnings.warn("Not brought along: " + " ".join(found.left_out), stacklevel=2)
        return [record.id for record in records]

    def _kept(self, picture: bytes) -> str:
        """The asset of a picture that has been sent; "" for what is none."""
        from classroom.entrance import NotAdmitted

        try:
            return self._pictures.put(picture).asset
        except (ValueError, NotAdmitted):
            return ""

    def erase(self, *ids: str) -> None:
        """Removes what has these ids, as far as it is there."""
        if ids:
            self._history.do([m.Remove(tuple(ids[at : at + 2_000])) for at in range(0, len(ids), 2_000)])

    def clear(self, page: PageLike = None) -> None:
        """Removes everything from a page. `undo` brings it back; undo of what was drawn before does not cross it."""
        target = self._find(page).id
        ids = [d.id for d in self._client.read(lambda view: view.on_page(target))]
        ops: list[m.Op] = [m.Remove(tuple(ids[at : at + 2_000])) for at in range(0, len(ids), 2_000)]
        self._history.do([m.Patch((target,), {"cleared": 1}), *ops], unmade=("cleared",))

    def undo(self) -> bool:
        """Takes back the last thing this program did on the board. False when there is nothing left to take back."""
        return self._history.undo()

    def redo(self) -> bool:
        """Does again what was last undone. False when there is nothing."""
        return self._history.redo()

    # -- reading

    @property
    def objects(self) -> list[lesson.Stroke | lesson.Thing]:
        """What is on the page that is shown, bottom to top, as plain data; strokes with their points as arrays."""
        shown = self.page
        return shown.objects if shown else []

    def export(
        self,
        path: str | os.PathLike[str],
        pages: Iterable[PageLike] | PageLike = None,
        scale: float = 2,
        theme: str = "light",
        *,
        ids: Iterable[str] | None = None,
        copy: str | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> list[Path]:
        """Writes pictures of pages (all of them unless given), by the suffix of `path`: png, jpg, webp, svg, pdf, zip.

        gif and apng are how the board came about, as `replay` writes it.
        A pdf holds all pages, and a zip a png of each. Else one page is written to `path` itself, several to
        `board-1.png`, `board-2.png`, …. `md` and `ipynb` write the whole lesson, the feed with the pages in their
        places: Markdown with a folder of pictures, or one notebook. `excalidraw` writes what Excalidraw opens, to be
        drawn on. `ids`: one picture of these things alone. `copy`:
        the name or id of whose private copy is shown on pages where everyone has one, "" for the worksheet alone;
        unless given, one's own, for staff the worksheet. `scale` is pixels per board unit (of no account to a pdf,
        whose paper is 13.33 x 7.5 inches for a page of 1600 x 900, and A4 for a4), `theme` light or dark. `progress`
        is told (pages done, of how many). Characters that no font on this machine has are drawn as boxes, and a warning
        names them. Gives the paths written.
        """
        wanted = [pages] if pages is None or isinstance(pages, (Page, str, int)) else list(pages)
        found = None if wanted == [None] else [self._find(page).id for page in wanted]
        if Path(path).suffix.lower() in (".gif", ".apng"):
            if ids is not None or copy or len(wanted) > 1:
                raise ValueError("A replay is of one page or of all, as everyone saw them: without ids and copy.")
            return [self.replay(path, wanted[0], theme=theme, progress=progress)]
        return write_pictures(
            copy_of(self._client), path, found, scale, theme, assets=self._asset, progress=progress,
            ids=None if ids is None else list(ids), copy=self._copy(copy),
        )  # fmt: skip

    def replay(
        self,
        path: str | os.PathLike[str],
        page: PageLike = None,
        *,
        speed: float = 4,
        pause: float = 2,
        width: int = 800,
        theme: str = "light",
        progress: Callable[[int, int], None] | None = None,
    ) -> Path:
        """Writes how the board came about, by the suffix of `path`: gif, webp, or png (apng). For staff.

        `page`: one page alone; what was shown, page after page, unless given. `speed`: times as fast as it was.
        `pause`: seconds that longer pauses are cut to. `width`: pixels. `theme`: light or dark. `progress` is told
        (frames done, of how many). Raises `ValueError` for another suffix, `CannotExport` with a sentence, and
        `NotAdmitted`.
        """
        from classroom.files import write_whole

        path = Path(path)
        suffix = path.suffix.lower().lstrip(".")
        if suffix not in ("gif", "webp", "png", "apng"):
            raise ValueError(f"{path} is no replay. Give it one of these suffixes: .gif, .webp, .png.")
        if not path.parent.is_dir():
            raise FileNotFoundError(f"There is no folder {path.parent}. Make it first, or choose another.")
        asked: dict[str, Any] = {
            "replay": True, "format": "apng" if suffix == "png" else suffix,
            "speed": speed, "pause": pause, "width": width, "theme": theme,
        }  # fmt: skip
        if page is not None:
            asked["pages"] = [self._find(page).id]
        write_whole(path, self._pictures.replay(asked, progress), 0o644)
        return path

    def _asset(self, asset: str) -> bytes | None:
        return self._shelf.get(asset) if self._shelf is not None else None

    def _copy(self, copy: str | None) -> str:
        """The id of whose copy is meant. Raises `LookupError`."""
        if copy is None:
            return "" if self._client.welcome.role in ("teacher", "assistant") else self._client.person
        people = self._client.read(lambda view: view.of_type("person"))
        found = [p.id for p in people if isinstance(p, r.Person) and copy in (p.id, p.name)]
        if copy and not found:
            raise LookupError(f"Nobody here is called {copy!r}.")
        return found[0] if copy else ""


# -- the parts --------------------------------------------------------------------------------------------------


def _shown(view: View) -> str:
    known = view.get("class")
    if isinstance(known, r.Class) and known.page and view.get(known.page) is not None:
        return known.page
    pages = [p.id for p in view.of_type("page") if isinstance(p, r.Page) and not p.gone]
    return pages[0] if pages else ""


def _top(view: View, page: str) -> str | None:
    """`z` of the topmost of what everyone sees: what is put over it tells nothing of private copies."""
    return next((one.z for one in reversed(view.on_page(page)) if not one.copy), None)


def _cuts(points: int) -> list[int]:
    """Where the parts of a stroke begin: each where the one before ended, so that the line has no gap.

    An empty stroke is left to `ink.pack` to refuse.
    """
    starts = [0]
    while starts[-1] + ink.MAX_POINTS < points:
        starts.append(starts[-1] + ink.MAX_POINTS - 1)
    return starts
