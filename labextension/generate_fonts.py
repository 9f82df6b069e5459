"""Writes `fonts.json`, the table of the board's fonts: `python labextension/generate_fonts.py [--check]`.

The files are subsets that the packages @fontsource/… bring; `build.mjs` copies those named here beside the
table, for the browser and for `classroom/render/fonts.py` alike. The table is a list of faces:

    file     name of the woff2 file
    family   each subset is a family of its own, so that only the order of this list decides which of them shows a
             character that several have; the prefix keeps fonts that happen to be installed out of it
    weight   400 or 700
    style    normal or italic
    ranges   the characters that the file has, as CSS writes them; with them, `unicode-range` is the same as the file

The families stand in the order in which they are asked: those of "Classroom Mono …" first for code, and not at all for
other words; the others for both. A grapheme cluster is shown by the first family that has all its characters.
Every family has all four faces, some of them the same file: else a browser would slant or thicken letters by itself.

The table is made from what is installed in node_modules and must never be edited by hand.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from fontTools.ttLib import TTFont

HERE = Path(__file__).resolve().parent
OUT = HERE / "fonts.json"
PACKAGES = HERE / "node_modules" / "@fontsource"
SUBSETS = [
    ("Classroom Mono Latin", "noto-sans-mono", "latin"),
    ("Classroom Mono Greek", "noto-sans-mono", "greek"),
    ("Classroom Mono Cyrillic", "noto-sans-mono", "cyrillic"),
    ("Classroom Mono Vietnamese", "noto-sans-mono", "vietnamese"),
    ("Classroom Mono Latin Extended", "noto-sans-mono", "latin-ext"),
    ("Classroom Sans Latin", "noto-sans", "latin"),
    ("Classroom Sans Greek", "noto-sans", "greek"),
    ("Classroom Sans Cyrillic", "noto-sans", "cyrillic"),
    ("Classroom Sans Vietnamese", "noto-sans", "vietnamese"),
    ("Classroom Sans Latin Extended", "noto-sans", "latin-ext"),
    ("Classroom Sans Greek Extended", "noto-sans", "greek-ext"),
    ("Classroom Sans Cyrillic Extended", "noto-sans", "cyrillic-ext"),
    ("Classroom Sans Devanagari", "noto-sans", "devanagari"),
    ("Classroom Sans Hebrew", "noto-sans-hebrew", "hebrew"),
    ("Classroom Sans Arabic", "noto-sans-arabic", "arabic"),
    ("Classroom Sans Indices", "roboto", "math"),
    ("Classroom Sans Index Letters", "open-sans", "math"),
    ("Classroom Sans Math", "noto-sans-math", "latin"),
]
"""Family, package, subset. Mathematical signs come last: letters look as in the words around them. What stands small
above or below the line (H₂O, 10⁻³) is not in the subsets of Noto Sans; the two that have it have some signs in bold
too."""


def table() -> list[dict[str, object]]:
    """The faces, in the order of `SUBSETS`, of each upright, italic, bold, bold italic."""
    faces: list[dict[str, object]] = []
    for family, package, subset in SUBSETS:
        for weight in (400, 700):
            for style in ("normal", "italic"):
                path = _nearest(package, subset, weight, style)
                faces.append(
                    {
                        "file": path.name,
                        "family": family,
                        "weight": weight,
                        "style": style,
                        "ranges": _ranges(path),
                        "from": path.relative_to(HERE / "node_modules").as_posix(),
                    }
                )
    return faces


def _nearest(package: str, subset: str, weight: int, style: str) -> Path:
    """The file of that face, or of the one nearest to it that there is. Code is never bold: one weight will do."""
    weights = (400,) if package == "noto-sans-mono" else (weight, 400)
    names = [f"{package}-{subset}-{w}-{s}.woff2" for w in weights for s in (style, "normal")]
    paths = [PACKAGES / package / "files" / name for name in names]
    return next(path for path in paths if path.is_file())


def _ranges(path: Path) -> str:
    """What the file has, as `U+41-5A,U+61`; without the control characters that some have a blank glyph for."""
    codes = sorted(code for code in TTFont(path).getBestCmap() if code >= 0x20 and not 0x7F <= code < 0xA0)
    parts: list[list[int]] = []
    for code in codes:
        if parts and code == parts[-1][1] + 1:
            parts[-1][1] = code
        else:
            parts.append([code, code])
    return ",".join(f"U+{low:X}" if low == high else f"U+{low:X}-{high:X}" for low, high in parts)


def text() -> str:
    """The table as written: one face a line."""
    lines = ",\n".join("  " + json.dumps(face) for face in table())
    return f"[\n{lines}\n]\n"


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(0 if OUT.read_text(encoding="ascii") == text() else f"{OUT.name} is stale: run {Path(__file__).name}")
    OUT.write_text(text(), encoding="ascii")
