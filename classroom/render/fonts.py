"""The board's fonts: how wide words are, and their letters as polygons.

It reads the very files that browsers load (`static/fonts/board`, see `labextension/generate_fonts.py`) and chooses
between them as a browser does: a grapheme cluster is shown by the first family, in the order of the table, that has all
its characters. HarfBuzz shapes; nothing of the system is needed. Where no family has them, a font that happens to be
installed is used (`EAST`, `OTHERS`: Chinese, Japanese, Korean, other scripts, pictographs); where none has, a box
stands for the cluster and is reported as missing.

It promises that the same words give the same outlines on every machine, except for what installed fonts show. A file is
read when a character first needs it. It must never lay out: what stands where is `text.py`'s to say. Lengths are in ems
where not said otherwise, y down, from the left end of the baseline.
"""

from __future__ import annotations

import io
import json
import math
import os
import re
import sys
import threading
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import classroom
from classroom.render.markup import Look
from classroom.render.text import base_level, clusters, levels, reordered, ways

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Polygon = NDArray[np.float64]

FOLDER = Path(classroom.__file__).parent / "static" / "fonts" / "board"
FACES = {
    "": (400, "normal"),
    "b": (700, "normal"),
    "i": (400, "italic"),
    "bi": (700, "italic"),
    "code": (400, "normal"),
}
"""Look -> weight and style."""
COARSE, FINE = 0.0006, 0.0001
"""How far an outline may leave its curve; FINE for letters larger than LARGE."""
LARGE = 64.0
"""Board units to the em."""
PIECES = 64
"""Of one curve at most."""
BOX = 0.6
"""Advance of the box that stands for what no font has."""
SHAPED, SHORT = 4_096, 200
"""Different runs that are remembered, of at most so many characters: 100 MB, whatever strangers write."""

EAST = (
    *(
        "notosanscjk",
        "sourcehansans",
        "notosansjp",
        "notosanssc",
        "notosanstc",
        "notosanskr",
        "wqy",
        "droidsansfallback",
    ),
    *("ipag", "takao", "nanumgothic", "hiragino", "pingfang", "stheiti", "applesdgothic", "msyh", "meiryo", "yugoth"),
    *("msgothic", "malgun", "simsun", "notoserifcjk"),
)
OTHERS = ("notosanssymbols", "notoemoji", "notomusic", "seguisym", "applesymbols", "dejavusans", "symbola", "unifont")
"""How the names of files begin (without what is no letter or digit) of installed fonts that are looked into for what
the shipped ones lack: of East Asia, and for everything else, after `notosans` and the name of the script."""
EASTERN = frozenset({"cjk", "hiragana", "katakana", "hangul", "fullwidth", "halfwidth", "ideographic", "bopomofo"})
PACKAGES = ("noto_cjk*", "fontpkg*")
"""Names of folders beside Python's packages in which fonts lie."""
SEEN, OPENED = 5_000, 12
"""Files of installed fonts that are listed at most, and opened for one character."""
IGNORED = re.compile("[\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff\U000e0020-\U000e007f]")
"""Characters that have no shape of their own: a font need not have them."""


class Glyph(NamedTuple):
    """A glyph of a run, its origin at x, y. `face` numbers the font; -1: a box."""

    face: int
    id: int
    x: float
    y: float


class Shaped(NamedTuple):
    """A run of words."""

    advance: float
    glyphs: tuple[Glyph, ...]
    missing: tuple[str, ...]
    """The clusters that no font has, each once."""
    foreign: bool
    """Whether a font took part that is not shipped, or a box: browsers may show it wider or narrower."""


class _Face(NamedTuple):
    """A row of the table."""

    file: str
    family: str
    weight: int
    style: str
    codes: frozenset[int]


