"""Pages of a board as files of another program: one for each page."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from classroom.core import records as r
from classroom.core.table import Table
from classroom.foreign import excalidraw

MIMES = ((b"\x89PNG", "image/png"), (b"\xff\xd8", "image/jpeg"), (b"GIF8", "image/gif"), (b"RIFF", "image/webp"))


def drawings(
    table: Table,
    pages: Collection[str] | None = None,
    *,
    ids: Collection[str] | None = None,
    copy: str = "",
    assets: Callable[[str], bytes | None] | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[tuple[str, bytes]]:
    """`.excalidraw` files, name and content, of these pages (all that are there unless given), in their order. `ids`:
    of these things alone. `copy`: with that person's private work on it."""

    def picture(asset: str) -> tuple[bytes, str] | None:
        data = assets(asset) if assets else None
        mime = next((kind for head, kind in MIMES if data and data.startswith(head)), "")
        return (data, mime) if data and mime else None

    there = [page for page in table.of_type("page") if isinstance(page, r.Page) and not page.gone]
    chosen = [page for page in there if pages is None or page.id in pages]
    if ids is not None:
        named = {getattr(table.get(id), "page", "") for id in ids}
        chosen = [page for page in chosen if page.id in named]
    made: list[tuple[str, bytes]] = []
    for n, page in enumerate(chosen, 1):
        if cancelled and cancelled():
            break
        lying: list[Any] = [one for one in table.on_page(page.id) if one.copy in ("", copy)]
        if ids is not None:
            lying = [one for one in lying if one.id in set(ids)]
        made.append((f"board-{n}.excalidraw", excalidraw.write(lying, picture)))
        if progress:
            progress(n, len(chosen))
    return [("board.excalidraw", made[0][1])] if len(made) == 1 else made
