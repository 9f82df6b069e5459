"""The process in which somebody's PDF is drawn: `python -m classroom.server.pdf_process FILE PAGES PIXELS SIDE`.

A PDF is a program for a large library in C. Here it may hang, crash or eat its memory and nothing else ends: the limits
that the system offers are set before the file is opened, and there is nothing here worth taking (no token, no class).
Says on standard output one line of JSON at a time: {total}, then for each page {width, height (in points), w, h, mode,
stride} followed by stride x h bytes; or {error}, and ends. It must never import anything of a class.
"""

from __future__ import annotations

import json
import math
import sys
from contextlib import suppress
from typing import Any, BinaryIO

MEMORY = 1_500_000_000
"""Bytes of address space."""
PROCESSOR = 600
"""Seconds of computing."""


def main(path: str, pages: int, pixels: int, side: int, out: BinaryIO) -> None:
    """Draws the pages of a file, if it has no more than `pages`, each within `pixels`, and `side` on a side."""
    import pypdfium2
    from pypdfium2 import raw

    def say(**told: Any) -> None:
        out.write(json.dumps(told).encode() + b"\n")
        out.flush()

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        locked = error.err_code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY)
        say(error="encrypted-pdf" if locked else "not-a-pdf")
        return
    with suppress(pypdfium2.PdfiumError):
        document.init_forms()  # what was filled in is to be seen
    total = len(document)
    if not 1 <= total <= pages:
        say(error="too-many-pages" if total else "not-a-pdf", total=total)
        return
    say(total=total)
    for number in range(total):
        try:
            page = document[number]
            width, height = page.get_size()
            if not (math.isfinite(width) and math.isfinite(height) and width > 0 and height > 0):
                raise pypdfium2.PdfiumError("a page without a size")
            scale = min(side / max(width, height), math.sqrt(pixels / (width * height)))
            bitmap = page.render(scale=scale * 0.999, rev_byteorder=True)
        except pypdfium2.PdfiumError:
            say(error="pdf-too-hard", page=number + 1)
            return
        shape = {"w": bitmap.width, "h": bitmap.height, "mode": bitmap.mode, "stride": bitmap.stride}
        say(width=width, height=height, **shape)
        out.write(memoryview(bitmap.buffer))
        out.flush()
        bitmap.close()
        page.close()


def bound() -> None:
    """Limits for this process, as far as the system has them."""
    try:
        import os
        import resource
    except ImportError:  # Windows has none; the time that the server gives it is the limit there
        return
    limits = {"RLIMIT_AS": MEMORY, "RLIMIT_CPU": PROCESSOR, "RLIMIT_FSIZE": 0, "RLIMIT_CORE": 0, "RLIMIT_NPROC": 0}
    for name, limit in limits.items():
        with suppress(AttributeError, OSError, ValueError):
            resource.setrlimit(getattr(resource, name), (limit, limit))
    with suppress(OSError):
        os.nice(10)  # a class is being taught beside this


if __name__ == "__main__":
    bound()
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.stdout.buffer)