class Fonts:
    """All of them. One lock guards it: exports run on threads of their own."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._lock = threading.RLock()
        self._fonts: dict[str, Any] = {}
        self._files: list[str] = []
        """Number of a face -> its file; shipped ones by name, others by path."""
        self._numbers: dict[str, int] = {}
        self._stacks: dict[str, list[_Face]] = {}
        self._outlines: dict[tuple[int, int, bool], list[Polygon]] = {}
        self._remembered = lru_cache(SHAPED)(self._shaped)

    def shaped(self, words: str, look: Look) -> Shaped:
        """A run of words in a look, in ems."""
        return self._remembered(words, look) if len(words) <= SHORT else self._shaped(words, look)

    def measure(self, words: str, look: Look, size: float) -> float:
        """Advance of words in a look, in the unit of `size`: the `Measure` of `text.layout`."""
        return self.shaped(words, look).advance * size

    def outlines(self, words: str, look: Look, size: float, advance: float = 0, shown: float = 0) -> list[Polygon]:
        """The letters as closed polygons (k, 2) in the unit of `size`. Where they are not what a browser shows and are
        more than a fiftieth wider or narrower than `advance`, they are moved to take as much room. `shown`: the size
        they will have in the end, where that is another; it says how fine they must be."""
        shaped = self.shaped(words, look)
        stretch = 1.0
        if shaped.foreign and advance > 0 and shaped.advance > 0:
            ratio = advance / (shaped.advance * size)
            if abs(ratio - 1) > 0.02:
                stretch = ratio
        fine = max(size, shown) > LARGE
        out: list[Polygon] = []
        for face, id, x, y in shaped.glyphs:
            moved = (x * stretch, y)
            out.extend((polygon + moved) * size for polygon in self._outline(face, id, fine))
        return out

    def corners(self, words: str, look: Look) -> int:
        """How many corners the outlines have, at the least."""
        return sum(
            len(polygon)
            for glyph in self.shaped(words, look).glyphs
            for polygon in self._outline(glyph.face, glyph.id, False)
        )

    # -- shaping

    def _shaped(self, words: str, look: Look) -> Shaped:
        with self._lock:
            return self._shape(words, look)

    def _shape(self, words: str, look: Look) -> Shaped:
        parts: list[tuple[int, int, str]] = []
        missing: list[str] = []
        kinds = ways(words)
        level = levels(kinds, base_level(kinds))
        at = 0
        for cluster in clusters(words):
            face = self._choose(cluster, look)
            if face < 0:
                missing.append(cluster)
            if face >= 0 and parts and parts[-1][:2] == (level[at], face):
                parts[-1] = (level[at], face, parts[-1][2] + cluster)
            else:
                parts.append((level[at], face, cluster))
            at += len(cluster)
        x = 0.0
        glyphs: list[Glyph] = []
        for depth, face, text in reordered(parts, lambda part: part[0]):
            if face < 0:
                glyphs.append(Glyph(-1, 0, x, 0.0))
                x += BOX
            else:
                x += self._lay(face, text, depth % 2 == 1, x, glyphs)
        foreign = any(glyph.face < 0 or os.sep in self._files[glyph.face] for glyph in glyphs)
        return Shaped(x, tuple(glyphs), tuple(dict.fromkeys(missing)), foreign)

    def _lay(self, face: int, text: str, rtl: bool, x: float, glyphs: list[Glyph]) -> float:
        """Adds the glyphs of words in one font and direction, from x on; gives their advance."""
        import uharfbuzz as hb

        font, upem = self._font(face)
        buffer = hb.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        buffer.direction = "rtl" if rtl else "ltr"
        buffer.language = "en"
        hb.shape(font, buffer)
        at = 0
        for info, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
            glyphs.append(Glyph(face, info.codepoint, x + (at + place.x_offset) / upem, -place.y_offset / upem))
            at += place.x_advance
        return float(at / upem)

    def _choose(self, cluster: str, look: Look) -> int:
        """The number of the font that shows a cluster, or -1."""
        seen = IGNORED.sub("", cluster)
        composed = unicodedata.normalize("NFC", seen)
        for face in self._stack(look):
            if _covers(face.codes, seen) or _covers(face.codes, composed):
                return self._number(face.file)
        path = _installed(seen)
        return self._number(path) if path else -1

    def _stack(self, look: Look) -> list[_Face]:
        """The faces that are asked for a look, in their order."""
        known = self._stacks.get(look)
        if known is None:
            weight, style = FACES.get(look, FACES["code"])
            code = look in ("code", "math")
            known = [
                face
                for face in _table(self._folder)
                if face.weight == weight and face.style == style and (code or " Mono " not in face.family)
            ]
            self._stacks[look] = known
        return known

    def _number(self, file: str) -> int:
        number = self._numbers.setdefault(file, len(self._files))
        if number == len(self._files):
            self._files.append(file)
        return number

    # -- fonts

    def _font(self, number: int) -> tuple[Any, int]:
        """HarfBuzz's font and its units to the em."""
        file = self._files[number]
        known = self._fonts.get(file)
        if known is None:
            import uharfbuzz as hb

            if os.sep in file:
                path, _, index = file.rpartition("#")
                face = hb.Face(hb.Blob.from_file_path(path), int(index))
            else:
                face = hb.Face(_unpacked((self._folder / file).read_bytes()))
            known = self._fonts[file] = (hb.Font(face), face.upem)
        return known

    def _outline(self, number: int, id: int, fine: bool) -> list[Polygon]:
        """A glyph's polygons, turning as those of `core/outline.py` do, holes the other way."""
        with self._lock:
            known = self._outlines.get((number, id, fine))
            if known is None:
                known = self._outlines[number, id, fine] = _box() if number < 0 else self._drawn(number, id, fine)
            return known

    def _drawn(self, number: int, id: int, fine: bool) -> list[Polygon]:
        import uharfbuzz as hb

        font, upem = self._font(number)
        pen = Pen(FINE if fine else COARSE, 1 / upem)
        draw = hb.DrawFuncs()
        draw.set_move_to_func(lambda x, y, to: to.move(x, -y))
        draw.set_line_to_func(lambda x, y, to: to.line(x, -y))
        draw.set_quadratic_to_func(lambda a, b, x, y, to: to.quadratic(a, -b, x, -y))
        draw.set_cubic_to_func(lambda a, b, c, d, x, y, to: to.cubic(a, -b, c, -d, x, -y))
        draw.set_close_path_func(lambda to: None)
        font.draw_glyph(id, draw, pen)
        return pen.polygons()


