"""Replays of real strokes: frames, durations, cut pauses, and the last frame that is the page's picture."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageSequence
from skimage.metrics import structural_similarity

from classroom.core import ink
from classroom.core.messages import Entry, Op, Patch, Put, Remove
from classroom.core.records import Class, Ink, Note, Page, Picture
from classroom.core.table import Table
from classroom.render import Cancelled, CannotExport, film, raster, typeset
from classroom.render import replay as replaying
from classroom.render.replay import HOLD, replay
from classroom.render.scene import page_scene
from tests.render.page_of import stroke

REAL = json.loads((Path(__file__).parent.parent / "data" / "ink-real.json").read_text())["strokes"]
BEGUN = 1_700_000_000_000


def entry(ms: int, *ops: Op) -> Entry:
    return Entry(ms, BEGUN + ms, "p1", "c", ms, ops)


def setting(**fields: Any) -> Entry:
    """A class of two pages that shows the first."""
    first = Page(**{"id": "p", "order": "a", "width": 800, "height": 450, **fields})
    return entry(0, Put(first), Put(Page(id="q", order="b", width=450, height=450)), Put(Class(id="class", page="p")))


def lesson(strokes: int = 40) -> list[Entry]:
    """Real strokes, one a second, with marker, moves, removals, an undo and another page meanwhile."""
    random = np.random.default_rng(5)
    log = [setting(pattern="dots")]
    for number, one in enumerate(REAL[: strokes * 8 : 8]):
        points = np.array(one["points"][:500])
        points[:, :2] += random.uniform([0, 0], [700, 400]) - points[:, :2].min(axis=0)
        marker = number % 7 == 0
        times = ink.pack_times(np.linspace(0, 400, len(points)).tolist())
        made = stroke(
            f"s{number:03}", points, times=times, width=20 if marker else 3, tool="highlighter" if marker else "pen",
            colour=("amber", "red", "blue")[number % 3],
        )  # fmt: skip
        log.append(entry(1000 * (number + 1), Put(made)))
    at = log[-1].seq
    return [
        *log,
        entry(at + 100, Remove(("s003", "s004"))),
        entry(at + 900, Patch(("s005",), {"transform": [1, 0, 0, 1, 40, 20]}), Patch(("s006",), {"colour": "green"})),
        entry(at + 1500, Patch(("class",), {"page": "q"})),
        entry(at + 2500, Patch(("class",), {"page": "p"})),
        entry(at + 3000, Put(next(op.record for op in log[4].ops if isinstance(op, Put)))),
    ]


def table_after(log: list[Entry]) -> Table:
    table = Table()
    for one in log:
        for op in one.ops:
            table.apply(op)
    return table


def frames(data: bytes) -> tuple[list[Image.Image], list[int]]:
    image = Image.open(io.BytesIO(data))
    assert image.info.get("loop") == 0
    pictures, durations = [], []
    for one in ImageSequence.Iterator(image):
        one.load()
        pictures.append(one.convert("RGB"))
        durations.append(round(one.info["duration"]))
    return pictures, durations


def red(id: str, ms: float = 0, **fields: Any) -> Ink:
    """A level line across page p, drawn in so many milliseconds."""
    points = np.column_stack((np.linspace(100, 700, 61), np.full(61, 200)))
    times = ink.pack_times(np.linspace(0, ms, 61).tolist()) if ms else b""
    return stroke(id, points, **{"width": 20, "colour": "red", "times": times, **fields})


def reach(picture: Image.Image) -> int:
    """How far to the right there is ink, in pixels."""
    coloured = np.flatnonzero((np.asarray(picture) != 255).any(axis=(0, 2)))
    return int(coloured[-1]) if len(coloured) else 0


@pytest.mark.parametrize("format", ["gif", "webp", "apng"])
def test_the_last_frame_is_the_page_s_picture(format: str) -> None:
    log = lesson()
    pictures, durations = frames(replay(log, format, speed=2))
    ours = np.asarray(raster.render(page_scene(table_after(log), "p"), 1))
    assert pictures[-1].size == (800, 450)
    assert (ours != 255).any(axis=2).mean() > 0.02
    assert structural_similarity(ours, np.asarray(pictures[-1]), channel_axis=2) >= 0.99
    off = np.abs(ours.astype(int) - np.asarray(pictures[-1])).max(axis=2)
    assert (off > 16).mean() < 1e-4, "rare shades at edges may be their neighbours"
    assert len(pictures) > 40
    assert durations[-1] == HOLD
    # 40 strokes a second apart, then three seconds, at twice the speed.
    assert sum(durations) - HOLD == pytest.approx(43_000 / 2, abs=200)


def test_every_frame_is_what_drawing_it_whole_would_give() -> None:
    """Only parts are drawn anew: nothing may be left behind, and nothing missed."""
    log = lesson()
    shown = film.film(log, None, 2, 2)
    stage = replaying._Stage(shown, None, 800, "dark")
    for number in range(0, int(shown.length), 700):
        stage.go(shown.time(number))
        fresh = replaying._Stage(shown, None, 800, "dark")
        fresh.go(shown.time(number))
        assert np.abs(np.asarray(stage.image).astype(int) - np.asarray(fresh.image)).max() <= 1


def test_a_stroke_grows_by_its_times() -> None:
    pictures, durations = frames(replay([setting(), entry(5000, Put(red("a", 1000)))], "apng", speed=1, pause=0.5))
    assert reach(pictures[0]) == 0
    assert durations[0] == 500 + 0, "the pause before is cut"
    grown = [reach(picture) for picture in pictures[1:]]
    assert grown == sorted(set(grown))
    assert len(grown) == 11, "a frame at every tenth of a second, both ends"
    # One pixel to a unit; the round end is ten wide.
    assert np.abs(np.array(grown) - np.linspace(110, 710, 11)).max() <= 12
    assert durations[1:] == [100] * 10 + [HOLD]


def test_a_stroke_without_times_grows_evenly() -> None:
    pictures, _ = frames(replay([setting(), entry(5000, Put(red("a")))], "apng", speed=1, pause=0))
    steps = np.diff([reach(picture) for picture in pictures if reach(picture)])
    assert len(steps) >= 5
    assert np.abs(steps[:-1] - film.PACE / 10).max() <= 12


def test_what_was_cut_or_brought_back_is_there_at_once() -> None:
    log = [
        setting(),
        entry(1000, Put(red("a", 500))),
        entry(3000, Remove(("a",)), Put(red("b", 500, colour="blue"))),
        entry(5000, Put(red("a", 500, width=30))),
    ]
    shown = film.film(log, None, 1, 9)
    assert [(growth.stroke.id, growth.end - growth.begin) for growth in shown.growths] == [("a", 500)]
    log[2] = entry(3000, Put(red("b", 500, colour="blue")))
    assert [growth.stroke.id for growth in film.film(log, None, 1, 9).growths] == ["a", "b"]


def test_words_are_there_when_they_were_written() -> None:
    made = typeset.note("Try **this**: $x^2$")
    note = Note(
        id="n", page="p", z="b", x=300, y=100, text="Try", h=made.h, lines=made.lines, formulas=made.formulas
    )  # fmt: skip
    log = [setting(), entry(1000, Put(stroke("s", [(10, 10), (100, 40)]))), entry(2000, Put(note))]
    film_of = Image.open(io.BytesIO(replay(log, "gif", width=800, speed=1)))
    frames = [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(film_of)]
    assert (frames[0][150:300, 320:520] == 255).all()
    paper_and_ink = frames[-1][110:300, 310:530]
    assert len(np.unique(paper_and_ink.reshape(-1, 3), axis=0)) > 5
    assert not (paper_and_ink == 255).all(axis=2).any()


def test_speed_and_pauses() -> None:
    log = [setting(), entry(10_000, Put(red("a", 1000))), entry(70_000, Put(red("b", 1000)))]
    assert film.film(log, None, 1, 1000).length == 70_000
    assert film.film(log, None, 1, 2).length == 2000 + 1000 + 2000 + 1000
    assert film.film(log, None, 4, 2).length == 6000 / 4
    assert film.film(log, None, 1, 0).length == 2000


def test_one_page_alone_and_what_is_not_the_board_s() -> None:
    other = red("b", 500, page="q")
    private = red("c", 500, copy="p9")
    log = [setting(), entry(1000, Put(red("a", 500))), entry(9000, Put(other)), entry(20_000, Put(private))]
    assert film.film(log, None, 1, 60).length == 1000, "only what is shown counts"
    assert film.film(log, "q", 1, 60).length == 9000
    pictures, _ = frames(replay(log, "apng", page="q", width=450, speed=1))
    assert pictures[-1].size == (450, 450)
    assert reach(pictures[-1]) > 400
    pictures, _ = frames(replay(log, "apng", speed=1))
    ours = np.asarray(raster.render(page_scene(table_after(log[:2]), "p"), 1))
    assert np.abs(ours.astype(int) - np.asarray(pictures[-1])).max() <= 24


def test_a_log_with_holes_is_played() -> None:
    log = [setting(), entry(500, Patch(("erased",), {"colour": "red"})), entry(1000, Put(red("a", 500)))]
    pictures, _ = frames(replay(log, "gif"))
    assert reach(pictures[-1]) > 700


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"path_or_format": "x.mp4"}, "gif, webp or png"),
        ({"path_or_format": ""}, "gif, webp or png"),
        ({"theme": "sepia"}, "theme"),
        ({"width": 0}, "width"),
        ({"speed": 0}, "speed"),
        ({"speed": float("nan")}, "speed"),
        ({"pause": -1}, "pause"),
        ({"pause": 3600, "speed": 0.1}, "speed"),
        ({"page": "nope"}, "Nothing"),
    ],
)
def test_what_cannot_be_made_is_said(options: dict[str, Any], told: str) -> None:
    log = [setting(), entry(1000, Put(red("a"))), entry(9_000_000, Put(red("b")))]
    with pytest.raises(CannotExport, match=told):
        replay(log, **{"path_or_format": "gif", **options})


def test_progress_and_calling_off() -> None:
    told: list[tuple[int, int]] = []
    log = [setting(), entry(1000, Put(red("a", 500)))]
    replay(log, "gif", speed=1, progress=lambda *now: told.append(now))
    assert told == [(number, 11) for number in range(12)]
    for after in range(12):
        answers = iter([False] * after)
        with pytest.raises(Cancelled):
            replay(log, "gif", speed=1, cancelled=lambda answers=answers: next(answers, True))  # type: ignore[misc]


def gradient() -> bytes:
    made = np.zeros((60, 80, 3), dtype=np.uint8)
    made[..., 0] = np.linspace(0, 255, 80)
    out = io.BytesIO()
    Image.fromarray(made).save(out, "PNG")
    return out.getvalue()


def test_pictures_are_in_a_replay_and_read_once() -> None:
    asked = []

    def assets(sha: str) -> bytes:
        asked.append(sha)
        return gradient()

    picture = Picture(id="i", page="p", z="a1", x=100, y=100, w=400, h=300, asset="a" * 64)
    log = [
        setting(asset="b" * 64),
        entry(1000, Put(picture)),
        entry(2000, Put(stroke("s", [[150, 150], [450, 350]], width=20, z="a2"))),
        entry(3000, Patch(("i",), {"transform": [1, 0, 0, 1, 100, 50]})),
    ]
    shown, _ = frames(replay(log, "png", width=400, assets=assets))
    table = Table()
    for change in log:
        for op in change.ops:
            table.apply(op)
    still = raster.render(page_scene(table, "p", assets=lambda sha: gradient()), 0.5)
    assert structural_similarity(np.asarray(shown[-1]), np.asarray(still), channel_axis=2) > 0.97
    assert structural_similarity(np.asarray(shown[0]), np.asarray(still), channel_axis=2) < 0.95
    assert sorted(asked) == ["a" * 64, "b" * 64]


def test_an_endless_page_is_shown_as_it_is_in_the_end() -> None:
    log = [
        setting(endless=True, pattern="grid"),
        entry(1000, Put(stroke("s", [[-2000, -500], [-1500, -300]], width=20))),
        entry(2000, Put(stroke("t", [[1000, 700], [1100, 900]], width=20))),
    ]
    shown, _ = frames(replay(log, "png", width=400))
    table = Table()
    for change in log:
        for op in change.ops:
            table.apply(op)
    scene = page_scene(table, "p")
    still = raster.render(scene, 400 / scene.width)
    assert structural_similarity(np.asarray(shown[-1]), np.asarray(still), channel_axis=2) > 0.99
