"""Ink in Python: the vectors that the TypeScript twin reads too, real strokes, and hostile bytes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from classroom.core import ink
from classroom.core.errors import BadInk

TESTS = Path(__file__).parent.parent


def vectors(name: str) -> Any:
    return json.loads((TESTS / "vectors" / name).read_text())


NAN = float("nan")
PACKS, BAD, OUTLINES = vectors("ink-pack.json"), vectors("ink-bad.json"), vectors("ink-outline.json")
REAL = json.loads((TESTS / "data" / "ink-real.json").read_text())["strokes"]


def titles(case: dict[str, Any]) -> str:
    return str(case["name"])


def bits(array: Any) -> bytes:
    return np.asarray(array, dtype=np.float64).tobytes()


def parts(points: list[list[float]]) -> list[list[list[float]]]:
    return [points[at : at + ink.MAX_POINTS] for at in range(0, len(points), ink.MAX_POINTS)]


@pytest.mark.parametrize("case", PACKS["strokes"], ids=titles)
def test_strokes_are_packed_byte_for_byte(case: dict[str, Any]) -> None:
    data = ink.pack(case["points"], case["quantum"])
    assert data.hex() == case["data"]
    assert bits(ink.unpack(data, case["quantum"])) == bits(case["unpacked"])
    assert ink.check(data, case["quantum"]) == ink.check(data) == len(case["points"])


@pytest.mark.parametrize("case", PACKS["strokes"], ids=titles)
def test_live_batches_give_the_points_of_the_finished_stroke(case: dict[str, Any]) -> None:
    cut, first, middle, rest, last = case["batches"]
    points, quantum = case["points"], case["quantum"]
    assert ink.pack_delta(None, points[:cut], quantum)[0].hex() == first
    assert ink.pack_delta(tuple(middle), points[cut:], quantum) == (bytes.fromhex(rest), tuple(last))
    head, prev = ink.unpack_delta(None, bytes.fromhex(first), quantum)
    tail, prev = ink.unpack_delta(prev, bytes.fromhex(rest), quantum)
    assert list(prev) == last
    assert bits(np.concatenate((head, tail))) == bits(case["unpacked"])


@pytest.mark.parametrize("case", PACKS["times"], ids=titles)
def test_times_are_packed_byte_for_byte(case: dict[str, Any]) -> None:
    data = ink.pack_times(case["ms"])
    assert data.hex() == case["data"]
    assert ink.unpack_times(data, len(case["ms"])).tolist() == case["unpacked"]


@pytest.mark.parametrize("case", BAD["strokes"], ids=titles)
def test_bad_strokes_are_refused(case: dict[str, Any]) -> None:
    data = bytes.fromhex(case["data"])
    with pytest.raises(BadInk):
        ink.unpack(data, case["quantum"])
    with pytest.raises(BadInk):
        ink.check(data, case["quantum"])


@pytest.mark.parametrize("case", BAD["times"], ids=titles)
def test_bad_times_are_refused(case: dict[str, Any]) -> None:
    for read in (ink.unpack_times, ink.check_times):
        with pytest.raises(BadInk):
            read(bytes.fromhex(case["data"]), case["n"])


@pytest.mark.parametrize("case", BAD["batches"], ids=titles)
def test_bad_batches_are_refused(case: dict[str, Any]) -> None:
    with pytest.raises(BadInk):
        ink.unpack_delta(None, bytes.fromhex(case["data"]), case["quantum"])


@pytest.mark.parametrize("case", OUTLINES, ids=lambda case: f"{case['name']}, {case['tool']} {case['width']}")
def test_outlines_are_the_same_bit_for_bit(case: dict[str, Any]) -> None:
    points = np.array(case["points"]).reshape(-1, 3)
    polygons = ink.outline(points, case["width"], case["quantum"], case["tool"])
    assert [bits(polygon) for polygon in polygons] == [bits(polygon) for polygon in case["polygons"]]
    assert bits(ink.bounds(points, case["width"])) == bits(case["bounds"])


def test_many_strokes_at_once_are_the_strokes_one_by_one() -> None:
    chosen = [part for stroke in REAL[::9] for part in parts(stroke["points"])] + [[[5, 5, 0.5]]]
    quanta = [(4, 6, 2)[k % 3] for k in range(len(chosen))]
    widths = [(2.0, 9.0)[k % 2] for k in range(len(chosen))]
    markers = [k % 4 == 0 for k in range(len(chosen))]
    datas = [ink.pack(points, quantum) for points, quantum in zip(chosen, quanta, strict=True)]
    points, start = ink.unpack_all(datas, quanta)
    together = ink.outlines(points, start, widths, quanta, markers)
    for k, data in enumerate(datas):
        alone = ink.unpack(data, quanta[k])
        assert bits(points[start[k] : start[k + 1]]) == bits(alone)
        mine = np.flatnonzero(together.stroke == k)
        polygons = ink.outline(alone, widths[k], quanta[k], "highlighter" if markers[k] else "pen")
        joined = [together.xy[together.start[j] : together.start[j + 1]] for j in mine]
        assert [bits(polygon) for polygon in joined] == [bits(polygon) for polygon in polygons]


def test_real_strokes_are_small_and_keep_their_shape() -> None:
    size = count = 0
    for stroke in REAL:
        for points in parts(stroke["points"]):
            data = ink.pack(points, 4)
            back = ink.unpack(data, 4)
            assert np.abs(back - points).max(axis=0).tolist() <= [1 / 32, 1 / 32, 1 / 256]
            size, count = size + len(data), count + len(points)
    assert count > 70_000
    assert size <= 2.6 * count


def test_a_mouse_costs_nothing_for_pressure() -> None:
    line = np.arange(200.0).reshape(100, 2)
    assert len(ink.pack(line, 4)) == len(ink.pack(np.column_stack((line, np.full(100, 0.9))), 4)) - 1
    assert (ink.unpack(ink.pack(line, 4), 4)[:, 2] == 0.5).all()


def test_all_polygons_turn_the_same_way_and_stay_in_bounds() -> None:
    turned = 0.0
    for stroke in REAL[::5]:
        points = ink.unpack(ink.pack(stroke["points"][:2000], 4), 4)
        polygons = ink.outline(points, 3 * stroke["width"], 4, "pen")
        left, top, right, bottom = ink.bounds(points, 3 * stroke["width"])
        area = []
        for polygon in polygons:
            assert np.isfinite(polygon).all()
            assert (polygon >= (left, top)).all()
            assert (polygon <= (right, bottom)).all()
            x, y = (polygon - polygon[0]).T
            area.append(float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum() / 2))
        assert max(area) <= 1e-9
        turned += sum(area)
    assert turned < -1000


@pytest.mark.parametrize("scale", [0.1, 0.7, 3.0])
def test_a_scribble_has_no_holes(scale: float) -> None:
    """Every point that lies within the pen's radius of the curve is inside by the non-zero rule."""
    angle = np.arange(0, 25, 0.35)
    points = np.column_stack((scale * angle * np.cos(angle), scale * np.sin(2 * angle), np.full(len(angle), 0.5)))
    points = ink.unpack(ink.pack(points, 4), 4)
    radius, inside = 6.0, 0
    polygons = ink.outline(points, 2 * radius, 4, "pen")
    for x, y, _ in points[4:-4:3]:
        for dx, dy in ((0, 0), (0.6, 0), (-0.6, 0), (0, 0.6), (0, -0.6), (0.4, 0.4), (-0.4, 0.4), (0.4, -0.4)):
            assert winding(polygons, x + radius * dx + 0.003, y + radius * dy + 0.007) != 0
            inside += 1
    assert inside > 100
    assert winding(polygons, 1e4, 0.007) == 0


