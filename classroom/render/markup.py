"""What the words of a board say: its small Markdown, as blocks of styled pieces. The twin is `board/text/markup.ts`.

It promises that any text at all has a meaning (what is no markup is shown as it is), in time that grows with its
length. It must never measure, and knows no fonts. Rules:

1. `\\r\\n` and `\\r` are newlines; a tab is four spaces; other control characters are left out. Every newline ends a
   block.
2. A line that begins, after spaces, with three backticks opens code; the next line that is three backticks (and spaces)
   closes it, else the end does. Neither is shown; each line between is a `code` block, as it stands.
3. `$$…$$` with more than spaces between, over newlines too, is a `display` block, trimmed. What stands before and after
   it on its lines is blocks of its own, when it is more than spaces. Without an end, `$$` is shown.
4. A line beginning with one, two or three `#` and a space is a heading: bold, larger by HEADINGS.
5. Spaces, then `-` or `*` and a space: a bullet, one level deep for every two spaces, eight at most. Spaces, then one
   to nine digits, `.` or `)`, and a space: a numbered line. `marker` is what stands before it: "•", or the number as
   written.
6. Within a line, in this order:
   - a backslash before one of \\ $ * _ ` # - makes it an ordinary character;
   - `code` between backticks, not empty;
   - $mathematics$, when no space follows the first dollar or precedes the last, and no digit follows the last;
     within it a backslash keeps the next character from ending it;
   - a run of one, two or three * opens or closes italic, bold, both; a single _ italic. It may open when no space
     follows, close when no space precedes; an _ not between letters or digits (`snake_case`). It closes the nearest
     of its kind that is open; what was opened within and not closed is shown as it is. So are other runs of * and _.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

Look = Literal["", "b", "i", "bi", "code", "math"]
Kind = Literal["line", "code", "display"]

HEADINGS = (1.6, 1.3, 1.15)
DEEPEST = 8
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_HEADING = re.compile(r"(#{1,3}) +(.*)")
_BULLET = re.compile(r"( *)[-*] +(.*)")
_NUMBER = re.compile(r"( *)([0-9]{1,9}[.)]) +(.*)")
_MARKS = re.compile(r"\*+|_+")
_ESCAPED = "\\$*_`#-"


class Piece(NamedTuple):
    """Words of one look; of `math` the source."""

    look: Look
    words: str


class Block(NamedTuple):
    """What a newline ends. `scale`: of its letters. `marker` and `depth`: of an entry of a list."""

    kind: Kind
    pieces: list[Piece]
    scale: float = 1
    marker: str = ""
    depth: int = 0


class _Mark(NamedTuple):
    """A run of * or _ that may open or close."""

    text: str
    opens: bool
    closes: bool


def blocks(text: str) -> list[Block]:
    """The blocks of a text, first to last. An empty text is one empty line."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
    plain = _CONTROL.sub("", plain)
    out: list[Block] = []
    at = 0
    while at <= len(plain):
        end = _end(plain, at)
        line = plain[at:end]
        if line.lstrip(" ").startswith("```"):
            at = end + 1
            while at <= len(plain):
                end = _end(plain, at)
                line = plain[at:end]
                at = end + 1
                if line.strip(" ") == "```":
                    break
                # A newline at the very end of the text ends the last line and begins none.
                if line or at <= len(plain):
                    out.append(Block("code", [Piece("code", line)] if line else []))
            continue
        found = _display(plain, at, end)
        if found is None:
            out.append(_line(line))
            at = end + 1
            continue
        low, high = found
        if plain[at:low].strip(" "):
            out.append(_line(plain[at:low].rstrip(" ")))
        out.append(Block("display", [Piece("math", plain[low + 2 : high].strip(" \n"))]))
        at = high + 2
        end = _end(plain, at)
        if not plain[at:end].strip(" "):
            at = end + 1
        else:
            while plain[at] == " ":
                at += 1
    return out or [Block("line", [])]


def formulas(text: str) -> list[tuple[str, bool]]:
    """The formulas of a text, (source, display), each once, in their order."""
    found = [
        (piece.words, block.kind == "display")
        for block in blocks(text)
        for piece in block.pieces
        if piece.look == "math"
    ]
    return list(dict.fromkeys(found))


def _end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _display(text: str, at: int, end: int) -> tuple[int, int] | None:
    """Where the dollars of the first display formula stand that begins on the line from `at` to `end`."""
    while at < end:
        if text[at] == "\\":
            at += 2
        elif text[at] == "`":
            close = text.find("`", at + 1, end)
            at = close + 1 if close > at + 1 else at + 1
        elif text.startswith("$$", at):
            close = _dollars(text, at + 2)
            if close < 0:
                return None
            if text[at + 2 : close].strip(" \n"):
                return at, close
            at += 2
        else:
            at += 1
    return None


