"""How words are laid out on the board: the lines that a text or note record keeps. Its twin: `board/text/layout.ts`.

Given how wide words are (`Measure`) and the outlines of the formulas, the layout is a pure function of its arguments:
Python and TypeScript give the same (`tests/vectors/text-layout.json` judges both, with a measure of fixed advances). It
is total: every text has a layout, though one of more lines than a record holds is refused where it is put. It must
never know a font. What the words mean is `markup.py`'s to say. Rules, lengths in ems of the block's size S = size *
scale:

1. A line is LINE high and its baseline FIRST below its top. A formula that reaches higher than FIRST - ROOM above the
   baseline, or lower than LINE - FIRST - ROOM, makes its line so much higher there. A display formula has GAP more
   above and below. Line follows on line; a line without words takes its height and is not kept.
2. An entry of a list is set in by INDENT * (depth + 1), or by INDENT * depth + the marker's advance + SPACE where that
   is more; the marker stands at INDENT * depth on its first line, in the look "".
3. With w = 0 nothing is broken. Else words go on a line while their advances fit, at w less the indent (EPSILON over
   is forgiven). They are broken after spaces, and at either side of a character of IDEOGRAPHS, but not before one of
   CLOSING. Spaces at a line's end are left out, but not those of a block that has nothing else.
   Spaces that begin a block stay.
4. A word wider than a whole line begins one, and is broken between grapheme clusters: as many as fit, at least one.
   A formula is one character that is never broken.
5. A grapheme cluster is a character with the marks, joiners and modifiers behind it; what follows a zero-width joiner;
   a letter after an Indic virama; two regional indicators.
6. A block, and so each of its lines, runs in the direction of its first strong letter (left to right where there is
   none). Directions of the rest: letters their own; code and formulas left to right; marks as the character before; a
   number (digits with single , . : / between, and signs of NUMERIC beside them) as the letters before it in its own
   order; what is between letters of one direction follows it, and all else the line. Decided before lines are broken.
   As in UAX #9 without its explicit controls and brackets.
7. A run is words of one look and one direction. Runs stand from left to right as seen; x is where the ones before end.
   A run from right to left that is more than spaces, and whose first strong letter is none of that direction, begins
   with U+200F, so that whoever draws it alone knows; one from left to right never needs that: without a strong letter
   it is how a run is read.
8. With w > 0 a line stands left, in the middle or right in w; with w = 0 in the widest line. A line from right to left
   with "left" stands right, and its indent is on the right. A display formula with w > 0 stands in the middle.
9. Baselines, x and advances are rounded to hundredths (half up).
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple, TypeVar

from classroom.core.records import Formula, Run, TextLine
from classroom.render.markup import Block, Look, blocks

LINE = 1.35
FIRST = 1.0
ROOM = 0.1
GAP = 0.25
INDENT = 1.1
SPACE = 0.25
EPSILON = 0.001
MARGIN = 16.0
"""Of a note's words, on all sides, in board units."""
STEP = 2.0
LEAST = 12.0
"""A note whose words do not fit takes them smaller by STEP, down to LEAST, then grows."""

IDEOGRAPHS = "\u2e80-\u2fdf\u3000-\u312f\u31a0-\u31bf\u31f0-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
CLOSING = "\u3001\u3002\u3009\u300b\u300d\u300f\u3011\u3015\u30fb\u30fc\uff01\uff09\uff0c\uff0e\uff1a\uff1b\uff1f\uff3d"
RTL = "\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff"
NUMERIC = "+\\-#$%\u00a2-\u00a5\u00b0\u00b1\u0609\u060a\u066a\u2030\u20a0-\u20cf\u2212"
VIRAMAS = "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0c4d\u0ccd\u0d4d"

_IDEOGRAPH = re.compile(f"[{IDEOGRAPHS}]")
_CLOSING = re.compile(f"[{CLOSING}]")
_RTL = re.compile(f"[{RTL}]")
_NUMERIC = re.compile(f"[{NUMERIC}]")
_VIRAMA = re.compile(f"[{VIRAMAS}]")
_REGION = re.compile("[\U0001f1e6-\U0001f1ff]")
_JOINED = re.compile("[\u200c\u200d\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")
_OBJECT = "\ufffc"
"""Stands for a formula."""

T = TypeVar("T")

