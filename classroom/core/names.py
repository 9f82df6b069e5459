"""Names of people: what is shown of them, and which of them a reader could take for one another.

Two promises. A clean name shows what it holds: no control, direction-changing or invisible characters, no heaps of
accents. Two names that look alike have the same `likeness`, so that nobody in a class can pass for someone else by a
letter of another script. It must never refuse a script: people are called what they are called.
"""

from __future__ import annotations

import unicodedata

MARKS = 4
"""Accents on one letter; more only cover what stands around. Vietnamese and Thai need two, pointed Hebrew four."""
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks by category that show nothing."""
_JOINERS = frozenset("\u200c\u200d")
"""Needed within words of some scripts, and in emoji."""
_LOOKS_LIKE = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеѕіјорсухһԁԛԝӏ" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧονρκιυ" + "ı\u2018\u2019\u02bc\u2010\u2011\u2013",
    "ABESIJKMHOPCTYXaesijopcyxhdqwl" + "ABEZHIKMNOPTYXovpkiu" + "i'''---",
)
"""Cyrillic and Greek letters that fonts draw as Latin ones."""


def clean_name(name: str) -> str:
    """A name as it is shown: composed (NFC), without control and direction-changing characters, single spaces.

    Gives "" where nothing visible is left. The length is not judged here.
    """
    kept: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", name[:4096]):
        kind = unicodedata.category(character)
        if kind in ("Cc", "Zl", "Zp", "Zs"):
            character = " "
        elif kind in ("Cs", "Cn", "Co") or character in _INVISIBLE or (kind == "Cf" and character not in _JOINERS):
            continue
        marks = marks + 1 if kind in ("Mn", "Me") else 0
        if marks <= MARKS:
            kept.append(character)
    cleaned = " ".join("".join(kept).split())
    visible = any(unicodedata.category(character)[0] in "LNPS" for character in cleaned)
    return cleaned if visible else ""


def likeness(name: str) -> str:
    """A key that names which look alike share: without case, width, joiners, variation marks and lookalike letters."""
    if name.isascii() and name.isprintable():
        return " ".join(name.casefold().split())
    wide = unicodedata.normalize("NFKC", clean_name(name))
    plain = "".join(c for c in wide if c not in _JOINERS and not _varies(c)).translate(_LOOKS_LIKE)
    return " ".join(unicodedata.normalize("NFKC", plain.casefold()).translate(_LOOKS_LIKE).split())


def _varies(character: str) -> bool:
    return (
        "\ufe00" <= character <= "\ufe0f"
        or "\U000e0100" <= character <= "\U000e01ef"
        or character in "\u180b\u180c\u180d"
    )
