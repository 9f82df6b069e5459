"""The command line: `classroom start`, `list`, `export`, `replay`, `doctor`.

Every error is one sentence that says what to do next, on the error stream, with exit status 1 (2 for a command that
cannot be understood). It promises never to write over a file of the person's own, and that Ctrl+C ends what it started.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from classroom import __version__
from classroom.core.errors import ClassroomError

if TYPE_CHECKING:
    from rich.console import Console

    from classroom.core.table import Table


def parser() -> argparse.ArgumentParser:
    """All commands and options."""
    top = argparse.ArgumentParser(prog="classroom", description="Live teaching inside Jupyter.")
    top.add_argument("--version", action="version", version=f"classroom {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    start = commands.add_parser(
        "start",
        help="start JupyterLab with a class open, and print its join link",
        description="Starts JupyterLab on a notebook with a class open, and prints join link, spoken code and QR code. "
        "Options that are not listed here are passed on to `jupyter lab`.",
        allow_abbrev=False,
    )
    start.add_argument(
        "notebook", nargs="?", help="the notebook to open (default: notebooks/teach.ipynb, made if missing)"
    )
    start.add_argument("--title", help="title of the class (default: what the notebook says in classroom.start)")
    start.add_argument("--no-browser", action="store_true", help="do not open a browser")
    start.add_argument("--port", type=int, default=8888, help="port to listen on (default: 8888, or the next free one)")
    start.add_argument("--ip", default="", help="address to listen on; 0.0.0.0 lets others on the network join")

    commands.add_parser("list", help="list the classes on this machine")

    export = commands.add_parser("export", help="write pictures of a class's board")
    export.add_argument("name", metavar="CLASS", help="id, title or file of the class")
    export.add_argument(
        "-o",
        "--output",
        default="board.png",
        help="file to write; its suffix says the format: pdf, png, jpg, webp, svg, zip, excalidraw, or of the whole "
        "lesson md or ipynb (default: board.png)",
    )
    export.add_argument("--pages", default="", help="numbers of pages, such as 1,3 or 2-4 (default: all)")
    export.add_argument("--copy", default="", help="whose private copy is shown on worksheets (default: nobody's)")
    export.add_argument("--scale", type=float, default=2.0, help="pixels per board unit (default: 2)")
    export.add_argument("--theme", choices=("light", "dark"), default="light", help="light or dark (default: light)")

    replay = commands.add_parser("replay", help="write an animated picture of how a class's board came about")
    replay.add_argument("name", metavar="CLASS", help="id, title or file of the class")
    replay.add_argument(
        "-o", "--output", default="lesson.gif", help="file to write: gif, webp or png (default: lesson.gif)"
    )
    replay.add_argument("--page", type=int, default=0, help="one page by number (default: what the teacher showed)")
    replay.add_argument("--speed", type=float, default=4.0, help="times as fast as it was (default: 4)")
    replay.add_argument("--pause", type=float, default=2.0, help="seconds that longer pauses are cut to (default: 2)")
    replay.add_argument("--width", type=int, default=800, help="pixels (default: 800)")
    replay.add_argument("--theme", choices=("light", "dark"), default="light", help="light or dark (default: light)")

    doctor = commands.add_parser("doctor", help="check what commonly goes wrong, and say how to mend it")
    doctor.add_argument("--url", default="", help="a running Jupyter server to look at (default: those of this person)")
    doctor.add_argument("--token", default="", help="that server's token")
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; gives the exit status."""
    from rich.console import Console

    out = Console(highlight=False, soft_wrap=True)
    asked, rest = parser().parse_known_args(argv)
    if rest and asked.command != "start":
        parser().error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        if asked.command == "start":
            from classroom.starting import start

            return start(asked, rest, out)
        if asked.command == "doctor":
            from classroom.doctor import doctor

            return doctor(out, asked.url, asked.token)
        if asked.command == "list":
            return list_classes(out)
        return replay(asked, out) if asked.command == "replay" else export(asked, out)
    except (ClassroomError, ValueError, OSError) as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"[red]classroom:[/red] {_plain(error)}")
        return 1
    except KeyboardInterrupt:
        return 130


def _plain(error: Exception) -> str:
    from rich.markup import escape

    return escape(str(error))


