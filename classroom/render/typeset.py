"""Words laid out with the shipped fonts, mathematics included: what Python needs to write on a board.

Mathematics is made in this process: this is for one's own words, not for a stranger's (`formula.Workshop` is). It must
never put a record anywhere.
"""

from __future__ import annotations

from classroom.core.records import Formula
from classroom.render.fonts import fonts
from classroom.render.formula import formula
from classroom.render.markup import formulas
from classroom.render.text import Laid, LaidNote, layout, note_layout


def text(words: str, w: float = 0, size: float = 32, align: str = "left") -> Laid:
    """The lines of a text record. Raises `CannotRead` for a formula that is none."""
    return layout(words, w, size, align, fonts().measure, _made(words))


def note(words: str, w: float = 240, h: float = 240, size: float = 28) -> LaidNote:
    """The lines of a note record. Raises `CannotRead` for a formula that is none."""
    return note_layout(words, w, h, size, fonts().measure, _made(words))


def _made(words: str) -> dict[tuple[str, bool], Formula]:
    # A formula keeps the source as it is in the words, spaces included: by it a run finds its outlines.
    return {
        (source, display): Formula(
            source=source,
            display=display,
            **{name: getattr(made, name) for name in ("width", "ascent", "descent", "path")},
        )
        for source, display in formulas(words)
        for made in [formula(source, display)]
    }
