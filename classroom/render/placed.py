"""Pictures as they lie in a scene: bytes, and where the corners of the picture come to lie.

It promises that what does not decode is found before anything is drawn with it, by its head alone: pixels are decoded
by whoever needs them, one picture at a time. It must never look at a record.
"""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classroom.core.records import Transform

FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif"}
MAX_PIXELS = 120_000_000
"""Of one picture: what comes into a class has at most 17 million; a class file is still somebody's file."""


class Known(NamedTuple):
    """What a picture's head says."""

    size: tuple[int, int]
    mime: str


class Placed(NamedTuple):
    """A picture in a scene, laid when `at` fills are. `matrix` (as in SVG) takes its unit square to board units."""

    at: int
    matrix: Transform
    data: bytes
    size: tuple[int, int]
    mime: str
    alt: str

    @property
    def corners(self) -> NDArray[np.float64]:
        """Its four corners (4, 2), turning as outlines do."""
        a, b, c, d, e, f = self.matrix
        made = np.array([(e, f), (c + e, d + f), (a + c + e, b + d + f), (a + e, b + f)])
        return made if a * d - b * c >= 0 else made[::-1]

    def moved(self, x: float, y: float, at: int) -> Placed:
        """The same elsewhere, laid after `at` fills."""
        a, b, c, d, e, f = self.matrix
        return self._replace(at=at, matrix=(a, b, c, d, e + x, f + y))

    def image(self) -> Image.Image:
        """Its pixels, RGB or RGBA. Empty ones where they cannot be decoded after all."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                with Image.open(io.BytesIO(self.data), formats=list(FORMATS)) as image:
                    image.load()
                    clear = "A" in image.getbands() or "transparency" in image.info
                    made: Image.Image = image.convert("RGBA" if clear else "RGB")
                    return made
        except Exception:  # Pillow's decoders raise whatever they like on damaged bytes
            return Image.new("RGBA", (1, 1))


def measure(data: bytes) -> Known | None:
    """Size and type by the head of a picture; None for what is none, or too large."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=list(FORMATS)) as image:
                width, height = image.size
                if width < 1 or height < 1 or width * height > MAX_PIXELS:
                    return None
                return Known((width, height), FORMATS[str(image.format)])
    except Exception:
        return None
