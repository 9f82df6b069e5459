"""A class's pictures as a program has them: sent, fetched, made from what a notebook holds; and PDFs, page by page.

It promises that a picture is fetched once and that the latest `KEPT_BYTES` are held, and that whatever it is given
becomes bytes that the server looks at again: nothing is trusted here, and nothing is refused that the server would
take.
"""

from __future__ import annotations

import io
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from classroom import entrance
from classroom.core.errors import ClassroomError
from classroom.entrance import Admission, NotAdmitted

if TYPE_CHECKING:
    from PIL import Image

KEPT_BYTES = 64_000_000
LARGEST = 20_000_000
"""Bytes of a picture file that the server takes."""
LONGEST = 4_096
"""Pixels along a side: the server keeps no more, so no more is sent."""
DPI = 200
"""Of a matplotlib figure: sharp when a page is shown at twice its size."""
SEND_SECONDS = 300.0
LOOK_SECONDS = 0.2


class Sent(NamedTuple):
    """A picture that the class has: its SHA-256, and its size in pixels."""

    asset: str
    width: int
    height: int


class ImportFailed(ClassroomError):
    """The PDF gave no pages; the sentence says why. `reason` is the server's code."""

    code = "import-failed"
    sentence = "That PDF could not be imported."

    def __init__(self, detail: str = "", reason: str = "import-failed") -> None:
        super().__init__(detail)
        self.reason = reason


class Shelf:
    """The pictures of the class that `admission` opened."""

    def __init__(self, admission: Admission) -> None:
        self._server, self._token = admission.server, admission.token
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, asset: str) -> bytes | None:
        """A picture's bytes; None where it is not there, or not for this person to see. Raises `Unreachable`."""
        with self._lock:
            if asset in self._kept:
                self._kept.move_to_end(asset)
                return self._kept[asset]
        try:
            data, _ = entrance.fetch(self._server, f"classroom/api/assets/{asset}", token=self._token)
        except NotAdmitted:
            return None
        with self._lock:
            self._kept[asset] = data
            while sum(map(len, self._kept.values())) > KEPT_BYTES and len(self._kept) > 1:
                self._kept.popitem(last=False)
        return data

    def put(self, what: Any) -> Sent:
        """Sends a picture, whatever `encoded` takes. Raises its errors, and `NotAdmitted` with the server's own."""
        told = self._send("PUT", "assets/new", _fitting(encoded(what)))
        return Sent(told["asset"], told["width"], told["height"])

    def pdf(self, data: bytes, progress: Callable[[int, int], None] | None = None) -> list[dict[str, Any]]:
        """The pages of a PDF as pictures of the class: asset, width, height (board units) each.

        `progress` is told (pages done, of how many). Raises `ImportFailed`, or `NotAdmitted`.
        """
        job = self._wait("import", self._send("POST", "import/pdf", data), progress)
        if job["state"] == "failed":
            raise ImportFailed(str(job["sentence"]), str(job["code"]))
        return list(job["pages"])

    def replay(self, asked: dict[str, Any], progress: Callable[[int, int], None] | None = None) -> bytes:
        """How the board came about, drawn by the server: `asked` is what it calls an Export.

        `progress` is told (frames done, of how many). Raises `CannotExport` with its sentence, or `NotAdmitted`.
        """
        from classroom.render import CannotExport

        job = entrance.call(self._server, "export", asked, token=self._token)
        job = self._wait("export", job, progress)
        if job["state"] != "done":
            raise CannotExport(str(job["sentence"]))
        path = f"classroom/api/export/{job['job']}?file"
        return entrance.fetch(self._server, path, token=self._token, seconds=SEND_SECONDS)[0]

    def _wait(self, kind: str, job: Any, progress: Callable[[int, int], None] | None) -> Any:
        """A job as it is when it is over. `progress` is told of each step."""
        path, told = f"{kind}/{job['job']}", (-1, 0)
        try:
            while True:
                if progress is not None and told != (job["done"], job["total"]):
                    told = (job["done"], job["total"])
                    progress(*told)
                if job["state"] not in ("waiting", "running"):
                    return job
                time.sleep(LOOK_SECONDS)
                job = entrance.call(self._server, path, token=self._token)
        except BaseException:
            if job["state"] in ("waiting", "running"):  # whoever turns away gives it up
                entrance.fetch(self._server, f"classroom/api/{path}", token=self._token, method="DELETE")
            raise

    def _send(self, method: str, path: str, body: bytes) -> Any:
        return entrance.call(self._server, path, token=self._token, seconds=SEND_SECONDS, method=method, body=body)


