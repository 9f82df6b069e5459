"""The vector picture: well-formed, and the same to another renderer as our own pixels."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import resvg_py
from PIL import Image
from skimage.metrics import structural_similarity

from classroom.render import raster, svg
from classroom.render.scene import page_scene
from tests.render.page_of import page_of, stroke

REAL = json.loads((Path(__file__).parent.parent / "data" / "ink-real.json").read_text())["strokes"]


def lesson() -> object:
    random = np.random.default_rng(8)
    strokes = []
    for number, one in enumerate(REAL[::8]):
        points = np.array(one["points"][:2000])
        points[:, :2] += random.uniform(50, 550, 2) - points[:, :2].min(axis=0)
        marker = number % 9 == 0
        colour = ("amber", "green", "sky")[number % 3] if marker else ("ink", "red", "#336699", "blue")[number % 4]
        tool, width = ("highlighter", 20) if marker else ("pen", 3)
        strokes.append(stroke(f"s{number:03}", points, width=width, colour=colour, tool=tool))
    return page_of(*strokes, width=800, height=600, pattern="dots")


def test_another_renderer_sees_what_we_draw() -> None:
    scene = page_scene(lesson(), "p")  # type: ignore[arg-type]
    ours = np.asarray(raster.render(scene, 2))
    theirs = np.asarray(Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg.render(scene, 2))))).convert("RGB"))
    assert ours.shape == theirs.shape
    assert (ours != 255).any(axis=2).mean() > 0.02
    assert structural_similarity(ours, theirs, channel_axis=2) >= 0.995


def test_it_is_one_path_for_each_stroke() -> None:
    table = page_of(stroke("a", [[10, 10], [20, 20]], colour="amber", tool="highlighter"), stroke("b", [[-5, 3]]))
    root = ElementTree.fromstring(svg.render(page_scene(table, "p"), 2.5))
    assert (root.get("width"), root.get("height"), root.get("viewBox")) == ("250", "250", "0 0 100 100")
    paths = root.findall(".//{http://www.w3.org/2000/svg}path")
    assert [(path.get("fill"), path.get("fill-opacity")) for path in paths] == [("#ffce2e", "0.48"), ("#1d1e23", None)]


def test_coordinates_are_within_half_a_hundredth_of_a_unit() -> None:
    scene = page_scene(page_of(stroke("a", [[10, 10], [33.3, 60], [80, 20], [81, 90]], width=7)), "p")
    path = ElementTree.fromstring(svg.render(scene)).find(".//{http://www.w3.org/2000/svg}path")
    assert path is not None
    got = []
    for polygon in (path.get("d") or "").split("z")[:-1]:
        numbers = [int(number) for number in re.findall(r"-?\d+", polygon)]
        got.append(np.cumsum(np.array(numbers).reshape(-1, 2), axis=0) / 100)
    assert [len(polygon) for polygon in got] == np.diff(scene.start).tolist()
    assert np.abs(np.concatenate(got) - scene.xy).max() <= 0.005 + 1e-9
