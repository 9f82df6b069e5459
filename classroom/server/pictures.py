"""Pictures on the way in: what is kept is what Pillow made of them, never the bytes that were sent.

Promises: bounded pixels before anything is decoded, upright, in sRGB, no metadata, one still frame, at most `LONGEST`
on a side, one of two formats. Whatever is not taken has a sentence for whoever sent it. Runs off the loop; two at a
time, since a decoded picture of `PIXELS` takes 4 bytes each.
"""

from __future__ import annotations

import io
import re
import warnings
from dataclasses import dataclass
from typing import NoReturn

from PIL import Image, ImageCms, ImageOps

from classroom.server.problems import Problem

PIXELS = 50_000_000
"""A photo of a phone; 200 MB while it is decoded."""
JPEG_PIXELS = 110_000_000
"""A JPEG is made smaller while it is decoded, so that a large sensor's photo fits as well."""
LONGEST = 4_096
"""Pixels along a side that are kept: twice a projector's."""
PNG_BYTES = 3_000_000
"""A larger PNG without clear parts is tried as a JPEG: it is a photo."""
PROFILE_BYTES = 4_000_000
FORMATS = ("PNG", "JPEG", "GIF", "WEBP")


class NotAPicture(ValueError):
    """Why these bytes are not kept: `problem` says it to whoever sent them."""

    def __init__(self, status: int, code: str, sentence: str, **parameters: object) -> None:
        super().__init__(sentence)
        self.problem = Problem(status, code, sentence, **parameters)


@dataclass(frozen=True)
class Picture:
    """A clean picture, ready to be stored."""

    data: bytes
    mime: str
    width: int
    height: int


def clean(data: bytes) -> Picture:
    """Decodes, bounds, turns upright and writes anew. Raises NotAPicture."""
    if re.match(rb"(\xef\xbb\xbf)?\s*<(\?xml|!DOCTYPE svg|!--|svg)", data[:200]) and b"<svg" in data[:100_000]:
        raise NotAPicture(
            415, "not-a-picture", "An SVG can hold a program, so it is not taken. Save it as PNG and drop that."
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            image = Image.open(io.BytesIO(data), formats=FORMATS)
        except Image.DecompressionBombError:
            _too_many(0, 0)
        except Exception:  # Pillow's readers raise whatever they like on hostile bytes
            sentence = "That file is not a picture that can be shown. Try PNG, JPEG, GIF or WebP."
            raise NotAPicture(415, "not-a-picture", sentence) from None
        with image:
            width, height = image.size
            if width * height > (JPEG_PIXELS if image.format == "JPEG" else PIXELS) or min(width, height) < 1:
                _too_many(width, height)
            try:
                lossy = image.format == "JPEG" or (image.format == "WEBP" and image.mode == "RGB")
                made = _decoded(image)
            except Exception:
                sentence = (
                    "That picture is damaged: a part of it is missing. Open it, save it again, and drop it again."
                )
                raise NotAPicture(415, "not-a-picture", sentence) from None
    return written(made, lossy)


def _too_many(width: int, height: int) -> NoReturn:
    limit = PIXELS // 1_000_000
    size = f"{width * height // 1_000_000:,} million" if width else "too many"
    sentence = f"This picture has {size} pixels; up to {limit} million fit. Make it smaller and drop it again."
    raise NotAPicture(413, "too-many-pixels", sentence, width=width, height=height, limit=PIXELS)


def _decoded(image: Image.Image) -> Image.Image:
    """The first frame, upright, in sRGB, RGB or RGBA, within LONGEST."""
    image.draft("RGB", (LONGEST, LONGEST))  # of a JPEG, decodes no more than is needed
    image.load()
    profile = image.info.get("icc_profile", b"")
    upright = ImageOps.exif_transpose(image)
    clear = "A" in upright.getbands() or "transparency" in upright.info
    if upright.mode.startswith("I"):  # 16 bits: the upper 8 are what a screen shows
        upright = upright.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    made = upright.convert("RGBA") if clear else upright
    if max(made.size) > LONGEST:
        scale = LONGEST / max(made.size)
        size = (max(1, round(made.width * scale)), max(1, round(made.height * scale)))
        if made.mode not in ("RGB", "RGBA", "L", "CMYK"):
            made = made.convert("RGB")
        made = made.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    if isinstance(profile, bytes) and 0 < len(profile) <= PROFILE_BYTES:
        made = _in_srgb(made, profile)
    made = made.convert("RGBA" if clear else "RGB")
    if clear and made.getchannel("A").getextrema() == (255, 255):
        made = made.convert("RGB")
    return made


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """The picture's colours as a screen shows them; as they are where the profile cannot be used."""
    if image.mode not in ("RGB", "RGBA", "CMYK", "L"):
        return image
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        made = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode=mode)
    except Exception:  # a profile is a part of a hostile file too
        return image
    return made if made is not None else image


def written(made: Image.Image, lossy: bool) -> Picture:
    """A picture (RGB or RGBA) as it is kept."""
    made.info.clear()
    if lossy and made.mode == "RGB":
        return Picture(_jpeg(made), "image/jpeg", *made.size)
    out = io.BytesIO()
    made.save(out, "PNG", compress_level=6)
    if made.mode == "RGB" and out.tell() > PNG_BYTES:
        smaller = _jpeg(made)
        if len(smaller) < out.tell() // 2:
            return Picture(smaller, "image/jpeg", *made.size)
    return Picture(out.getvalue(), "image/png", *made.size)


def _jpeg(made: Image.Image) -> bytes:
    out = io.BytesIO()
    made.save(out, "JPEG", quality=90)
    return out.getvalue()
