"""The lesson as a document: title, feed in order, and the board's pages in their places, as Markdown or as a notebook.

A page stands after the last entry of the feed that was there when its first thing was drawn. It promises that what is
given out is what the class saw: nobody's private copy, no page for staff alone unless it was asked for, no solution,
whoever exports. It must never draw: pictures are handed to it.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from classroom.core.records import Class, Item, Page

if TYPE_CHECKING:
    from classroom.core.table import View

HEADS = {"exercise": "Exercise", "poll": "Poll"}
"""What is written before entries of these kinds that have no title."""
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


class Leaf(NamedTuple):
    """A page's place in the document: its id and what its picture is called in words."""

    page: str
    words: str


Block: TypeAlias = "Item | Leaf"


def title_of(table: View) -> str:
    """The class's title, on one line."""
    known = table.get("class")
    return " ".join(known.title.split()) if isinstance(known, Class) else ""


def pages_of(table: View) -> list[str]:
    """The pages that belong into a document unless others are asked for: shown to all, with something on them."""
    return [
        page.id
        for page in table.of_type("page")
        if isinstance(page, Page) and not page.gone and page.audience != "staff" and (page.asset or _drawn(table, page))
    ]


def blocks(table: View, pages: Iterable[str]) -> list[Block]:
    """The document's parts in order."""
    items = [item for item in table.of_type("item") if isinstance(item, Item)]
    numbers = {p.id: number for number, p in enumerate(_there(table), 1)}
    leaves: dict[int, list[Leaf]] = {}
    for id in pages:
        page = table.get(id)
        if not isinstance(page, Page):
            continue
        begun = min([thing.time for thing in _drawn(table, page)], default=page.time)
        place = max((n for n, item in enumerate(items, 1) if item.time <= begun), default=0)
        name = f"Board, page {numbers[id]}" if id in numbers else "Board"
        title = " ".join(page.title.split())
        leaves.setdefault(place, []).append(Leaf(id, f"{name}: {title}" if title else name))
    made: list[Block] = [*leaves.get(0, [])]
    for number, item in enumerate(items, 1):
        made += [item, *leaves.get(number, [])]
    return made


def _there(table: View) -> list[Page]:
    return [page for page in table.of_type("page") if isinstance(page, Page) and not page.gone]


def _drawn(table: View, page: Page) -> list[Any]:
    return [thing for thing in table.on_page(page.id) if not thing.copy]


def markdown(title: str, parts: Iterable[Block], files: Mapping[str, str]) -> str:
    """The document as Markdown. `files`: what a page's or an entry's picture is called, by id."""
    out = [f"# {title}"] if title else []
    for part in parts:
        if isinstance(part, Leaf):
            out.append(f"![{_alt(part.words)}]({files[part.page]})")
        elif part.kind == "code":
            out += [*_head(part), _fenced(part)]
        else:
            out += _words(part)
            if part.id in files:
                out.append(f"![{_alt(part.title or 'Picture')}]({files[part.id]})")
    return "\n\n".join(out) + "\n"


def notebook(title: str, parts: Iterable[Block], files: Mapping[str, str], pictures: Mapping[str, bytes]) -> bytes:
    """The document as a notebook, the pictures (by page or entry, all png) within it."""
    cells: list[dict[str, Any]] = []

    def add(kind: str, source: str, **more: Any) -> None:
        cells.append({"cell_type": kind, "id": f"cell-{len(cells) + 1}", "metadata": {}, "source": source, **more})

    def picture(id: str, words: str, before: str = "") -> None:
        name = files[id].rpartition("/")[2]
        data = base64.b64encode(pictures[id]).decode()
        source = f"![{_alt(words)}](attachment:{name})"
        add("markdown", f"{before}\n\n{source}" if before else source, attachments={name: {"image/png": data}})

    if title:
        add("markdown", f"# {title}")
    for part in parts:
        if isinstance(part, Leaf):
            picture(part.page, part.words)
        elif part.kind == "code":
            for head in _head(part):
                add("markdown", head)
            if part.language.lower() in ("python", "py", "ipython", "python3", ""):
                add("code", part.text, execution_count=None, outputs=[])
            else:
                add("markdown", _fenced(part))
        elif part.id in files:
            picture(part.id, part.title or "Picture", "\n\n".join(_words(part)))
        elif words := "\n\n".join(_words(part)):
            add("markdown", words)
    made = {
        "cells": cells,
        "metadata": {"kernelspec": KERNEL, "language_info": {"name": "python"}, "title": title},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return (json.dumps(made, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace")


def _head(item: Item) -> list[str]:
    words = " ".join(item.title.split()) or HEADS.get(item.kind, "")
    return [f"## {words}"] if words else []


def _words(item: Item) -> list[str]:
    """An entry that is no code."""
    options = "\n".join(f"- {' '.join(option.split())}" for option in item.options)
    return [*_head(item), *filter(None, [item.text.strip("\n"), options])]


def _fenced(item: Item) -> str:
    longest = max(map(len, re.findall("`+", item.text)), default=0)
    fence = "`" * max(3, longest + 1)
    language = re.sub(r"[^\w+#-]", "", item.language)
    return f"{fence}{language}\n{item.text.strip(chr(10))}\n{fence}"


def _alt(words: str) -> str:
    return " ".join(re.sub(r"[\[\]\\]", " ", words).split())