def winding(polygons: list[np.ndarray[Any, Any]], px: float, py: float) -> int:
    """How often the polygons go round (px, py)."""
    total = 0
    for polygon in polygons:
        x, y = polygon.T
        x2, y2 = np.roll(x, -1), np.roll(y, -1)
        side = (x2 - x) * (py - y) - (px - x) * (y2 - y)
        total += int(((y <= py) & (y2 > py) & (side > 0)).sum()) - int(((y > py) & (y2 <= py) & (side < 0)).sum())
    return total


def accepts(data: bytes, quantum: int) -> int:
    """The number of points by `unpack`, or -1."""
    try:
        return len(ink.unpack(data, quantum))
    except BadInk:
        return -1


@given(st.binary(max_size=40), st.integers(-1, 13))
@example(b"\x01\x02\x00\x02\x02", 4)
def test_check_agrees_with_unpack_about_any_bytes(data: bytes, quantum: int) -> None:
    try:
        checked = ink.check(data, quantum)
    except BadInk:
        checked = -1
    assert checked == accepts(data, quantum)


DAMAGED = st.tuples(st.integers(0, 60), st.sampled_from(["set", "drop", "add"]), st.integers(0, 255))


@given(st.sampled_from(PACKS["strokes"]), st.lists(DAMAGED, min_size=1, max_size=3))
def test_check_agrees_with_unpack_about_damage(case: dict[str, Any], damage: list[tuple[int, str, int]]) -> None:
    data = bytearray.fromhex(case["data"])
    for at, how, value in damage:
        at %= len(data)
        if how == "add":
            data.insert(at, value)
        elif how == "set":
            data[at] = value
        elif len(data) > 1:
            del data[at]
    quantum = case["quantum"]
    try:
        checked = ink.check(bytes(data), quantum)
    except BadInk:
        checked = -1
    assert checked == accepts(bytes(data), quantum)
    if checked >= 0:
        again = ink.unpack(ink.pack(ink.unpack(bytes(data), quantum), quantum), quantum)
        assert bits(again) == bits(ink.unpack(bytes(data), quantum))


