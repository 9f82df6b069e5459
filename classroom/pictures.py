"""Pictures of a board as files: named by their suffix, and written whole or not at all."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from classroom.core.errors import ClassroomError
from classroom.core.messages import Entry
from classroom.core.table import Table
from classroom.files import write_whole


def write_pictures(
    table: Table,
    path: str | os.PathLike[str],
    pages: list[str] | None,
    scale: float,
    theme: str,
    missing: Callable[[str], None] | None = None,
    *,
    assets: Callable[[str], bytes | None] | None = None,
    ids: Collection[str] | None = None,
    copy: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> list[Path]:
    """Draws and writes the pages of a table; see `Board.export`. `missing` is told a sentence about characters that no
    font here has; unless given, it is a warning."""
    from classroom import render

    path = Path(path)
    suffix = path.suffix.lower().lstrip(".")
    if not suffix:
        raise ValueError(
            f"{path} says no format. Give it a suffix: .pdf, .png, .jpg, .webp, .svg, .zip, .md, .ipynb or .excalidraw."
        )
    if not path.parent.is_dir():
        raise FileNotFoundError(f"There is no folder {path.parent}. Make it first, or choose another.")

    if suffix == "excalidraw":
        from classroom.foreign.pages import drawings

        drawn = drawings(table, pages, ids=ids, copy=copy, assets=assets, progress=progress)
        if not drawn:
            raise ClassroomError("There is no page to export.")
        return write_files(path, [data for _, data in drawn])

    def told(characters: tuple[str, ...]) -> None:
        sentence = render.lacking(characters)
        if missing is not None:
            missing(sentence)
        else:
            warnings.warn(sentence, stacklevel=5)

    made = render.export(
        table,
        path.name,
        pages=pages,
        scale=scale,
        theme=theme,
        progress=progress,
        assets=assets,
        ids=ids,
        copy=copy,
        missing=told,
    )
    if not made:
        raise ClassroomError("There is no page to export.")
    if suffix == "md":
        return [*write_files(path, [made[0][1]]), *_beside(path.parent, made[1:])]
    return write_files(path, [data for _, data in made])


def _beside(folder: Path, files: list[tuple[str, bytes]]) -> list[Path]:
    """Files in a folder of their own next to a document."""
    for name, data in files:
        target = folder / name
        target.parent.mkdir(exist_ok=True)
        write_whole(target, data, 0o666 & ~_umask())
    return [folder / name for name, _ in files]


def write_replay(
    log: Sequence[Entry],
    path: Path,
    page: str | None,
    width: int,
    speed: float,
    pause: float,
    theme: str,
    progress: Callable[[int, int], None] | None = None,
    assets: Callable[[str], bytes | None] | None = None,
) -> Path:
    """Draws and writes the replay of a log; see `render.replay`."""
    from classroom.render.replay import replay

    if not path.parent.is_dir():
        raise FileNotFoundError(f"There is no folder {path.parent}. Make it first, or choose another.")
    data = replay(log, path.name, page, width, speed, pause, theme, progress, None, assets)
    write_whole(path, data, 0o666 & ~_umask())
    return path


def write_files(path: Path, files: list[bytes]) -> list[Path]:
    """One file at `path`, or several at `name-1.png`, `name-2.png`, …; each appears whole."""
    paths = [path.with_name(f"{path.stem}-{n}{path.suffix}") for n in range(1, len(files) + 1)]
    if len(files) == 1:
        paths = [path]
    for target, data in zip(paths, files, strict=True):
        write_whole(target, data, 0o666 & ~_umask())
    return paths


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