Measure = Callable[[str, Look, float], float]
"""Advance in board units of words (of one direction, logical order) in a look and at a size."""
Formulas = Mapping[tuple[str, bool], Formula]
"""By source and whether it is display. What is missing is shown as its source, in code."""


class Laid(NamedTuple):
    """What a record keeps. `w` is the width asked for, or that of the widest line; `h` is that of all lines."""

    lines: tuple[TextLine, ...]
    formulas: tuple[Formula, ...]
    w: float
    h: float


class LaidNote(NamedTuple):
    """What a note keeps; places are from its box's corner, margins counted, and `h` is its box's."""

    lines: tuple[TextLine, ...]
    formulas: tuple[Formula, ...]
    h: float


class _Char(NamedTuple):
    """A grapheme cluster, or a formula, of which `words` is the source. `level`: odd from right to left."""

    words: str
    look: Look
    formula: Formula | None = None
    level: int = 0


class _Line(NamedTuple):
    """One line as broken. `indent` from its beginning, `mark` the place and words of a list's marker."""

    chars: list[_Char]
    block: Block
    first: bool
    rtl: bool
    indent: float
    marked: float


def layout(text: str, w: float, size: float, align: str, measure: Measure, formulas: Formulas) -> Laid:
    """The lines of `text` in board units; `w` 0: broken only where it breaks itself."""
    lines = [line for block in blocks(text) for line in _broken(block, w, size, measure, formulas)]
    placed = [_runs(line, size, measure) for line in lines]
    widths = [_extent(runs, line) for runs, line in zip(placed, lines, strict=True)]
    wide = w if w > 0 else max(widths)
    out: list[TextLine] = []
    top = 0.0
    used: dict[tuple[str, bool], Formula] = {}
    for line, runs, width in zip(lines, placed, widths, strict=True):
        s = size * line.block.scale
        over = under = 0.0
        for char in line.chars:
            if char.formula is not None:
                over = max(over, char.formula.ascent + ROOM - FIRST)
                under = max(under, char.formula.descent + ROOM - (LINE - FIRST))
                used.setdefault((char.formula.source, char.formula.display), char.formula)
        if line.block.kind == "display":
            over, under = over + GAP, under + GAP
        left = _left(line, align, wide, width, w)
        baseline = top + (FIRST + over) * s
        top += (LINE + over + under) * s
        if runs:
            told = tuple((_round(left + x), _round(advance), look, words) for x, advance, look, words in runs)
            out.append((_round(baseline), _round(s), told))
    return Laid(tuple(out), tuple(used.values()), _round(wide), _round(top))


def note_layout(text: str, w: float, h: float, size: float, measure: Measure, formulas: Formulas) -> LaidNote:
    """The lines of a note in its box of `w` x `h`, at the largest size that fits."""
    inner = max(w - 2 * MARGIN, 1.0)
    laid = layout(text, inner, size, "left", measure, formulas)
    while laid.h > h - 2 * MARGIN and size > LEAST:
        size = max(size - STEP, LEAST)
        laid = layout(text, inner, size, "left", measure, formulas)
    lines = tuple(
        (_round(baseline + MARGIN), s, tuple((_round(x + MARGIN), *rest) for x, *rest in runs))
        for baseline, s, runs in laid.lines
    )
    return LaidNote(lines, laid.formulas, _round(max(h, laid.h + 2 * MARGIN)))  # type: ignore[arg-type]


def clusters(words: str) -> list[str]:
    """Grapheme clusters: what a person would call characters (rule 5)."""
    out: list[str] = []
    for c in words:
        before = out[-1] if out else ""
        joins = before and (
            _JOINED.match(c)
            or unicodedata.category(c)[0] == "M"
            or before[-1] == "\u200d"
            or (_VIRAMA.match(before[-1]) and unicodedata.category(c)[0] == "L")
            or (len(before) == 1 and _REGION.match(before) and _REGION.match(c))
        )
        if joins:
            out[-1] += c
        else:
            out.append(c)
    return out


def levels(directions: list[str], base: int) -> list[int]:
    """The level of each character (odd: from right to left) in a line of level `base`, given the class of each: L, R,
    N (number) or blank."""
    strong = along = "LR"[base]
    ways = list(directions)
    for i, way in enumerate(ways):
        if way in ("L", "R"):
            strong = way
        elif way == "N" and strong == "L":
            ways[i] = "L"
    at, before = 0, along
    while at < len(ways):
        if ways[at]:
            before = "L" if ways[at] == "L" else "R"
            at += 1
            continue
        end = at
        while end < len(ways) and not ways[end]:
            end += 1
        after = along if end == len(ways) else "L" if ways[end] == "L" else "R"
        ways[at:end] = [before if before == after else along] * (end - at)
        at = end
    return [2 if way == "N" else 1 if way == "R" else 2 * base for way in ways]


