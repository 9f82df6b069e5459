"""A page of the board from Python: what it says, what is on it as plain data and arrays, and its picture.

It promises that what a page says is what is so now. It must never know how the board draws: it asks the board, which is
more than it needs to name (`Book`).
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Protocol, get_args

import msgspec

from classroom import lesson
from classroom.changes import copy_of, new_id
from classroom.client import Client
from classroom.core import messages as m
from classroom.core import order
from classroom.core import records as r
from classroom.core.errors import ClassroomError, Refusal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    from classroom.render.scene import Scene

PICTURED = 2_000
"""A page with more on it is not drawn just to show a cell's value."""
SHOWN_WIDTH = 1_000
"""Pixels of a picture that a cell shows."""
MAX_PIXELS = 100_000_000
"""Of one picture: 300 MB."""
SHOWN_BYTES = 400_000
"""Of such a picture as a PNG: a saved notebook stays small. A larger one, a photo then, is a JPEG."""
SIZES: dict[str, tuple[float, float]] = {
    "16:9": (1600, 900), "a4": (1240, 1754), "a4 landscape": (1754, 1240), "endless": (1600, 900)
}  # fmt: skip
"""Names of page sizes, in board units."""


def size_of(size: str | tuple[float, float]) -> dict[str, Any]:
    """The fields of a page of that size. Raises `ValueError` that names the choices."""
    if isinstance(size, str):
        name = size.strip().lower()
        if name not in SIZES:
            names = ", ".join(repr(known) for known in SIZES)
            raise ValueError(f"{size!r} is no size of a page. Use {names}, or (width, height) in board units.")
        width, height = SIZES[name]
        return {"width": width, "height": height, "endless": name == "endless"}
    width, height = (float(side) for side in size)
    if not (100 <= width <= 20_000 and 100 <= height <= 20_000):
        raise ValueError("A page is 100 to 20000 board units wide and high.")
    return {"width": width, "height": height, "endless": False}


class Book(Protocol):
    """What a page needs of the board."""

    _client: Client

    @property
    def pages(self) -> list[Page]: ...

    @property
    def page(self) -> Page | None: ...

    def goto(self, page: Page) -> Page: ...

    def clear(self, page: Page) -> None: ...

    def _show_copy(self, page: Page, person: str, name: bool) -> Page: ...

    def _lay(self, page: r.Page, work: list[r.Drawable]) -> None: ...

    def _asset(self, asset: str) -> bytes | None: ...

    def _copy(self, copy: str | None) -> str: ...


