"""Writes `shapes.json`, which judges both twins of shapes: `python tests/vectors/make_shapes.py`. Seeded.

The expected values are what Python gives today: read the difference before committing it. Long lists of polygons are
kept as the SHA-256 of their bits, so that the file stays small; the others in full, so that a difference can be read.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from classroom.core.records import Shape
from classroom.core.shapes import shape_lines, shape_paths

HERE = Path(__file__).parent
FULL = 40
"""Corners of a case that is written in full."""


def digest(polygons: list[Any]) -> str:
    """Of the count of polygons, then the count of numbers and the numbers of each, as little-endian float64."""
    numbers: list[float] = [len(polygons)]
    for polygon in polygons:
        flat = np.asarray(polygon, dtype=np.float64).ravel().tolist()
        numbers += [len(flat), *flat]
    return hashlib.sha256(np.array(numbers, dtype="<f8").tobytes()).hexdigest()


def figures() -> dict[str, dict[str, Any]]:
    """Shapes that reach every branch of the geometry."""
    star = [[0.5, 0], [0.8, 1], [0, 0.4], [1, 0.4], [0.2, 1]]
    boxes: dict[str, dict[str, Any]] = {
        "plain": {"x": 10, "y": 20, "w": 300, "h": 170},
        "backwards": {"x": 310.5, "y": 190.25, "w": -300, "h": -170},
        "upwards": {"x": 10, "y": 190, "w": 81, "h": -33.3},
        "nothing": {"x": 7, "y": 8, "w": 0, "h": 0},
        "less than a line": {"x": 7, "y": 8, "w": 1e-200, "h": -1e-170},
        "level": {"x": 3, "y": 8, "w": 70, "h": 0},
        "upright": {"x": 3, "y": 8, "w": 0, "h": -55.5},
        "thin": {"x": -40, "y": 8, "w": 400, "h": 9},
        "thin and high": {"x": -40, "y": 8, "w": 13, "h": 300},
        "small": {"x": 1, "y": 2, "w": 4, "h": 3},
        "hair": {"x": -40, "y": 8, "w": 900, "h": 0.001},
        "as wide as the line": {"x": 0, "y": 0, "w": 5, "h": 5},
        "huge": {"x": -1e7, "y": 1e7, "w": 1e7, "h": -9e6},
    }
    out: dict[str, dict[str, Any]] = {}
    for number, (name, box) in enumerate(boxes.items()):
        for kind in ("line", "arrow", "rectangle", "ellipse", "polygon"):
            corners = star if kind == "polygon" else []
            for dash in ("solid", "dashed", "dotted"):
                width = 5 if name == "as wide as the line" else (3, 1.5, 14, 0.0625)[number % 4]
                out[f"{name} {kind}, {dash}"] = {**box, "kind": kind, "dash": dash, "width": width, "corners": corners}
    few: dict[str, list[list[float]]] = {
        "none": [], "one": [[0.5, 0.5]], "two": [[0, 0], [1, 1]], "back again": [[0, 0], [1, 0], [0, 0]],
        "repeated": [[0, 0], [0, 0], [1, 0], [1, 0], [1, 1], [0, 0]], "outside": [[-3, 0.5], [4, 1e7], [-1e7, 2]],
    }  # fmt: skip
    for name, corners in few.items():
        for dash in ("solid", "dashed", "dotted"):
            out[f"polygon of {name}, {dash}"] = {
                "x": 5, "y": 6, "w": 90, "h": 70, "kind": "polygon", "dash": dash, "width": 4, "corners": corners,
            }  # fmt: skip
    random = Random(6)
    for number in range(120):
        out[f"random {number}"] = {
            "x": random.uniform(-500, 1600), "y": random.uniform(-500, 900),
            "w": random.choice((1, -1)) * random.lognormvariate(4, 2),
            "h": random.choice((1, -1)) * random.lognormvariate(4, 2),
            "kind": random.choice(("line", "arrow", "rectangle", "ellipse", "polygon")),
            "dash": random.choice(("solid", "dashed", "dotted")), "width": random.randint(1, 500) / 16,
            "corners": [[random.random(), random.random()] for _ in range(random.randint(0, 9))],
        }  # fmt: skip
    return out


def shape(fields: dict[str, Any]) -> Shape:
    corners = tuple((u, v) for u, v in fields["corners"])
    return Shape(id="s", page="p", z="a", **{**fields, "corners": corners})


def case(name: str, fields: dict[str, Any]) -> dict[str, Any]:
    one = shape(fields)
    paths = shape_paths(one)
    out: dict[str, Any] = {
        "name": name, "shape": fields, "stroke": digest(paths.stroke), "fill": digest(paths.fill),
        "lines": digest(shape_lines(one)),
    }  # fmt: skip
    if sum(map(len, paths.stroke)) <= FULL:
        out["polygons"] = [polygon.ravel().tolist() for polygon in paths.stroke]
    return out


def main() -> None:
    cases = [case(name, fields) for name, fields in figures().items()]
    (HERE / "shapes.json").write_text(json.dumps(cases, separators=(",", ":"), allow_nan=False) + "\n")


if __name__ == "__main__":
    main()