COORDINATE = st.floats(-1000, 1000, allow_nan=False)


@given(st.lists(st.tuples(COORDINATE, COORDINATE, st.floats(0, 1)), min_size=1, max_size=30), st.integers(0, 12))
def test_any_points_come_back_within_half_a_unit(points: list[tuple[float, float, float]], quantum: int) -> None:
    data = ink.pack(points, quantum)
    assert ink.check(data, quantum) == len(points)
    back = ink.unpack(data, quantum)
    assert (np.abs(back - points).max(axis=0) <= [0.5 / 2**quantum, 0.5 / 2**quantum, 1 / 256]).all()
    for polygon in ink.outline(back, 3, quantum, "pen"):
        assert np.isfinite(polygon).all()


@pytest.mark.parametrize(
    "points",
    [[], [[1, 2, 3, 4]], [1, 2, 3], [[NAN, 0]], [[0, float("inf")]], [[2**22 + 1, 0]], 2001 * [[0, 0]], [[0, 0, NAN]]],
    ids=["none", "four columns", "flat", "nan", "infinite", "far", "too many", "nan pressure"],
)  # fmt: skip
def test_what_cannot_be_packed_says_so(points: Any) -> None:
    with pytest.raises(BadInk):
        ink.pack(points, 4)


def test_two_points_too_far_apart_for_five_bytes_are_refused() -> None:
    far = [[-(2.0**22), 0], [2.0**22, 0]]
    with pytest.raises(BadInk):
        ink.pack(far, 12)
    assert ink.unpack(ink.pack(far, 4), 4)[:, 0].tolist() == [-(2.0**22), 2.0**22]


@pytest.mark.parametrize("ms", [[-1], [2**31], [NAN], [0] * 2001], ids=["negative", "late", "nan", "too many"])
def test_times_that_cannot_be_packed_say_so(ms: list[float]) -> None:
    with pytest.raises(BadInk):
        ink.pack_times(ms)


def test_an_outline_of_nothing_is_nothing() -> None:
    assert ink.outline(np.empty((0, 3)), 3, 4, "pen") == []
    assert len(ink.outlines(np.empty((0, 3)), np.zeros(1, dtype=np.int64), [], [], []).start) == 1


def test_checking_needs_no_numpy() -> None:
    code = "import sys; from classroom.core import ink; print(ink.check(bytes((1, 0, 2, 2))), 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, cwd=TESTS.parent, capture_output=True, text=True)
    assert done.stdout.split() == ["1", "False"]