def ways(words: str) -> list[str]:
    """The class of each character for `levels`: L, R, N or blank; marks are as what they stand on."""
    out: list[str] = []
    for c in words:
        kind = unicodedata.category(c)
        if kind[0] == "M" or c in "\u200c\u200d":
            out.append(out[-1] if out else "")
        elif kind == "Nd":
            out.append("N")
        elif _RTL.match(c):
            out.append("R" if kind[0] == "L" or c == "\u200f" else "")
        else:
            out.append("L" if kind[0] == "L" or (kind in ("Nl", "No") and c.isalpha()) else "")
    n = len(words)
    for i in range(n):
        # One separator between digits belongs to the number, as do the signs that touch it.
        if not out[i] and 0 < i < n - 1 and words[i] in ",.:/" and out[i - 1] == "N" == out[i + 1]:
            out[i] = "N"
    at = 0
    while at < n:
        if out[at] or not _NUMERIC.match(words[at]):
            at += 1
            continue
        end = at
        while end < n and not out[end] and _NUMERIC.match(words[end]):
            end += 1
        if (at and out[at - 1] == "N") or (end < n and out[end] == "N"):
            out[at:end] = ["N"] * (end - at)
        at = end
    return out


def reordered(pieces: Sequence[T], level: Callable[[T], int]) -> list[T]:
    """From logical order to that from left to right: UAX #9, L2."""
    out = list(pieces)
    for least in range(max(map(level, out), default=0), 0, -1):
        at = 0
        while at < len(out):
            end = at
            while end < len(out) and level(out[end]) >= least:
                end += 1
            out[at:end] = out[at:end][::-1]
            at = end + 1
    return out


def base_level(classes: list[str]) -> int:
    """1 where the first strong letter runs from right to left, else 0."""
    return next((1 if way == "R" else 0 for way in classes if way in ("L", "R")), 0)


# -- lines ------------------------------------------------------------------------------------------------------


def _broken(block: Block, w: float, size: float, measure: Measure, formulas: Formulas) -> list[_Line]:
    """The block in lines."""
    s = size * block.scale
    chars: list[_Char] = []
    for look, words in block.pieces:
        formula = formulas.get((words, block.kind == "display")) if look == "math" else None
        if formula is not None:
            chars.append(_Char(words, look, formula))
            continue
        if look == "math":
            sign = "$$" if block.kind == "display" else "$"
            look, words = "code", f"{sign}{words}{sign}".replace("\n", " ")
        chars += [_Char(cluster, look) for cluster in clusters(words)]
    classes = _classes(chars)
    base = base_level(classes)
    chars = [char._replace(level=level) for char, level in zip(chars, levels(classes, base), strict=True)]
    marked = INDENT * block.depth * s
    indent = 0.0
    if block.marker:
        indent = max(marked + INDENT * s, marked + measure(block.marker, "", s) + SPACE * s)
    rows = [chars]
    if w > 0:
        rows = _rows(chars, max(w - indent, 0.0) + EPSILON, s, measure)
    return [_Line(row, block, n == 0, base == 1, indent, marked) for n, row in enumerate(rows)]


def _rows(chars: list[_Char], w: float, s: float, measure: Measure) -> list[list[_Char]]:
    rows: list[list[_Char]] = []
    row: list[_Char] = []
    used = 0.0
    for word, spaces in _words(chars):
        wide = _advance(word, s, measure)
        if row and used + wide > w:
            rows.append(row)
            row, used = [], 0.0
        if wide > w:
            while len(word) > 1:
                fits = _fitting(word, w, s, measure)
                if fits == len(word):
                    break
                rows.append(row + word[:fits])
                row, word = [], word[fits:]
            wide = _advance(word, s, measure)
        row = row + word + spaces
        used += wide + _advance(spaces, s, measure)
    rows.append(row)
    last = len(rows) - 1
    return [_trimmed(row) if n < last or any(char.words != " " for char in row) else row for n, row in enumerate(rows)]