class Pen:
    """Curves as polygons that leave them by less than `tolerance`, all lengths times `scale`."""

    def __init__(self, tolerance: float, scale: float) -> None:
        self._tolerance, self._scale = tolerance, scale
        self._lines: list[list[tuple[float, float]]] = []

    def move(self, x: float, y: float) -> None:
        """Begins a polygon."""
        self._lines.append([(x * self._scale, y * self._scale)])

    def line(self, x: float, y: float) -> None:
        """A straight line to x, y."""
        self._lines[-1].append((x * self._scale, y * self._scale))

    def quadratic(self, a: float, b: float, x: float, y: float) -> None:
        """To x, y, bent towards a, b."""
        s = self._scale
        a, b, x, y = a * s, b * s, x * s, y * s
        (u, v), line = self._lines[-1][-1], self._lines[-1]
        bow = math.sqrt((u - 2 * a + x) ** 2 + (v - 2 * b + y) ** 2) / 4
        count = self._count(bow)
        for k in range(1, count + 1):
            t = k / count
            p, q, r = (1 - t) * (1 - t), 2 * t * (1 - t), t * t
            line.append((p * u + q * a + r * x, p * v + q * b + r * y))

    def cubic(self, a: float, b: float, c: float, d: float, x: float, y: float) -> None:
        """To x, y, bent towards a, b and then c, d."""
        s = self._scale
        a, b, c, d, x, y = a * s, b * s, c * s, d * s, x * s, y * s
        (u, v), line = self._lines[-1][-1], self._lines[-1]
        one = math.sqrt((u - 2 * a + c) ** 2 + (v - 2 * b + d) ** 2)
        two = math.sqrt((a - 2 * c + x) ** 2 + (b - 2 * d + y) ** 2)
        count = self._count(0.75 * max(one, two))
        for k in range(1, count + 1):
            t = k / count
            m = 1 - t
            p, q, r, w = m * m * m, 3 * m * m * t, 3 * m * t * t, t * t * t
            line.append((p * u + q * a + r * c + w * x, p * v + q * b + r * d + w * y))

    def _count(self, bow: float) -> int:
        return max(1, min(PIECES, math.ceil(math.sqrt(bow / self._tolerance))))

    def polygons(self) -> list[Polygon]:
        """What was drawn, turned so that together it is filled as outlines of ink are."""
        import numpy as np

        made = [np.array(line, dtype=np.float64) for line in self._lines if len(line) > 2]
        area = sum(float(np.sum(p[:, 0] * np.roll(p[:, 1], -1) - np.roll(p[:, 0], -1) * p[:, 1])) for p in made)
        return [p[::-1] for p in made] if area > 0 else made


@lru_cache(1)
def fonts() -> Fonts:
    """The fonts of this process."""
    return Fonts()


def _box() -> list[Polygon]:
    """What stands for a cluster that no font has: an upright empty box."""
    import numpy as np

    left, top, right, bottom, line = 0.07, -0.7, BOX - 0.07, 0.0, 0.045
    outer = [(left, top), (left, bottom), (right, bottom), (right, top)]
    inner = [(left + line, top + line), (right - line, top + line), (right - line, bottom - line)]
    inner.append((left + line, bottom - line))
    return [np.array(outer), np.array(inner)]


