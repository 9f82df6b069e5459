"""The pages of somebody's PDF as pictures, drawn in a process of its own (`pdf_process`).

It promises that a PDF can neither hang nor crash the server: the process is ended when it is silent for `PAGE_SECONDS`,
runs for `TOTAL_SECONDS`, says what nobody should, or is called off. What it says is as hostile as the file: pixels are
taken as they are, bounded, and written as pictures here. Called on a thread of its own; it waits.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

import classroom
from classroom.core.errors import ClassroomError
from classroom.server.pictures import LONGEST, Picture, written

PAGES = 200
PIXELS = 9_000_000
"""Of one page: a sheet of A4 at 300 to the inch."""
PAGE_SECONDS = 30.0
TOTAL_SECONDS = 900.0
LANDSCAPE, PORTRAIT = 1600.0, 1240.0
"""Board units that a page is wide."""
LEAST, MOST = 100.0, 20_000.0
"""Board units along a side, as `records.Page` has them."""
LINE = 1_000
"""Bytes of a line that the process says."""
HANDED_ON = ("PATH", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""Of the environment; nothing that opens anything."""

PROCESS = ("-m", "classroom.server.pdf_process")
COMMAND = PROCESS
"""What Python runs; a test has worse."""


class BadPdf(ClassroomError):
    """Why a PDF gives no pages."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.why = code


class Sheet(NamedTuple):
    """One page: its picture, and its size in board units."""

    picture: Picture
    width: float
    height: float


def sheets(path: Path, total: Callable[[int], None], stopped: Callable[[], bool]) -> Iterator[Sheet]:
    """The pages of the file at `path`, one after another; `total` is told how many come. Raises BadPdf.

    Ends early, without a word, once `stopped` says so.
    """
    process = subprocess.Popen(
        [sys.executable, *COMMAND, str(path), str(PAGES), str(PIXELS), str(LONGEST)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(),
    )
    watch = _Watch(process, stopped)
    try:
        yield from _read(process, watch, total)
    finally:
        watch.end()


def _environment() -> dict[str, str]:
    home = str(Path(classroom.__file__).parents[1])
    paths = [home, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **{name: os.environ[name] for name in HANDED_ON if name in os.environ},
        "PYTHONPATH": os.pathsep.join(paths),
    }


class _Watch:
    """Ends the process when its time is over or nobody wants it any more."""

    def __init__(self, process: subprocess.Popen[bytes], stopped: Callable[[], bool]) -> None:
        self._process, self._stopped = process, stopped
        self._over = threading.Event()
        self._last = time.monotonic() + TOTAL_SECONDS
        self.late = False
        self.heard()
        self._thread = threading.Thread(target=self._look, name="classroom-pdf-watch", daemon=True)
        self._thread.start()

    def heard(self) -> None:
        """It said something: its time begins anew."""
        self._until = min(time.monotonic() + PAGE_SECONDS, self._last)

    def is_stopped(self) -> bool:
        """Was it called off?"""
        return self._stopped()

    def _look(self) -> None:
        while not self._over.wait(0.1):
            self.late = time.monotonic() > self._until
            if self.late or self._stopped():
                self._process.kill()
                return

    def end(self) -> None:
        """Whatever it does, it is over."""
        self._over.set()
        self._thread.join()
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


def _read(process: subprocess.Popen[bytes], watch: _Watch, total: Callable[[int], None]) -> Iterator[Sheet]:
    out = process.stdout
    assert out is not None
    count = number = 0
    while not count or number < count:
        told = _line(out.readline(LINE))
        if watch.is_stopped():
            return
        if told is None:
            raise _gone(number + 1, late=watch.late)
        watch.heard()
        if "error" in told:
            _refused(told)
        elif not count:
            count = _whole(told, "total", PAGES)
            total(count)
        else:
            number += 1
            made = _sheet(told, out.read, number)
            if watch.is_stopped():
                return
            watch.heard()
            yield made
            watch.heard()  # the time that the caller took is not its own


def _line(said: bytes) -> dict[str, Any] | None:
    try:
        told = json.loads(said)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _whole(told: dict[str, Any], name: str, most: int) -> int:
    value = told.get(name)
    if not isinstance(value, int) or not 1 <= value <= most:
        raise BadPdf("not-a-pdf", "That PDF could not be read. Print it to a new PDF, and drop that.")
    return value


def _sheet(told: dict[str, Any], read: Callable[[int], bytes], number: int) -> Sheet:
    w, h = _whole(told, "w", LONGEST), _whole(told, "h", LONGEST)
    stride = _whole(told, "stride", 4 * LONGEST + 64)
    width, height = told.get("width"), told.get("height")
    if told.get("mode") != "RGB" or stride < 3 * w or w * h > 2 * PIXELS:
        raise _gone(number, late=False)
    if not (isinstance(width, (int, float)) and isinstance(height, (int, float)) and width > 0 and height > 0):
        raise _gone(number, late=False)
    data = read(stride * h)
    if len(data) < stride * h:
        raise _gone(number, late=False)
    image = Image.frombuffer("RGB", (w, h), data, "raw", "RGB", stride, 1)
    across = LANDSCAPE if width >= height else PORTRAIT
    down = across * height / width
    return Sheet(written(image, lossy=False), across, float(round(min(MOST, max(LEAST, down)))))


def _gone(number: int, late: bool) -> BadPdf:
    how = "takes too long to draw" if late else "cannot be drawn"
    return BadPdf("pdf-too-hard", f"Page {number} of this PDF {how}. Print the PDF to a new one, and drop that.")


def _refused(told: dict[str, Any]) -> None:
    code = str(told["error"])
    if code == "encrypted-pdf":
        raise BadPdf(code, "This PDF is locked by a password. Save a copy without one, and drop that.")
    if code == "too-many-pages":
        has = _whole(told, "total", 10**9)
        raise BadPdf(code, f"This PDF has {has:,} pages; up to {PAGES} fit. Split it, and drop a part.")
    if code == "pdf-too-hard":
        raise _gone(_whole(told, "page", PAGES), late=False)
    raise BadPdf("not-a-pdf", "That is not a PDF that can be read. Print it to a new PDF, and drop that.")