def encoded(what: Any) -> bytes:
    """A picture file's bytes from what a notebook has.

    `what`: bytes, a path, a PIL image, a numpy array (H x W, or H x W x 3 or 4; whole numbers 0..255 or floats 0..1), a
    matplotlib figure (anything with `savefig`), or anything that shows itself in a notebook as a PNG. Raises
    `TypeError` or `ValueError` that says what is right.
    """
    if isinstance(what, (bytes, bytearray, memoryview)):
        return bytes(what)
    if isinstance(what, (str, os.PathLike)):
        return Path(what).expanduser().read_bytes()
    if hasattr(what, "savefig"):
        out = io.BytesIO()
        what.savefig(out, format="png", dpi=DPI)
        return out.getvalue()
    if hasattr(what, "convert") and hasattr(what, "save"):
        return _png(what)
    shown = getattr(what, "_repr_png_", None)
    data = shown() if callable(shown) else None
    if isinstance(data, bytes):
        return data
    if hasattr(what, "__array__") or isinstance(what, (list, tuple)):
        return _png(_from_array(what))
    raise TypeError(
        f"{type(what).__name__} is no picture. Give a PIL image, a numpy array, a matplotlib figure, a path or bytes."
    )


def _fitting(data: bytes) -> bytes:
    """A picture file that is not too large to be sent: a photo of more bytes is written smaller."""
    if len(data) <= LARGEST:
        return data
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(data)) as opened:
            image = ImageOps.exif_transpose(opened)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise ValueError(
            f"This picture is {len(data) / 1e6:.0f} MB; up to 20 MB fits. Make it smaller and try again."
        ) from None
    longest = LONGEST
    while len(data) > LARGEST:
        image.thumbnail((longest, longest))
        longest = longest * 3 // 4
        out = io.BytesIO()
        if "A" in image.getbands() or "transparency" in image.info:
            image.convert("RGBA").save(out, "PNG")
        else:
            image.convert("RGB").save(out, "JPEG", quality=92)
        data = out.getvalue()
    return data


def _from_array(what: Any) -> Image.Image:
    import numpy as np
    from PIL import Image

    array = np.asarray(what)
    good = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (1, 3, 4))
    if not good or 0 in array.shape or array.dtype.kind not in "buif":
        raise ValueError(
            f"An array of shape {array.shape} and type {array.dtype} is no picture. Its shape is (height, width), "
            "(height, width, 3) or (height, width, 4), of whole numbers 0..255 or floats 0..1."
        )
    if array.dtype.kind == "b":
        array = array * np.uint8(255)
    elif array.dtype.kind == "f":
        known = array[~np.isnan(array)]
        low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
        if not (low >= -1e-6 and high <= 1 + 1e-6):
            raise ValueError(f"Floats are 0..1, not {low:g}..{high:g}. Divide by {high:g}, or give whole numbers.")
        array = (np.clip(np.nan_to_num(array), 0, 1) * 255 + 0.5).astype(np.uint8)
    elif array.dtype != np.uint8:
        if array.min() < 0 or array.max() > 255:
            raise ValueError(f"Whole numbers are 0..255, not {array.min()}..{array.max()}.")
        array = array.astype(np.uint8)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    return Image.fromarray(np.ascontiguousarray(array))


def _png(image: Any) -> bytes:
    if image.mode not in ("1", "L", "LA", "RGB", "RGBA"):
        image = image.convert("RGBA" if "A" in image.getbands() or "transparency" in image.info else "RGB")
    if max(image.size) > LONGEST:
        image = image.copy()
        image.thumbnail((LONGEST, LONGEST))
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=4)
    return out.getvalue()
