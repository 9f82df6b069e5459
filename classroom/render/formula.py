"""Mathematics as outlines: TeX in, a `Formula` record's value out. ziamath does it, with the font that it brings.

`formula` is a plain function. What a stranger typed goes through a `Workshop` instead: a process of its own, which is
ended when it takes longer than `SECONDS` or more than `MEMORY`, so that no input can hold up a server. Every failure is
a `CannotRead` whose sentence says what is wrong with the formula.

It promises a path inside the record's limits, of whole thousandths of an em, whose polygons turn as those of the fonts
do. It must never log or keep what was typed, but for the last `KEPT` answers.
"""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
import threading
import warnings
from collections import OrderedDict
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from classroom.core.errors import ClassroomError
from classroom.core.records import Formula

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

SOURCE = 4_000
PATH = 65_536
"""Characters, as in the record."""
SECONDS = 4.0
STARTING = 30.0
"""A new process has so long for its first answer: it loads its libraries then."""
MEMORY = 1 << 29
"""Bytes beyond what the process has when it is up."""
DEPTH = 60
"""Braces within braces: what people write has five."""
KEPT = 1_000
EM = 1000
BAR = 0.55228475
"""Of a quarter of a circle as a cubic: how far its handles reach."""

SAID = {
    "NumeratorNotFoundError": "a fraction lacks its upper part",
    "DenominatorNotFoundError": "a fraction lacks its lower part",
    "ExtraLeftOrMissingRightError": "\\left and \\right do not go together",
    "MissingSuperScriptOrSubscriptError": "nothing stands after ^ or _",
    "DoubleSubscriptsError": "two _ follow one another; use braces",
    "DoubleSuperscriptsError": "two ^ follow one another; use braces",
    "NoAvailableTokensError": "something is missing at its end, perhaps a brace",
    "MissingEndError": "a \\begin has no \\end",
    "InvalidAlignmentError": "the columns of an array are not of c, l, r and |",
    "LimitsMustFollowMathOperatorError": "\\limits must follow a sign such as \\sum",
    "RecursionError": "it is nested too deeply",
}
"""What the library's complaints mean."""


class CannotRead(ClassroomError):
    """A formula that cannot be made; the sentence says why."""

    code = "bad-formula"
    sentence = "The formula cannot be read. Look at its braces and commands."


def formula(source: str, display: bool = False) -> Formula:
    """The outlines of a formula, without its dollar signs. Raises CannotRead. For what strangers type: `Workshop`."""
    source = source.strip()
    _look(source)
    with _lock(), warnings.catch_warnings():
        # The library finds its font in a way that newer Pythons advise against.
        warnings.simplefilter("ignore", DeprecationWarning)
        from ziafont.config import config
        from ziamath.tex import tex2mml
        from ziamath.zmath import Math

        config.svg2 = False
        config.precision = 4
        try:
            tree = Math(tex2mml(source, inline=not display), size=EM)
            words = list(tree.mathml.itertext())
            unknown = next((word for word in words if word.startswith("\\")), "")
            if unknown:
                raise CannotRead(f"The formula cannot be read: {unknown[:40]} is not known here.")
            lacking = sorted({c for c in "".join(words) if not c.isspace() and _lacks(tree.font, c)})
            if lacking:
                raise CannotRead(f"The formula cannot show {' '.join(lacking[:8])}. Write it beside the formula.")
            box = tree.node.bbox
            path = _path(tree.svgxml())
        except CannotRead:
            raise
        except Exception as error:  # the library raises whatever comes: none of it is a fault of ours
            raise _said(type(error).__name__) from None
    numbers = (box.xmin, box.xmax, box.ymin, box.ymax)
    if not path or not all(math.isfinite(n) and abs(n) < 90 * EM for n in numbers) or len(path) > PATH:
        raise CannotRead(
            "The formula is too large. Write it as several." if path else "The formula shows nothing. Write something."
        )
    return Formula(
        source=source,
        display=display,
        width=round(max(box.xmax, 0) / EM, 4),
        ascent=round(box.ymax / EM, 4),
        descent=round(-box.ymin / EM, 4),
        path=path,
    )