# -- list -------------------------------------------------------------------------------------------------------


def list_classes(out: Console) -> int:
    """What classes there are, here and on running servers."""
    from rich.markup import escape
    from rich.table import Table

    from classroom.places import known_classes

    found = known_classes()
    if not found:
        out.print("There is no class here yet. Make one: classroom start")
        return 0
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("Class", "Id", "Changed", "State"):
        table.add_column(column)
    for known in found:
        table.add_row(escape(known.title), known.id, known.changed, escape(known.state))
    out.print(table)
    return 0


# -- export -----------------------------------------------------------------------------------------------------


def export(asked: argparse.Namespace, out: Console) -> int:
    """Pictures of a board, from the server that holds the class or from its file."""
    from rich.progress import Progress

    from classroom.core.records import Page
    from classroom.pictures import write_pictures
    from classroom.places import held

    known = held(asked.name)
    table = known.table
    pages = [page.id for page in table.of_type("page") if isinstance(page, Page) and not page.gone]
    wanted = [pages[number - 1] for number in numbers(asked.pages, len(pages))] if asked.pages else None

    def missing(sentence: str) -> None:
        from rich.console import Console

        told = _plain(ValueError(sentence))
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"[yellow]classroom:[/yellow] {told}")

    copy = person(table, asked.copy) if asked.copy else ""
    with Progress(console=out, transient=True, disable=not out.is_terminal) as shown:
        task = shown.add_task("Drawing", total=None)
        paths = write_pictures(
            table, Path(asked.output), wanted, asked.scale, asked.theme, missing, assets=known.asset, copy=copy,
            progress=lambda done, total: shown.update(task, completed=done, total=total),
        )  # fmt: skip
    for path in paths:
        out.print(f"Wrote [bold]{_plain(ValueError(path))}[/bold]")
    return 0


def person(table: Table, name: str) -> str:
    """The id of a person by name or id. Raises `ValueError` that says who has a copy."""
    from classroom.core.records import Drawable, Person

    people = [one for one in table.of_type("person") if isinstance(one, Person)]
    for one in people:
        if name in (one.id, one.name):
            return one.id
    owners = {thing.copy for thing in table if isinstance(thing, Drawable)}
    names = ", ".join(one.name for one in people if one.id in owners) or "nobody"
    raise ValueError(f"--copy {name}: nobody in this class is called that. Copies: {names}.")


def replay(asked: argparse.Namespace, out: Console) -> int:
    """How a board came about, from the log that its server or its file holds."""
    from rich.progress import Progress

    from classroom.core.records import Page
    from classroom.pictures import write_replay
    from classroom.places import held, log_of

    page = None
    known = held(asked.name)
    if asked.page:
        pages = [page.id for page in known.table.of_type("page") if isinstance(page, Page) and not page.gone]
        if not 1 <= asked.page <= len(pages):
            raise ValueError(f"--page {asked.page}: this class has {len(pages)} pages, numbered from 1.")
        page = pages[asked.page - 1]
    log = log_of(asked.name)
    with Progress(console=out, transient=True, disable=not out.is_terminal) as shown:
        task = shown.add_task("Drawing", total=None)
        path = write_replay(
            log, Path(asked.output), page, asked.width, asked.speed, asked.pause, asked.theme,
            lambda done, total: shown.update(task, completed=done, total=total), known.asset,
        )  # fmt: skip
    out.print(f"Wrote [bold]{_plain(ValueError(path))}[/bold]")
    return 0


def numbers(text: str, last: int) -> list[int]:
    """Page numbers from `1,3` or `2-4`. Raises `ValueError` that says what there is."""
    found: list[int] = []
    for part in text.split(","):
        first, dash, end = part.strip().partition("-")
        if not first.isdigit() or (dash and not end.isdigit()):
            raise ValueError(f"--pages {text} cannot be understood. Write numbers, such as 1,3 or 2-4.")
        found += range(int(first), int(end or first) + 1) if dash else [int(first)]
    if not found or min(found) < 1 or max(found) > last:
        raise ValueError(f"--pages {text}: this class has {last} page{'' if last == 1 else 's'}, numbered from 1.")
    return found


if __name__ == "__main__":
    sys.exit(main())
