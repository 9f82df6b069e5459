"""Text and note records as polygons: each run where its record says, whoever laid it out.

It promises that any record inside its limits is drawn, a formula whose path makes no sense as nothing; and to tell
which characters no font has. It must never lay out anything, and knows no colours: those are `scene.py`'s. Lengths are
board units, before the record's transform unless said otherwise.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classroom.core.records import Formula, Note, TextBox
from classroom.render.fonts import COARSE, FINE, LARGE, Pen, fonts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classroom.core.records import Transform

    Polygon = NDArray[np.float64]

NOTE_RADIUS = 8.0
NOTE_SHADOW = ((1.0, 1.0, 0.08, 0.24), (3.0, 2.0, 0.05, 0.16), (6.0, 4.0, 0.03, 0.10))
"""grow, drop, light, dark."""
ARC = 8
"""Pieces of a quarter of a circle."""
MOST = 2_000_000
"""Corners of one record's words: more than all letters of the longest text have. What is more, of a record that says
other than it was laid out, is a bar."""
LETTER = 20
"""Corners that a letter counts for at the least, so that shaping takes no longer than drawing."""
BARS = 100_000
"""Bars past that room, after which nothing is drawn of a record."""
FORMULA = 50_000
"""Corners of one formula: thrice what fits into a record as letters."""
FIT = 0.01
"""Of an em: how much a run of mathematics may differ from its formula's width and still be that one."""
_STEP = re.compile(r"([MLQC])((?: ?-?[0-9]{1,7}(?= |-|[MLQCZ]|$))*)|(Z)")
_NUMBERS = {"M": 2, "L": 2, "Q": 4, "C": 6}


class Said(NamedTuple):
    """One run, for those outputs that can be searched: the matrix takes ems from the left end of its baseline to the
    page. `advance` is in ems."""

    words: str
    matrix: Transform
    advance: float


class Written(NamedTuple):
    """What a record's lines show. `ends`: after which polygons a run ends. `missing`: the clusters that no font has,
    each once. `took`: what of the room it used."""

    polygons: list[Polygon]
    ends: list[int]
    said: list[Said]
    missing: tuple[str, ...]
    took: int

    def together(self, corners: int) -> Iterator[list[Polygon]]:
        """The polygons of whole runs, at most so many corners each, or one run."""
        begin = end = held = 0
        for after in self.ends:
            more = sum(map(len, self.polygons[end:after]))
            if held and held + more > corners:
                yield self.polygons[begin:end]
                begin, held = end, 0
            end, held = after, held + more
        if end > begin:
            yield self.polygons[begin:end]


def written(record: TextBox | Note, room: int = MOST) -> Written:
    """The words of a text or note, letter by letter as far as there is `room` (corners), then as bars."""
    a, b, c, d, e, f = record.transform or (1, 0, 0, 1, 0, 0)
    enlarged = math.sqrt(abs(a * d - b * c))
    shipped = fonts()
    polygons: list[Polygon] = []
    ends: list[int] = []
    said: list[Said] = []
    missing: dict[str, None] = {}
    had = room
    for baseline, size, runs in record.lines:
        y = record.y + baseline
        for left, advance, look, words in runs:
            if room < -4 * BARS:
                return Written(polygons, ends, said, tuple(missing), had - room)
            x = record.x + left
            place = np.array((x, y))
            least = LETTER * max(1, len(words))
            some: Iterable[Polygon] = ()
            curves: tuple[Polygon, ...] = ()
            if room > least and look == "math":
                known = _formula(record.formulas, words, advance / size)
                curves = outline(known.path, size * enlarged > LARGE) if known else ()
                least = max(4, sum(map(len, curves)))
            elif room > least:
                least = max(least, shipped.corners(words, look))
            if room <= least:
                room = min(room, 0) - 4
                some = [_bar(advance, size)]
            elif look == "math":
                room -= least
                some = [polygon * size for polygon in curves]
            else:
                room -= least
                some = shipped.outlines(words, look, size, advance, size * enlarged)
                missing.update(dict.fromkeys(shipped.shaped(words, look).missing))
            polygons += [polygon + place for polygon in some]
            ends.append(len(polygons))
            matrix = (a * size, b * size, c * size, d * size, a * x + c * y + e, b * x + d * y + f)
            said.append(Said(words, matrix, advance / size))
    return Written(polygons, ends, said, tuple(missing), had - room)


def _bar(advance: float, size: float) -> Polygon:
    """What stands for words that there is no room for."""
    return np.array([(0.0, -0.5), (0.0, 0.0), (1.0, 0.0), (1.0, -0.5)]) * (advance, size)


def _formula(formulas: Iterable[Formula], source: str, width: float) -> Formula | None:
    """The formula of that source: of its two ways to stand, the one as wide as the run."""
    named = [formula for formula in formulas if formula.source == source]
    return next((one for one in named if abs(one.width - width) < FIT), named[0] if named else None)


@lru_cache(64)
def outline(path: str, fine: bool) -> tuple[Polygon, ...]:
    """A formula's path as polygons, in ems; nothing of a path that cannot be read, or has more than FORMULA corners."""
    pen = Pen(FINE if fine else COARSE, 0.001)
    at = 0
    begun = False
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None:
            return ()
        at = step.end()
        letter = step[1]
        if letter is None:
            begun = False
            continue
        numbers = [float(n) for n in re.findall("-?[0-9]+", step[2])]
        if len(numbers) != _NUMBERS[letter] or begun == (letter == "M"):
            return ()
        if letter == "M":
            pen.move(*numbers)
            begun = True
        elif letter == "L":
            pen.line(*numbers)
        elif letter == "Q":
            pen.quadratic(*numbers)
        else:
            pen.cubic(*numbers)
    made = tuple(pen.polygons())
    return made if sum(map(len, made)) <= FORMULA else ()


def paper(note: Note) -> list[Polygon]:
    """What a note's words lie on, from below: its shadows, as many as NOTE_SHADOW has, and the paper itself."""
    radius = min(NOTE_RADIUS, note.w / 2, note.h / 2)
    made = [_rounded(note, radius, grow, drop) for grow, drop, _, _ in NOTE_SHADOW]
    return [*made, _rounded(note, radius, 0, 0)]


def _rounded(note: Note, radius: float, grow: float, drop: float) -> Polygon:
    """The note's box, grown and moved down, with round corners; turns as outlines of ink do."""
    r = radius + grow
    left, right = note.x + radius, note.x + note.w - radius
    top, bottom = note.y + radius + drop, note.y + note.h - radius + drop
    quarter = np.linspace(0, math.pi / 2, ARC + 1)
    cos, sin = r * np.cos(quarter), r * np.sin(quarter)
    corners = [
        np.column_stack((right + cos, top - sin)),
        np.column_stack((left - sin, top - cos)),
        np.column_stack((left - cos, bottom + sin)),
        np.column_stack((right + sin, bottom + cos)),
    ]
    return np.concatenate(corners)