def _look(source: str) -> None:
    """Refuses what need not be tried. Raises CannotRead."""
    if not source:
        raise CannotRead("The formula is empty. Write something between the dollar signs.")
    if len(source) > SOURCE:
        raise CannotRead(f"The formula is longer than {SOURCE} characters. Write it as several.")
    if re.search(r"\\(def|let|newcommand|renewcommand|gdef|edef|href|url|includegraphics|class|style|id)\b", source):
        raise CannotRead("The formula cannot be read: commands cannot be defined or linked here.")
    depth = 0
    for c in re.sub(r"\\.", "", source):
        depth += (c == "{") - (c == "}")
        if depth > DEPTH:
            raise _said("RecursionError")
        if depth < 0:
            raise CannotRead("The formula cannot be read: a { is missing before a }.")
    if depth:
        raise CannotRead("The formula cannot be read: a } is missing.")


def _said(name: str) -> CannotRead:
    why = SAID.get(name)
    return CannotRead(f"The formula cannot be read: {why}." if why else "")


def _later() -> CannotRead:
    return CannotRead("The formula cannot be made now. Try again in a moment.")


def _lacks(font: Any, c: str) -> bool:
    return ord(c) > 0x7F and font.glyphindex(c) == 0


@lru_cache(1)
def _lock() -> threading.Lock:
    """The library keeps its settings in its module: one formula at a time."""
    return threading.Lock()


# -- from its SVG to a path -------------------------------------------------------------------------------------


def _path(svg: Element) -> str:
    """All shapes of the picture as one path, in whole thousandths of an em."""
    out: list[str] = []
    for part in svg.iter():
        name = part.tag.rpartition("}")[2]
        if part.get("transform"):
            raise CannotRead()
        if name == "path" and part.get("stroke"):
            out.append(_strike(part))
        elif name == "path":
            out.append(_whole(part.get("d", "")))
        elif name == "rect":
            x, y, w, h = (float(part.get(key, "0")) for key in ("x", "y", "width", "height"))
            out.append(_frame(x, y, w, h, _stroke(part)))
        elif name == "ellipse":
            cx, cy, rx, ry = (float(part.get(key, "0")) for key in ("cx", "cy", "rx", "ry"))
            half = _stroke(part) / 2
            out += [_ellipse(cx, cy, rx + half, ry + half, 1), _ellipse(cx, cy, rx - half, ry - half, -1)]
    return "".join(out)


def _stroke(part: Element) -> float:
    """The width of its line; 0 where it is filled."""
    return float(part.get("stroke-width", "0")) if part.get("stroke") and part.get("fill", "none") == "none" else 0.0


def _whole(d: str) -> str:
    """A path with absolute M, L, Q, C, Z, rounded; points that repeat are dropped."""
    out: list[str] = []
    at: list[int] = []
    for letter, numbers in re.findall(r"([A-Za-z])([^A-Za-z]*)", d):
        values = [_int(float(n)) for n in numbers.split()]
        if letter == "Z":
            out.append("Z")
        elif letter in "MLQC" and values and len(values) % 2 == 0:
            if letter == "L" and values == at:
                continue
            out.append(letter + " ".join(map(str, values)))
            at = values[-2:]
        else:
            raise CannotRead()
    return "".join(out)


