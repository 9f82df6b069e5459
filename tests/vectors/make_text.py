"""Writes `text-layout.json`, which judges both twins of the text layout: `python tests/vectors/make_text.py`.

The measure is a stand-in that needs no fonts: of each character (code point) 1/2 em, of code 3/5 em, of bold 1/16 em
more; of marks, U+200C, U+200D and U+200F nothing. `given` are the arguments, `laid` what comes of them. The expected
values are what Python gives today, so a change here is a change of what everyone sees: read the difference before
committing it.
"""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

import msgspec

from classroom.core.records import Formula
from classroom.render.markup import Look, formulas
from classroom.render.text import Formulas, Laid, LaidNote, layout, note_layout

HERE = Path(__file__).parent
LONG = "The quick brown fox jumps over the lazy dog, and nobody minds at all."

TEXTS: dict[str, str] = {
    "nothing": "",
    "spaces": "   ",
    "a word": "Hello",
    "lines": "one\ntwo\r\nthree\n\nfive\n",
    "wraps": LONG,
    "a word wider than the box": "Donaudampfschifffahrtsgesellschaftskapitän, they said.",
    "looks": "plain **bold** *italic* _italic_ ***both*** **bold *both* bold** `code` end",
    "marks that are none": "2 * 3 * 4 snake_case_name **open *also a_b_ __init__ **** ` $",
    "closed in the wrong order": "*a **b* c** d",
    "escapes": r"\*no\* \_no\_ \$5 \\ \` \# \n *a\* b*",
    "code keeps what it has": "`**not bold** $x$ \\n` and `` empty",
    "headings": "# First one\n## Second\n### Third\n#### none\n#none\n# *slanted*",
    "lists": "- one " + LONG + "\n  - deeper\n    * deepest\n1. first\n10. tenth\n  2) inner\n-none\n1.none",
    "a list's first line alone": "- ",
    "fence": "before\n```python\ndef f(x):\n    return x  # **no**\n\n```\nafter",
    "fence without an end": "```\nx = 1\n\ny\n",
    "fence at once": "```",
    "mathematics": "The root $x^2$ of $y$ and $unknown$ costs $5 and $6, or $ 7$.",
    "display": "Before $$x^2$$ after\n$$\nx^2\n$$\nend $$y$$",
    "display without an end": "Before $$x^2 after\nnext $$$$ $$ $$",
    "formula with escapes": r"$a\$b$ $\$$ \$x^2$ $x^2$",
    "formulas in bold and lists": "- **bold $x^2$**\n- $y$ \n# Big $x^2$",
    "hebrew": "שלום **עולם** (12.5%) hello (again) 3,000 ok!",
    "hebrew list": "- שלום עולם\n  1. עוד שורה ארוכה מאוד שלא נכנסת",
    "arabic": "مرحبا بالعالم، كيف الحال؟ abc ١٢٣ def",
    "mixed": "abc שלום **עולם** def 12 עוד 34",
    "mathematics from right to left": "הנוסחה $x^2$ היא `code` יפה.",
    "devanagari": "नमस्ते दुनिया क्षत्रिय",
    "marks": "e\u0301a\u0308 и\u0306 \u0301 x\u200dy",
    "emoji": "👩‍👩‍👧‍👦👍🏽🇩🇪🇫🇷 ok ❤️",
    "ideographs": "学校で、先生が「数学」を教えます。Latin in it。",
    "tabs and controls": "a\tb\x00c\x7f\u2028d",
    "long and broken by looks": "aaaaaaaaaaaa**bbbbbbbbbbbb***cccccccccc*`dddddddd`$x^2$eeeeeeeeee",
}
SHAPES: list[tuple[float, float, str]] = [(0, 20, "left"), (200, 20, "left"), (200, 20, "centre"), (130.5, 16, "right")]
FORMULAS = [
    Formula(source="x^2", display=False, width=1.25, ascent=0.875, descent=0.125, path="M0 0L500 -500Z"),
    Formula(source="x^2", display=True, width=2.5, ascent=1.5, descent=1, path="M0 0L900 -900Z"),
    Formula(source="y", width=0.5, ascent=1.4, descent=0.75, path="M0 0L100 -100Z"),
    Formula(source="y", display=True, width=0.5, ascent=0.5, descent=0.2, path="M0 0L100 -100Z"),
]


def measure(words: str, look: Look, size: float) -> float:
    """The stand-in."""
    count = sum(unicodedata.category(c)[0] != "M" and c not in "\u200c\u200d\u200f" for c in words)
    return count * size * ((0.6 if look == "code" else 0.5) + (0.0625 if "b" in look else 0))


def told(laid: Laid | LaidNote) -> dict[str, Any]:
    """What is expected; of formulas only which they are."""
    return laid._asdict() | {"formulas": [[formula.source, formula.display] for formula in laid.formulas]}


def vectors() -> dict[str, list[Any]]:
    known: Formulas = {(formula.source, formula.display): formula for formula in FORMULAS}
    texts = []
    for name, text in TEXTS.items():
        for w, size, align in SHAPES:
            given = {"text": text, "w": w, "size": size, "align": align}
            texts.append({"name": name, "given": given, "laid": told(layout(text, w, size, align, measure, known))})
    notes = []
    for name in ("nothing", "wraps", "lists", "hebrew list", "display", "a word wider than the box"):
        for w, h, size in ((240, 240, 28), (120, 60, 28), (30, 100, 16), (200, 100, 8)):
            laid = note_layout(TEXTS[name], w, h, size, measure, known)
            given = {"text": TEXTS[name], "w": w, "h": h, "size": size}
            notes.append({"name": name, "given": given, "laid": told(laid)})
    return {
        "formulas": [msgspec.to_builtins(formula) for formula in FORMULAS],
        "sources": [{"name": name, "text": text, "formulas": formulas(text)} for name, text in TEXTS.items()],
        "texts": texts,
        "notes": notes,
    }


def written() -> str:
    """The file: one case a line."""
    parts = [
        f"{json.dumps(name)}: [\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]"
        for name, cases in vectors().items()
    ]
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    (HERE / "text-layout.json").write_text(written(), encoding="ascii")
