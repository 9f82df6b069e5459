"""The benchmark of frames, small, so that it goes on working. It asserts no time: figures are in its README."""

from __future__ import annotations

import math

import pytest

from benchmarks import frames

pytestmark = pytest.mark.browser


def test_every_movement_has_frames_with_work_in_them(chromium: str) -> None:
    found = frames.run(strokes=60, seconds=0.4, things=6)
    assert [one.name for one in found][:4] == ["open", "pan, whole page", "zoom in and out", "draw"]
    for one in found:
        assert one.frames > 2, one.name
        assert 0 < one.work_median <= one.work_p95 <= one.work_worst < math.inf, one.name
        assert 0 < one.interval_median <= one.interval_worst < math.inf, one.name


def test_figures_are_of_the_frames_they_are_given() -> None:
    some = [frames.Frame(16.7, work) for work in (1.0, 2.0, 3.0, 20.0)]
    told = frames.figures("odd", some)
    assert (told.frames, told.work_median, told.work_worst, told.over) == (4, 3.0, 20.0, 1)
    assert frames.figures("none", []).work_worst == 0