class Page:
    """One page of the board, by its id: what it says is always what is so now."""

    def __init__(self, board: Book, id: str) -> None:
        self._board = board
        self.id = id

    def __repr__(self) -> str:
        pages = self._board.pages
        if self not in pages:
            return "<Page: removed>"
        title = self.title
        return f"<Page {pages.index(self) + 1} {title!r}>" if title else f"<Page {pages.index(self) + 1}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Page) and other.id == self.id

    def __hash__(self) -> int:
        return hash(self.id)

    @property
    def _record(self) -> r.Page:
        record = self._board._client.read(lambda view: view.get(self.id))
        if not isinstance(record, r.Page):
            raise Refusal("unknown-record", id=self.id)
        return record

    @property
    def title(self) -> str:
        """The page's title, which may be empty."""
        return self._record.title

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in board units; of an endless page, of what is looked at first. Can be set, as in
        `add_page`: (width, height), "16:9", "a4", "a4 landscape" or "endless"."""
        record = self._record
        return record.width, record.height

    @size.setter
    def size(self, size: str | tuple[float, float]) -> None:
        self._patch(**size_of(size))

    @property
    def pattern(self) -> str:
        """blank, dots, grid, ruled, axes or staves. Can be set."""
        return self._record.pattern

    @pattern.setter
    def pattern(self, pattern: str) -> None:
        if pattern not in get_args(r.Pattern):
            raise ValueError(f"{pattern!r} is no pattern. There are: {', '.join(get_args(r.Pattern))}.")
        self._patch(pattern=pattern)

    @property
    def locked(self) -> bool:
        """May only staff draw here? Can be set."""
        return self._record.locked

    @locked.setter
    def locked(self, locked: bool) -> None:
        self._patch(locked=bool(locked))

    @property
    def objects(self) -> list[lesson.Stroke | lesson.Thing]:
        """What is on this page, bottom to top, as plain data."""
        client = self._board._client
        found = client.read(lambda view: view.on_page(self.id))
        return lesson.things(copy_of(client, ("person",)), found)

    @property
    def strokes(self) -> list[NDArray[np.float64]]:
        """Every stroke on this page, bottom to top, as an array (n, 3): x, y where they lie on the page, pressure 0..1.
        A long one is one array, however many records it has."""
        import numpy as np

        found: dict[str, list[NDArray[np.float64]]] = {}
        parts = self._board._client.read(
            lambda view: {one.id: one.part for one in view.on_page(self.id) if isinstance(one, r.Ink)}
        )
        for one in self.objects:
            if not isinstance(one, lesson.Stroke):
                continue
            points = one.points
            if one.transform is not None:
                a, b, c, d, e, f = one.transform
                x, y, pressure = points.T
                points = np.column_stack((a * x + c * y + e, b * x + d * y + f, pressure))
            first = parts.get(one.id, "")
            # A part begins with the last point of the one before.
            found.setdefault(first or one.id, []).append(points[1:] if first in found else points)
        return [np.concatenate(some) for some in found.values()]

    def image(self, scale: float = 1, theme: str = "light", copy: str | None = None) -> Image.Image:
        """The page as a PIL image, `scale` pixels per board unit. `theme` and `copy` as in `Board.export`."""
        from classroom.render import CannotExport, raster

        scene = self._scene(theme, copy)
        if not 0 < scale <= 64 or scene.width * scene.height * scale * scale > MAX_PIXELS:
            raise CannotExport(f"At {scale:g} pixels per board unit that is no picture, or too large a one.")
        return raster.render(scene, scale)

    def _scene(self, theme: str = "light", copy: str | None = None) -> Scene:
        from classroom.render.scene import page_scene

        board = self._board
        whose = board._copy(copy)
        return page_scene(
            copy_of(board._client), self.id, "dark" if theme == "dark" else "light", whose, assets=board._asset
        )

    def duplicate(self) -> Page:
        """A new page after this one with the same on it, but for people's private copies."""
        board, source = self._board, self._record
        pages = board._client.read(lambda view: [p for p in view.of_type("page") if isinstance(p, r.Page)])
        after = next((p.order for p in pages if p.order > source.order), None)
        made = msgspec.structs.replace(
            source, id=new_id(), order=order.between(source.order, after), shows=(), cleared=0
        )
        board._lay(made, board._client.read(lambda view: [d for d in view.on_page(self.id) if not d.copy]))
        return Page(board, made.id)

    def rename(self, title: str) -> None:
        """Gives the page another title."""
        self._patch(title=title)

    def remove(self) -> None:
        """Takes the page away, with what is on it; `restore` brings it back."""
        self._patch(gone=True)

    def restore(self) -> None:
        """Brings a removed page back."""
        self._patch(gone=False)

    def move(self, number: int) -> None:
        """Makes this the page of that number, from 1."""
        others = [page for page in self._board.pages if page != self]
        at = max(0, min(number - 1, len(others)))
        before = others[at - 1]._record.order if at else None
        after = others[at]._record.order if at < len(others) else None
        self._patch(order=order.between(before, after))

    @property
    def copies(self) -> dict[str, list[lesson.Stroke | lesson.Thing]]:
        """Everyone's private copy by name, on a page that was added with `audience="each"`: what each person's own work
        is, bottom to top, as `objects` gives it and without the worksheet. Whoever has drawn nothing is not there."""
        client = self._board._client
        copies: dict[str, list[r.Drawable]] = {}
        for record in client.read(lambda view: list(view.on_page(self.id))):
            if record.copy:
                copies.setdefault(record.copy, []).append(record)
        people = copy_of(client, ("person",))
        named = {id: lesson.name_of(people, id) for id in copies}
        twice = {name for name in named.values() if sum(other == name for other in named.values()) > 1}
        return {
            f"{named[id]} ({id})" if named[id] in twice else named[id]: lesson.things(people, found)
            for id, found in copies.items()
        }

    def show(self, person: str | None = None, name: bool = True) -> Page:
        """Shows this page to everyone who follows; or, with the name (or id) of a `person`, their private copy of it.

        The copy is laid on a new page, which is given back: everyone sees it, with the person's name as its title or,
        with `name=False`, nothing that says whose it is. `take_back` of that page ends it. Raises `LookupError` when
        nobody of that name has a copy.
        """
        if person is None:
            self._board.goto(self)
            return self
        return self._board._show_copy(self, person, name)

    def take_back(self) -> None:
        """Ends the showing of someone's work: the page is gone, and the class is back on the one before it."""
        pages = self._board.pages
        at = pages.index(self) if self in pages else 0
        if not self._record.shows:
            raise ValueError("Nobody's work is shown on this page.")
        others = [page for page in pages if page != self]
        ops: list[m.Op] = [m.Patch((self.id,), {"gone": True})]
        if others and self._board.page == self:
            ops.insert(0, m.Patch(("class",), {"page": others[max(0, at - 1)].id}))
        self._board._client.change(ops)

    def clear(self) -> None:
        """Removes everything from this page."""
        self._board.clear(self)

    def _patch(self, **fields: Any) -> None:
        self._board._client.change([m.Patch((self.id,), fields)])

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {"text/plain": repr(self), **pictured(self._board, self)}

    def _repr_png_(self) -> bytes | None:
        return pictured(self._board, self).get("image/png")


# -- in a notebook ------------------------------------------------------------------------------------------------


def pictured(board: Book, page: Page | None = None, width: int = SHOWN_WIDTH) -> dict[str, bytes]:
    """The page (the one that is shown, unless given) by MIME type, at most `width` pixels wide; empty when there is
    none, or too much on it to be drawn by the way."""
    client = board._client
    page = page or board.page
    if page is None or client.read(lambda view: len(view.on_page(page.id))) > PICTURED:
        return {}
    from classroom.render import raster

    try:
        scene = page._scene()
    except (ClassroomError, KeyError):
        return {}
    image = raster.render(scene, min(1, width / max(scene.width, scene.height)))
    for mime, options in (("image/png", {"compress_level": 6}), ("image/jpeg", {"quality": 80})):
        out = io.BytesIO()
        image.save(out, mime[6:].upper(), **options)
        if out.tell() <= SHOWN_BYTES:
            break
    return {mime: out.getvalue()}
