"""Shapes: the vectors that the TypeScript twin reads too, and that what is filled is what the words say."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from classroom.core.records import Shape
from classroom.core.shapes import shape_lines, shape_paths

VECTORS = Path(__file__).parent.parent / "vectors"
sys.path.insert(0, str(VECTORS))
from make_shapes import case, shape  # noqa: E402

CASES = json.loads((VECTORS / "shapes.json").read_text())
SOLID = [c for c in CASES if c["shape"]["dash"] == "solid" and "huge" not in c["name"] and "outside" not in c["name"]]
"""But those that are too large to be hit by chance."""


def turns(polygons: list[NDArray[np.float64]], at: NDArray[np.float64]) -> NDArray[np.int64]:
    """How often the polygons go round each of the places."""
    total = np.zeros(len(at), dtype=np.int64)
    for polygon in polygons:
        ax, ay = polygon.T
        bx, by = np.roll(polygon, -1, axis=0).T
        x, y = at[:, :1], at[:, 1:]
        side = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
        total += ((ay <= y) & (by > y) & (side > 0)).sum(axis=1) - ((ay > y) & (by <= y) & (side < 0)).sum(axis=1)
    return total


def distance(line: list[tuple[float, float]], at: NDArray[np.float64]) -> NDArray[np.float64]:
    points = np.array(line if len(line) > 1 else line * 2)
    a, d = points[:-1], points[1:] - points[:-1]
    square = np.maximum((d * d).sum(axis=1), 1e-300)
    t = np.clip(((at[:, None] - a) * d).sum(axis=2) / square, 0, 1)
    return np.asarray(np.sqrt(((at[:, None] - (a + t[..., None] * d)) ** 2).sum(axis=2)).min(axis=1))


def test_the_vectors_reach_every_kind_and_dash() -> None:
    assert len(CASES) > 300
    assert len({(c["shape"]["kind"], c["shape"]["dash"]) for c in CASES}) == 15
    assert sum("polygons" in c for c in CASES) > 10


@pytest.mark.parametrize("known", CASES, ids=lambda c: str(c["name"]))
def test_shapes_are_the_same_bit_for_bit(known: dict[str, Any]) -> None:
    assert case(known["name"], known["shape"]) == known


@pytest.mark.parametrize("known", SOLID, ids=lambda c: str(c["name"]))
def test_what_is_filled_is_what_lies_within_half_a_width(known: dict[str, Any]) -> None:
    one = shape(known["shape"])
    paths, lines = shape_paths(one), shape_lines(one)
    random = np.random.default_rng(9)
    points = np.concatenate([np.array(line) for line in lines])
    # Places around the line and all over its box.
    near = points[random.integers(0, len(points), 400)] + random.normal(0, one.width, (400, 2))
    low, high = points.min(axis=0) - one.width, points.max(axis=0) + one.width
    at = np.concatenate((near, random.uniform(low, high, (400, 2))))
    away = np.min([distance(line, at) for line in lines], axis=0)
    filled = turns(paths.stroke, at) != 0
    # Arcs leave their chords by 1/64 of a unit, at either edge and in the middle.
    slack = 0.05
    clear = abs(away - one.width / 2) > slack
    assert clear.sum() > 200 or one.width < 0.2
    assert (filled == (away < one.width / 2))[clear].all()
    # All but inner edges turn one way.
    assert (turns(paths.stroke, at) >= 0).all() or (turns(paths.stroke, at) <= 0).all()


def test_no_corner_shows_at_sixteen_times() -> None:
    for kind in ("ellipse", "rectangle"):
        outer = shape_paths(Shape(id="s", page="p", z="a", kind=kind, x=0, y=0, w=1500, h=800, width=60)).stroke[0]
        edge = np.roll(outer, -1, axis=0) - outer
        ahead = np.roll(edge, -1, axis=0)
        turn = np.abs(np.arctan2(edge[:, 0] * ahead[:, 1] - edge[:, 1] * ahead[:, 0], (edge * ahead).sum(axis=1)))
        shorter = np.minimum(np.hypot(*edge.T), np.hypot(*ahead.T))
        # What the middle of an arc of that chord and turn is away from it, in pixels.
        assert (16 * shorter * turn / 8).max() < 0.5


def test_dashes_begin_and_end_a_line_and_a_dotted_one_is_dots() -> None:
    line = {"id": "s", "page": "p", "z": "a", "kind": "line", "x": 0, "y": 0, "w": 400, "h": 0, "width": 4}
    dashed, dotted = (shape_paths(Shape(**line, dash=dash)).stroke for dash in ("dashed", "dotted"))
    for polygons in (dashed, dotted):
        xs = np.concatenate(polygons)[:, 0]
        assert (xs.min(), xs.max()) == pytest.approx((-2, 402))
    assert (len(dashed), len(dotted)) == (17, 45)
    assert all(np.ptp(p[:, 0]) == pytest.approx(4) for p in dotted)


def test_a_fill_is_the_inside_and_open_figures_have_none() -> None:
    box = {"id": "s", "page": "p", "z": "a", "x": 10, "y": 10, "w": 100, "h": -60}
    assert shape_paths(Shape(**box, kind="line")).fill == shape_paths(Shape(**box, kind="arrow")).fill == []
    (ellipse,) = shape_paths(Shape(**box, kind="ellipse")).fill
    x, y = ellipse.T
    area = abs((x * np.roll(y, -1) - y * np.roll(x, -1)).sum()) / 2
    assert area == pytest.approx(math.pi * 50 * 30, rel=2e-3)


coordinate = st.floats(-1e7, 1e7)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["line", "arrow", "rectangle", "ellipse", "polygon"]),
    st.tuples(coordinate, coordinate, coordinate, coordinate),
    st.integers(1, 6400),
    st.sampled_from(["solid", "dashed", "dotted"]),
    st.lists(st.tuples(coordinate, coordinate), max_size=200),
)
def test_any_record_gives_a_bounded_figure(kind: Any, box: Any, width: int, dash: Any, corners: Any) -> None:
    x, y, w, h = box
    one = Shape(
        id="s", page="p", z="a", kind=kind, x=x, y=y, w=w, h=h, width=width / 16, dash=dash, corners=tuple(corners)
    )
    paths = shape_paths(one)
    assert paths.stroke
    assert all(np.isfinite(polygon).all() and len(polygon) >= 3 for polygon in paths.stroke + paths.fill)
    assert sum(map(len, paths.stroke)) < 600_000
