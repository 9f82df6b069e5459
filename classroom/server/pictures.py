"""Pictures on the way in: what is kept is what Pillow made of them, never the bytes that were sent.

Promises: bounded pixels before anything is decoded, no metadata, one still frame, one of two formats. Runs off the
loop; two at a time, since a decoded picture of `PIXELS` takes 4 bytes each.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps

PIXELS = 40_000_000
"""A photo of a modern phone."""
SIDE = 16_384
FORMATS = ("PNG", "JPEG", "GIF", "WEBP")


class NotAPicture(ValueError):
    """Why these bytes are not kept."""


@dataclass(frozen=True)
class Picture:
    """A clean picture, ready to be stored."""

    data: bytes
    mime: str
    width: int
    height: int


def clean(data: bytes) -> Picture:
    """Decodes, bounds, turns upright and writes anew. Raises NotAPicture."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                width, height = image.size
                if width * height > PIXELS or max(width, height) > SIDE or min(width, height) < 1:
                    raise NotAPicture(f"more than {PIXELS // 1_000_000} million pixels")
                lossy = image.format == "JPEG" or (image.format == "WEBP" and image.mode == "RGB")
                image.load()
                upright = ImageOps.exif_transpose(image)
                clear = "A" in upright.getbands() or "transparency" in upright.info
                made = upright.convert("RGBA" if clear else "RGB")
    except NotAPicture:
        raise
    except Exception as error:  # Pillow's decoders raise whatever they like on hostile bytes
        raise NotAPicture(type(error).__name__) from None
    made.info.clear()
    out = io.BytesIO()
    if lossy and not clear:
        made.save(out, "JPEG", quality=90)
        return Picture(out.getvalue(), "image/jpeg", *made.size)
    made.save(out, "PNG", compress_level=6)
    return Picture(out.getvalue(), "image/png", *made.size)
