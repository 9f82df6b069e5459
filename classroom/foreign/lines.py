"""Lays out the words of what was brought in, as the writer's side of a record does.

Apart from the readers, since it needs the fonts: whoever only wants to know what is in a file need not load them.
"""

from __future__ import annotations

from typing import Any

import msgspec

from classroom.core import records as r
from classroom.render.text import Formulas, Measure, layout, note_layout


def laid_out(objects: list[dict[str, Any]], measure: Measure, formulas: Formulas | None = None) -> list[dict[str, Any]]:
    """The same objects, texts and notes with their lines. What has more lines than a record holds is left out."""
    out = []
    for one in objects:
        if one["type"] not in ("text", "note"):
            out.append(one)
            continue
        made = dict(one)
        words, w, size = one.get("text", ""), float(one.get("w", 0)), float(one.get("size", 28))
        laid: Any
        if one["type"] == "text":
            laid = layout(words, w, size, one.get("align", "left"), measure, formulas or {})
        else:
            w, h = float(one.get("w", 240)), float(one.get("h", 240))
            laid = note_layout(words, w, h, size, measure, formulas or {})
        made.update(lines=laid.lines, formulas=laid.formulas, h=laid.h)
        try:
            msgspec.convert({"id": "x", "page": "x", "z": "a1", **made}, r.TYPES[one["type"]])
        except msgspec.ValidationError:
            continue
        out.append(made)
    return out