@lru_cache(4)
def _table(folder: Path) -> list[_Face]:
    rows = json.loads((folder / "fonts.json").read_text(encoding="ascii"))
    codes = {row["file"]: _codes(row["ranges"]) for row in rows}
    return [_Face(row["file"], row["family"], row["weight"], row["style"], codes[row["file"]]) for row in rows]


def _covers(codes: frozenset[int], words: str) -> bool:
    """Whether a font that has these characters shows all of the words: what it lacks it may have in parts, as a letter
    and its accent, and HarfBuzz puts them together."""

    def there(c: str) -> bool:
        if ord(c) in codes:
            return True
        parts = unicodedata.decomposition(c)
        return bool(parts) and parts[0] != "<" and all(there(chr(int(part, 16))) for part in parts.split())

    return all(map(there, words))


def _codes(ranges: str) -> frozenset[int]:
    out: set[int] = set()
    for part in ranges.split(","):
        low, _, high = part.removeprefix("U+").partition("-")
        out.update(range(int(low, 16), int(high or low, 16) + 1))
    return frozenset(out)


def _unpacked(woff2: bytes) -> bytes:
    """A WOFF2 file as the plain font that HarfBuzz reads."""
    from fontTools.ttLib import TTFont

    font = TTFont(io.BytesIO(woff2))
    font.flavor = None
    out = io.BytesIO()
    font.save(out, reorderTables=None)
    return out.getvalue()


# -- fonts that are not ours ------------------------------------------------------------------------------------


def _folders() -> Iterator[Path]:
    """Where fonts lie, Python's own packages first."""
    for place in sys.path:
        if place.endswith("-packages"):
            for name in PACKAGES:
                yield from sorted(Path(place).glob(name))
    home = Path.home()
    if sys.platform == "darwin":
        yield from (home / "Library/Fonts", Path("/Library/Fonts"), Path("/System/Library/Fonts"))
    elif os.name == "nt":
        yield from (
            home / "AppData/Local/Microsoft/Windows/Fonts",
            Path(os.environ.get("WINDIR", "C:\\Windows"), "Fonts"),
        )
    else:
        yield from (
            home / ".fonts",
            home / ".local/share/fonts",
            Path("/usr/local/share/fonts"),
            Path("/usr/share/fonts"),
        )


@lru_cache(1)
def _listed() -> list[tuple[str, str]]:
    """Installed fonts that may be of use, (plain name, path), regular cuts before others. Looked for once."""
    found: list[tuple[bool, str, str]] = []
    seen = 0
    for folder in _folders():
        for top, _, names in os.walk(folder):
            seen += len(names)
            if seen > SEEN:
                break
            for name in names:
                plain = re.sub("[^a-z0-9]", "", name.lower())
                if name.lower().endswith((".ttf", ".otf", ".ttc", ".otc")) and plain.startswith(
                    ("noto", *EAST, *OTHERS)
                ):
                    cut = re.search("bold|black|light|thin|italic|oblique|medium|mono|condensed|slanted", plain)
                    found.append((cut is not None, plain, os.path.join(top, name)))
    return [(plain, path) for _, plain, path in sorted(found)]


@lru_cache(4_096)
def _installed(cluster: str) -> str:
    """path#index of an installed font that has all characters of the cluster, or nothing."""
    script = unicodedata.name(cluster[0], "").lower().partition(" ")[0].partition("-")[0]
    begins = EAST if script in EASTERN else ((f"notosans{script}",) if len(script) > 2 else ()) + OTHERS
    codes = {ord(c) for c in cluster}
    for path in _ranked(begins):
        if codes <= _has(path):
            return f"{path}#0"
    return ""


@lru_cache(256)
def _ranked(begins: tuple[str, ...]) -> list[str]:
    """The files that are opened for a script: looked up once, and not for each character that no font has."""
    return [path for begin in begins for plain, path in _listed() if plain.startswith(begin)][:OPENED]


@lru_cache(64)
def _has(path: str) -> frozenset[int]:
    """The characters of an installed font that has outlines; none of a file that cannot be read."""
    from fontTools.ttLib import TTFont

    try:
        with open(path, "rb") as file, TTFont(file, fontNumber=0, lazy=True) as font:
            drawn = "glyf" in font or "CFF " in font or "CFF2" in font
            return frozenset(font.getBestCmap() or ()) if drawn else frozenset()
    except Exception:  # someone else's file that is no font: not ours to mend
        return frozenset()