def _dollars(text: str, at: int) -> int:
    """Where the next `$$` stands that no backslash guards, or -1."""
    while at < len(text):
        if text[at] == "\\":
            at += 2
        elif text.startswith("$$", at):
            return at
        else:
            at += 1
    return -1


def _line(line: str) -> Block:
    heading = _HEADING.fullmatch(line)
    if heading is not None:
        return Block("line", _inline(heading[2], bold=True), HEADINGS[len(heading[1]) - 1])
    bullet = _BULLET.fullmatch(line)
    if bullet is not None:
        return Block("line", _inline(bullet[2]), 1, "•", min(len(bullet[1]) // 2, DEEPEST - 1))
    number = _NUMBER.fullmatch(line)
    if number is not None:
        return Block("line", _inline(number[3]), 1, number[2], min(len(number[1]) // 2, DEEPEST - 1))
    return Block("line", _inline(line))


def _inline(line: str, bold: bool = False) -> list[Piece]:
    """The pieces of one line; neighbours of one look are one piece."""
    parts = _parts(line)
    turns = _turns(parts)
    strong, slanted = bold, False
    out: list[Piece] = []
    for number, part in enumerate(parts):
        if isinstance(part, _Mark):
            if number in turns:
                opening = turns[number]
                if part.text in ("**", "***"):
                    strong = opening or bold
                if part.text != "**":
                    slanted = opening
                continue
            part = Piece("", part.text)
        if part.look == "":
            look: Look = "bi" if strong and slanted else "b" if strong else "i" if slanted else ""
            if out and out[-1].look == look:
                part = Piece("", out.pop().words + part.words)
            part = Piece(look, part.words)
        out.append(part)
    return out


def _parts(line: str) -> list[Piece | _Mark]:
    """Plain words, code, mathematics, and what may turn a look on or off."""
    out: list[Piece | _Mark] = []
    words: list[str] = []

    def say(part: Piece | _Mark) -> None:
        if words:
            out.append(Piece("", "".join(words)))
            words.clear()
        out.append(part)

    at, n = 0, len(line)
    unclosed = {"`": False, "$": False}
    while at < n:
        c = line[at]
        if c == "\\" and at + 1 < n and line[at + 1] in _ESCAPED:
            words.append(line[at + 1])
            at += 2
            continue
        if c == "`" and not unclosed[c]:
            close = line.find("`", at + 1)
            unclosed[c] = close < 0
            if close > at + 1:
                say(Piece("code", line[at + 1 : close]))
                at = close + 1
                continue
        elif c == "$" and not unclosed[c] and at + 1 < n and line[at + 1] not in " $":
            close = _dollar(line, at + 1)
            unclosed[c] = close < 0
            if close > 0:
                say(Piece("math", line[at + 1 : close]))
                at = close + 1
                continue
        elif c in "*_":
            found = _MARKS.match(line, at)
            assert found is not None
            run = found[0]
            end = at + len(run)
            before, after = line[at - 1 : at] if at else "", line[end : end + 1]
            opens, closes = after not in ("", " "), before not in ("", " ")
            if c == "_":
                opens, closes = opens and not before.isalnum(), closes and not after.isalnum()
            if len(run) <= (3 if c == "*" else 1) and (opens or closes):
                say(_Mark(run, opens, closes))
            else:
                words.append(run)
            at = end
            continue
        words.append(c)
        at += 1
    if words:
        out.append(Piece("", "".join(words)))
    return out


def _dollar(line: str, at: int) -> int:
    """Where the mathematics that begins at `at` ends, or -1."""
    begin = at
    while at < len(line):
        if line[at] == "\\":
            at += 2
        elif line[at] == "$" and at > begin and line[at - 1] != " " and not line[at + 1 : at + 2].isdecimal():
            return at
        else:
            at += 1
    return -1


def _turns(parts: list[Piece | _Mark]) -> dict[int, bool]:
    """Of the marks that have a partner: their number, and whether they open."""
    turns: dict[int, bool] = {}
    waiting: list[tuple[int, str]] = []
    for number, part in enumerate(parts):
        if not isinstance(part, _Mark):
            continue
        if part.closes and any(text == part.text for _, text in waiting):
            while True:
                opened, text = waiting.pop()
                if text == part.text:
                    break
            turns[opened], turns[number] = True, False
        elif part.opens and len(waiting) < 8 and all(text != part.text for _, text in waiting):
            waiting.append((number, part.text))
    return turns
