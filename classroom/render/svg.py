"""A scene as SVG: one path for each fill, the same polygons that become pixels.

Coordinates are whole hundredths of a board unit, relative, which is finer than any screen and half as long as decimals.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from classroom.render.palette import Rgb
from classroom.render.scene import Scene

FINE = 100
"""Steps to a board unit."""


def render(scene: Scene, scale: float = 1, cancelled: Callable[[], bool] | None = None) -> str:
    """An SVG document, `scale` CSS pixels per board unit. Stops early, unfinished, once `cancelled` says so."""
    width, height = _number(scene.width), _number(scene.height)
    size = f'width="{_number(scene.width * scale)}" height="{_number(scene.height * scale)}"'
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {width} {height}">',
        f'<rect width="{width}" height="{height}" fill="{_colour(scene.ground)}"/>',
        f'<g transform="scale({_number(1 / FINE)})">',
    ]
    start = scene.start.tolist()
    for number, fill in enumerate(scene.fills):
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
    out.append("</g>\n</svg>\n")
    return "\n".join(out)


def _number(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")


def _colour(rgb: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*rgb)