def _words(chars: list[_Char]) -> list[tuple[list[_Char], list[_Char]]]:
    """What may not be broken, each with the spaces behind it; spaces at the very beginning belong to the first."""
    out: list[tuple[list[_Char], list[_Char]]] = []
    at, n = 0, len(chars)
    while at < n:
        end = at
        while end < n and chars[end].words == " " and not out:
            end += 1
        while end < n and chars[end].words != " ":
            end += 1
            if end < n and _breaks(chars[end - 1], chars[end]):
                break
        begin, at = at, end
        while at < n and chars[at].words == " ":
            at += 1
        out.append((chars[begin:end], chars[end:at]))
    return out


def _breaks(before: _Char, after: _Char) -> bool:
    if before.formula is not None or after.formula is not None or _CLOSING.match(after.words):
        return False
    return bool(_IDEOGRAPH.match(before.words) or _IDEOGRAPH.match(after.words))


def _fitting(word: list[_Char], w: float, s: float, measure: Measure) -> int:
    """How many characters of it fit, at least one."""
    low, high = 1, len(word)
    while low < high:
        middle = (low + high + 1) // 2
        if _advance(word[:middle], s, measure) <= w:
            low = middle
        else:
            high = middle - 1
    return low


def _trimmed(row: list[_Char]) -> list[_Char]:
    end = len(row)
    while end and row[end - 1].words == " ":
        end -= 1
    return row[:end]


def _advance(chars: list[_Char], s: float, measure: Measure) -> float:
    total = 0.0
    for (look, formula), group in groupby(chars, key=lambda char: (char.look, char.formula)):
        some = list(group)
        if formula is not None:
            total += len(some) * formula.width * s
        else:
            total += measure("".join(char.words for char in some), look, s)
    return total


# -- runs -------------------------------------------------------------------------------------------------------


def _classes(chars: list[_Char]) -> list[str]:
    """The class of each for `levels`. Numbers reach over characters, so all are looked at together."""
    fixed = [char.look in ("code", "math") for char in chars]
    plain = "".join(_OBJECT if known else char.words[0] for char, known in zip(chars, fixed, strict=True))
    return ["L" if known else way for known, way in zip(fixed, ways(plain), strict=True)]


def _runs(line: _Line, size: float, measure: Measure) -> list[Run]:
    """The runs of a line from x = 0; of a line from right to left its indent and marker are on the right."""
    s = size * line.block.scale
    pieces: list[list[_Char]] = []
    for char in line.chars:
        last = pieces[-1][-1] if pieces else None
        if last is not None and last[1:] == char[1:] and char.formula is None:
            pieces[-1].append(char)
        else:
            pieces.append([char])
    runs: list[Run] = []
    x = 0.0 if line.rtl else line.indent
    marker: list[Run] = []
    if line.block.marker and line.first:
        marker = [(line.marked, measure(line.block.marker, "", s), "", line.block.marker)]
    if not line.rtl:
        runs += marker
    for some in reordered(pieces, lambda some: some[0].level):
        _, look, formula, level = some[0]
        words = "".join(char.words for char in some)
        if formula is not None:
            advance = formula.width * s
        else:
            advance = measure(words, look, s)
            if level % 2 and words.strip(" ") and base_level(ways(words)) == 0:
                words = "\u200f" + words
        runs.append((x, advance, look, words))
        x += advance
    if line.rtl and marker:
        _, advance, look, words = marker[0]
        runs.append((x + line.indent - line.marked - advance, advance, look, words))
    return runs


def _extent(runs: list[Run], line: _Line) -> float:
    """How much of the width the line takes, its indent counted."""
    if not runs:
        return 0.0
    if line.rtl and line.block.marker:
        without = runs[:-1] if line.first else runs
        return (without[-1][0] + without[-1][1] if without else 0.0) + line.indent
    return runs[-1][0] + runs[-1][1]


def _left(line: _Line, align: str, wide: float, width: float, w: float) -> float:
    """How far the line's runs are moved to the right."""
    if line.block.kind == "display" and line.chars and line.chars[0].formula is not None:
        return (wide - width) / 2 if w > 0 else 0.0
    if align == "centre":
        return (wide - width) / 2
    if align == "right" or (align == "left" and line.rtl and w > 0):
        return wide - width
    return 0.0


def _round(value: float) -> float:
    return math.floor(value * 100 + 0.5) / 100
