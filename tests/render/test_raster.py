"""Pixels: exact coverage, the non-zero rule, clipping, bands."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from classroom.render import raster
from classroom.render.palette import HIGHLIGHTER, Paint
from classroom.render.scene import Fill, Scene, page_scene
from tests.render.page_of import page_of, stroke

BLACK = Paint((0, 0, 0))


def scene_of(*polygons: Any, paint: Paint = BLACK, size: tuple[float, float] = (10, 8)) -> Scene:
    """One fill of these polygons on white; they are turned as scenes demand."""
    arrays = []
    for polygon in polygons:
        array = np.array(polygon, dtype=np.float64)
        x, y = array.T
        arrays.append(array if (x * np.roll(y, -1) - y * np.roll(x, -1)).sum() < 0 else array[::-1])
    start = np.cumsum([0] + [len(array) for array in arrays])
    return Scene(*size, (255, 255, 255), [Fill(paint, 0, len(arrays), fine=True)], np.concatenate(arrays), start)


def darkness(scene: Scene, scale: float = 1) -> NDArray[np.float64]:
    """Coverage of each pixel, 0..1, of black on white."""
    image: NDArray[np.float64] = 1 - np.asarray(raster.render(scene, scale), dtype=np.float64)[:, :, 0] / 255
    return image


def box(left: float, top: float, right: float, bottom: float) -> list[tuple[float, float]]:
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def test_a_box_covers_just_what_it_covers() -> None:
    got = darkness(scene_of(box(1.25, 2.5, 4.5, 5)))
    across = np.zeros(10)
    across[1:5] = [0.75, 1, 1, 0.5]
    down = np.zeros(8)
    down[2:5] = [0.5, 1, 1]
    assert np.abs(got - np.outer(down, across)).max() <= 0.5 / 255 + 1e-9


@pytest.mark.parametrize("seed", range(5))
def test_any_triangle_has_its_area_and_its_pixels(seed: int) -> None:
    corners = np.random.default_rng(seed).uniform(0.5, 7.5, (3, 2))
    got = darkness(scene_of(corners))
    (ax, ay), (bx, by), (cx, cy) = corners
    assert got.sum() == pytest.approx(abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2, abs=0.15)
    # Against 64 x 64 samples in every pixel.
    at = (np.arange(64 * 10) + 0.5) / 64
    x, y = np.meshgrid(at, at[: 64 * 8])
    sides = [(bx - ax) * (y - ay) - (x - ax) * (by - ay), (cx - bx) * (y - by) - (x - bx) * (cy - by)]
    sides.append((ax - cx) * (y - cy) - (x - cx) * (ay - cy))
    inside = np.all([side > 0 for side in sides], axis=0) | np.all([side < 0 for side in sides], axis=0)
    sampled = inside.reshape(8, 64, 10, 64).mean(axis=(1, 3))
    assert np.abs(got - sampled).max() < 0.04  # a sixteenth of a row, half of it at either end of a side


def test_what_is_covered_twice_is_covered_once() -> None:
    one, two = box(1, 1, 6, 6), box(4, 3, 9, 7)
    both = darkness(scene_of(one, two))
    assert both.max() == 1
    assert (both == np.maximum(darkness(scene_of(one)), darkness(scene_of(two)))).all()


def test_a_ring_drawn_round_keeps_its_hole_and_a_loop_has_none() -> None:
    angle = np.linspace(0, 2 * np.pi, 40)
    circle = np.column_stack((50 + 30 * np.cos(angle), 50 + 30 * np.sin(angle)))
    ring = np.asarray(raster.render(page_scene(page_of(stroke("a", circle, width=8)), "p"), 2))
    assert (ring[100, 100] == 255).all()
    assert (ring[100, 160] < 60).all()
    small = np.column_stack((50 + 3 * np.cos(angle), 50 + 3 * np.sin(angle)))
    blot = np.asarray(raster.render(page_scene(page_of(stroke("a", small, width=12)), "p"), 2))
    assert (blot[92:109, 92:109] < 60).all()


def test_a_highlighter_is_not_darker_where_it_crosses_itself() -> None:
    cross = [[20, 20], [80, 80], [80, 20], [20, 80]]
    table = page_of(stroke("a", cross, tool="highlighter", colour="amber", width=10))
    image = np.asarray(raster.render(page_scene(table, "p"), 2))
    rgb, alpha = HIGHLIGHTER["light"]["amber"]
    full = [round(255 + (channel - 255) * alpha) for channel in rgb]
    assert np.abs(image[100, 100].astype(int) - full).max() <= 1
    assert np.abs(image[60, 60].astype(int) - full).max() <= 1
    assert (image.min(axis=(0, 1)) >= np.array(full) - 1).all()


@pytest.mark.parametrize("shift", [(-3.0, 0.0), (6.0, 0.0), (0.0, -3.5), (0.0, 4.25), (-4.0, -4.0), (5.5, 3.5)])
def test_what_leaves_the_picture_is_cut_off(shift: tuple[float, float]) -> None:
    shape = np.array(box(1, 1, 7, 6)) + shift
    got = darkness(scene_of(shape))
    wide = darkness(scene_of(shape + 20, size=(60, 60)))[20:28, 20:30]
    assert np.abs(got - wide).max() <= 1.01 / 255


def test_what_lies_outside_altogether_is_nothing() -> None:
    for shape in (box(-9, 1, -2, 5), box(12, 1, 15, 5), box(1, -5, 5, -1), box(1, 9, 5, 12)):
        assert darkness(scene_of(shape)).max() == 0
    assert darkness(scene_of(box(-100, -100, 200, 200))).min() == 1


def test_bands_and_batches_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(4)
    strokes = [
        stroke(f"s{k:03}", random.uniform(-10, 110, (20, 2)), width=4, colour=("red", "blue")[k % 2]) for k in range(40)
    ]
    scene = page_scene(page_of(*strokes, pattern="dots"), "p")
    whole = np.asarray(raster.render(scene, 3)).astype(int)
    monkeypatch.setattr(raster, "AREA", 1_000)
    monkeypatch.setattr(raster, "TILES", 7)
    monkeypatch.setattr(raster, "CROSSINGS", 300)
    assert np.abs(np.asarray(raster.render(scene, 3)) - whole).max() <= 1


def test_it_stops_when_told() -> None:
    table = page_of(*(stroke(f"s{k:04}", [[5, 5], [90, 90]], colour="ink") for k in range(600)))
    asked = []

    def cancelled() -> bool:
        asked.append(1)
        return True

    image = raster.render(page_scene(table, "p"), 1, cancelled)
    assert asked == [1]
    assert np.asarray(image).min() == 255


def test_a_level_edge_out_of_the_picture_weighs_what_it_weighs() -> None:
    wedge = np.array([(-1000.0, 2.0), (8.0, 2.0), (8.0, 2.5), (-1000.0, 3.9)])
    got = darkness(scene_of(wedge))
    wide = darkness(scene_of(wedge + np.array((1000, 0)), size=(1010, 8)))[:, 1000:]
    assert np.abs(got - wide).max() <= 1.01 / 255


@pytest.mark.parametrize(
    "matrix",
    [
        (1e7, 0.0, 0.0, 1e7, -1e7, -1e7), (1e-300, 0.0, 0.0, 1e-300, 5.0, 5.0), (0.0, 0.0, 0.0, 0.0, 50.0, 50.0),
        (1.0, 1.0, 1.0, 1.0, 0.0, 0.0), (1e7, 1e-300, -1e-300, 1e7, 3.0, 3.0), (1.0, 0.0, 0.0, 1e-11, 0.0, 50.0),
    ],
)  # fmt: skip
def test_no_transform_breaks_the_picture(matrix: tuple[float, ...]) -> None:
    wild = stroke("a", np.random.default_rng(2).uniform(0, 100, (300, 2)), width=30, transform=matrix)
    plain = stroke("b", [[5, 95], [40, 95]], colour="red", width=6)
    image = np.asarray(raster.render(page_scene(page_of(wild, plain), "p"), 2))
    assert tuple(image[190, 40]) == (0xD5, 0x0A, 0x31)


def test_a_picture_full_of_long_edges_needs_no_more_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [(2 + 96 * (k % 2), 1 + k * 0.049) for k in range(2000)]
    scene = page_scene(page_of(stroke("a", points, width=0.5)), "p")
    most = []
    counted = raster._counted

    def watched(counts: Any) -> Any:
        most.append(int(counts.sum()))
        return counted(counts)

    monkeypatch.setattr(raster, "_counted", watched)
    raster.render(scene, 40)
    assert len(most) > 10
    assert max(most) < 10 * raster.CROSSINGS


def test_an_empty_page_is_its_ground() -> None:
    image = raster.render(page_scene(page_of(), "p", "dark"), 1.5)
    assert image.size == (150, 150)
    assert (np.asarray(image) == (0x1B, 0x1B, 0x1F)).all()
