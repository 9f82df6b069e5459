"""A scene as SVG: one path for each fill, the same polygons that become pixels, and pictures as they are, each once.
What words say stands in its description, for whoever cannot see them.

Coordinates are whole hundredths of a board unit, relative, which is finer than any screen and half as long as decimals.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from html import escape

import numpy as np

from classroom.render.palette import Rgb
from classroom.render.placed import Placed
from classroom.render.scene import Scene

_UNSAYABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
FINE = 100
"""Steps to a board unit."""


def render(scene: Scene, scale: float = 1, cancelled: Callable[[], bool] | None = None) -> str:
    """An SVG document, `scale` CSS pixels per board unit. Stops early, unfinished, once `cancelled` says so."""
    width, height = _number(scene.width), _number(scene.height)
    size = f'width="{_number(scene.width * scale)}" height="{_number(scene.height * scale)}"'
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {width} {height}">',
        f'<rect width="{width}" height="{height}" fill="{_colour(scene.ground)}"/>',
        *([f"<desc>{_words(' '.join(one.words for one in scene.said))}</desc>"] if scene.said else []),
        f'<g transform="scale({_number(1 / FINE)})">',
    ]
    names: dict[bytes, str] = {}
    for picture in scene.pictures:
        if picture.data not in names:
            names[picture.data] = f"picture{len(names) + 1}"
            out.append(f"<defs>{_image(picture, names[picture.data])}</defs>")
    start = scene.start.tolist()
    laid = 0
    for number, fill in enumerate(scene.fills):
        while laid < len(scene.pictures) and scene.pictures[laid].at <= number:
            out.append(_use(scene.pictures[laid], names))
            laid += 1
        if number % 256 == 0 and cancelled is not None and cancelled():
            break
        opacity = "" if fill.paint.alpha == 1 else f' fill-opacity="{_number(fill.paint.alpha)}"'
        low = start[fill.low]
        fine = np.floor(scene.xy[low : start[fill.high]] * FINE + 0.5).astype(np.int64)
        step = np.diff(fine, axis=0, prepend=0)
        path = []
        for polygon in range(fill.low, fill.high):
            first, last = start[polygon] - low, start[polygon + 1] - low
            x, y = fine[first].tolist()
            path.append(f"M{x} {y}l{' '.join(map(str, step[first + 1 : last].ravel().tolist()))}z".replace(" -", "-"))
        out.append(f'<path fill="{_colour(fill.paint.rgb)}"{opacity} d="{"".join(path)}"/>')
    out += [_use(picture, names) for picture in scene.pictures[laid:]]
    out.append("</g>\n</svg>\n")
    return "\n".join(out)


def _image(picture: Placed, name: str) -> str:
    """The picture as a unit square."""
    data = base64.b64encode(picture.data).decode()
    return (
        f'<image id="{name}" width="1" height="1" preserveAspectRatio="none" href="data:{picture.mime};base64,{data}"/>'
    )


def _use(picture: Placed, names: dict[bytes, str]) -> str:
    matrix = " ".join(f"{value * FINE:.9g}" for value in picture.matrix)
    title = f"<title>{_words(picture.alt)}</title>" if picture.alt else ""
    return f'<use href="#{names[picture.data]}" transform="matrix({matrix})">{title}</use>'


def _words(text: str) -> str:
    """As XML may hold it."""
    return escape(_UNSAYABLE.sub("", text))


def _number(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")


def _colour(rgb: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*rgb)