def _polygon(points: list[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{_int(x)} {_int(y)}" for x, y in points) + "Z"


def _frame(x: float, y: float, w: float, h: float, line: float) -> str:
    """A bar, or with a line the frame round one. Turns as letters do: first to the right, then down."""

    def turn(grow: float) -> list[tuple[float, float]]:
        left, top, right, bottom = x - grow, y - grow, x + w + grow, y + h + grow
        return [(left, top), (right, top), (right, bottom), (left, bottom)]

    if not line:
        return _polygon(turn(0))
    return _polygon(turn(line / 2)) + _polygon(turn(-line / 2)[::-1])


def _strike(part: Element) -> str:
    """A straight line as a bar."""
    found = re.findall(r"[ML] *(-?[\d.]+) +(-?[\d.]+)", part.get("d", ""))
    if len(found) != 2:
        raise CannotRead()
    (x0, y0), (x1, y1) = ((float(x), float(y)) for x, y in found)
    length = math.hypot(x1 - x0, y1 - y0) or 1.0
    half = float(part.get("stroke-width", "60")) / 2
    nx, ny = -(y1 - y0) / length * half, (x1 - x0) / length * half
    return _polygon([(x0 - nx, y0 - ny), (x1 - nx, y1 - ny), (x1 + nx, y1 + ny), (x0 + nx, y0 + ny)])


def _ellipse(cx: float, cy: float, rx: float, ry: float, turn: int) -> str:
    """A closed ellipse of four cubics."""
    kx, ky = BAR * rx, BAR * ry * turn
    ry *= turn
    parts = [
        (cx + rx, cy),
        (cx + rx, cy + ky, cx + kx, cy + ry, cx, cy + ry),
        (cx - kx, cy + ry, cx - rx, cy + ky, cx - rx, cy),
        (cx - rx, cy - ky, cx - kx, cy - ry, cx, cy - ry),
        (cx + kx, cy - ry, cx + rx, cy - ky, cx + rx, cy),
    ]
    return "M" + "C".join(" ".join(str(_int(v)) for v in part) for part in parts) + "Z"


def _int(value: float) -> int:
    return math.floor(value + 0.5)


# -- a process of its own ---------------------------------------------------------------------------------------


class Workshop:
    """Makes formulas in another process, one at a time; call it from a thread. `close` ends it."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._closed = False
        self._kept: OrderedDict[tuple[str, bool], Formula | str] = OrderedDict()

    def formula(self, source: str, display: bool = False) -> Formula:
        """As the function of that name. Raises CannotRead."""
        source = source.strip()
        _look(source)
        with self._lock:
            if self._closed:
                raise _later()
            known = self._kept.get((source, display))
            if known is None:
                known = self._kept[source, display] = self._made(source, display)
                if len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
            else:
                self._kept.move_to_end((source, display))
        if isinstance(known, str):
            raise CannotRead(known)
        return known

    def close(self) -> None:
        """Ends the process; nothing is made any more."""
        self._closed = True
        process = self._process
        if process is not None:
            process.kill()
        with self._lock:
            self._end()

    def _made(self, source: str, display: bool) -> Formula | str:
        late = threading.Event()
        new = self._process is None or self._process.poll() is not None
        if new:
            self._end()
            self._process = _started()
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None

        def end() -> None:
            late.set()
            process.kill()

        clock = threading.Timer(STARTING if new else self._seconds, end)
        clock.daemon = True
        clock.start()
        try:
            if new:
                process.stdout.readline()
                clock.cancel()
                clock = threading.Timer(self._seconds, end)
                clock.daemon = True
                clock.start()
            process.stdin.write(json.dumps([source, display]) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except (OSError, ValueError):
            line = ""
        finally:
            clock.cancel()
        if not line.endswith("\n"):
            self._end()
            if self._closed:
                raise _later()
            return "The formula takes too long. Write it as several." if late.is_set() else str(CannotRead())
        told = json.loads(line)
        return told if isinstance(told, str) else msgspec.convert(told, Formula)

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    try:
                        pipe.close()
                    except OSError:
                        pass
            process.wait()


def _started() -> subprocess.Popen[str]:
    code = (
        "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from classroom.render.formula import serve; serve()"
    )
    return subprocess.Popen(
        [sys.executable, "-I", "-c", code, json.dumps(sys.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="ascii",
    )


def serve() -> None:
    """What the process does: a request a line, an answer a line; ends with its input. Its first line says it is up."""
    formula("x")
    try:
        import resource

        # Libraries have reserved room already, more on a machine of many cores.
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        most = pages * resource.getpagesize() + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    except (ImportError, OSError, ValueError):  # not on this system: then time alone bounds it
        pass
    print("ready", flush=True)
    for line in sys.stdin:
        source, display = json.loads(line)
        try:
            told: Any = msgspec.to_builtins(formula(source, display))
        except CannotRead as error:
            told = str(error)
        except MemoryError:
            told = "The formula is too large. Write it as several."
        print(json.dumps(told), flush=True)
