"""The PDF, opened by an independent reader: the same picture as our pixels, and what the document says of itself."""

from __future__ import annotations

import io
import json
import threading
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
import pytest
from numpy.typing import NDArray
from PIL import Image
from skimage.metrics import structural_similarity

from classroom.core.messages import Put
from classroom.core.records import Class, Ink, Page
from classroom.core.table import Table
from classroom.render import Cancelled, CannotExport, export, pdf, raster
from classroom.render.palette import Paint, Theme
from classroom.render.scene import Fill, Scene, page_scene
from tests.render.page_of import page_of, stroke

REAL = json.loads((Path(__file__).parent.parent / "data" / "ink-real.json").read_text())["strokes"]


def handwriting() -> list[Ink]:
    """Real strokes strewn over a page of 1600 x 900, every ninth a highlighter; some leave the page."""
    random = np.random.default_rng(8)
    strokes = []
    for number, one in enumerate(REAL[::4]):
        points = np.array(one["points"][:2000])
        points[:, :2] += random.uniform([0, 0], [1500, 850]) - points[:, :2].min(axis=0)
        marker = number % 9 == 0
        colour = ("amber", "green", "sky")[number % 3] if marker else ("ink", "red", "#336699", "blue")[number % 4]
        tool, width = ("highlighter", 20) if marker else ("pen", 3)
        strokes.append(stroke(f"s{number:04}", points, width=width, colour=colour, tool=tool))
    return strokes


def document(table: Table, **options: Any) -> pypdfium2.PdfDocument:
    ((name, data),) = export(table, "pdf", **options)
    assert name == "board.pdf"
    return pypdfium2.PdfDocument(data)


def shown(doc: pypdfium2.PdfDocument, page: int = 0, scale: float = 1.2) -> NDArray[np.uint8]:
    """What the reader shows, at so many pixels to a board unit."""
    image = doc[page].render(scale=scale / pdf.POINTS).to_pil().convert("RGB")
    return np.asarray(image, dtype=np.uint8)


def two_more(table: Table) -> Table:
    table.apply(Put(Class(id="class", title="Linear algebra, week 3")))
    table.apply(Put(Page(id="q", order="b", width=100, height=300, title="Proof")))
    table.apply(Put(Page(id="r", order="c", width=200, height=100)))
    return table


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("pattern", ["blank", "dots", "grid", "ruled"])
def test_another_reader_sees_what_we_draw(pattern: str, theme: Theme) -> None:
    table = page_of(*handwriting(), width=1600, height=900, pattern=pattern)
    ours = np.asarray(raster.render(page_scene(table, "p", theme), 1.2))
    theirs = shown(document(table, theme=theme))
    assert theirs.shape == ours.shape == (1080, 1920, 3)
    assert (ours != ours[0, 0]).any(axis=2).mean() > 0.02
    assert structural_similarity(ours, theirs, channel_axis=2) >= 0.99


def test_the_marker_lies_under_the_ink_and_is_clear() -> None:
    marker = stroke("b", [[10, 50], [90, 50]], width=40, colour="amber", tool="highlighter")
    pen = stroke("a", [[50, 10], [50, 90]], width=20, colour="blue")
    # There and back: overlaps within one stroke are no darker.
    twice = stroke("c", [[10, 95], [90, 95], [10, 95]], width=8, colour="amber", tool="highlighter")
    got = shown(document(page_of(marker, pen, twice, pattern="dots")), scale=2)
    assert got[100, 100].tolist() == [0x17, 0x54, 0xEF]
    clear = got[110, 60].astype(int)
    wanted = 255 + (np.array([0xFF, 0xCE, 0x2E]) - 255) * 0.48
    assert np.abs(clear - wanted).max() <= 2
    assert np.abs(got[190, 140].astype(int) - clear).max() <= 1


def test_it_is_lines_not_pixels() -> None:
    doc = document(page_of(*handwriting()[:9], width=1600, height=900))
    kinds = {thing.type for thing in doc[0].get_objects()}
    assert kinds == {pypdfium2.raw.FPDF_PAGEOBJ_PATH}
    assert len(list(doc[0].get_objects())) == 10, "the ground, and one path a stroke"


def test_all_pages_in_one_file_at_their_size_and_with_their_names() -> None:
    doc = document(two_more(page_of()))
    assert [doc[n].get_size() for n in range(len(doc))] == [(60, 60), (60, 180), (120, 60)]
    assert doc.get_metadata_dict()["Title"] == "Linear algebra, week 3"
    outline = list(doc.get_toc())
    assert [(item.get_title(), item.get_dest().get_index()) for item in outline] == [
        ("Page 1", 0),
        ("Proof", 1),
        ("Page 3", 2),
    ]


def test_chosen_pages_keep_their_numbers() -> None:
    table = two_more(page_of())
    table.apply(Put(Page(id="z", order="aa", gone=True)))
    doc = document(table, pages=["r", "q"])
    assert [doc.get_page_label(n) for n in range(2)] == ["3", "2"]
    assert [item.get_title() for item in doc.get_toc()] == ["Page 3", "Proof"]
    assert document(table, pages=["z"]).get_page_label(0) == "1"


@pytest.mark.parametrize(
    ("title", "read"),
    [
        ("(", "("),
        ("back\\", "back\\"),
        (") >> endobj /JS (app.alert(1)", ") >> endobj /JS (app.alert(1)"),
        ("\\) /Producer (x", "\\) /Producer (x"),
        ("line\r\nbreak\x00\x1b\u2028", "line  break"),
        ("Größe ∑ 線形 👩\u200d🏫", "Größe ∑ 線形 👩\u200d🏫"),
        ("عنوان", "عنوان"),
        ("half \ud800", "half ?"),
        ("</dc:title><x>&", "</dc:title><x>&"),
        ("x" * 200, "x" * 200),
    ],
)
def test_titles_are_text_whatever_they_say(title: str, read: str) -> None:
    table = page_of(stroke("a", [[10, 50], [90, 50]]), title=title)
    table.apply(Put(Class(id="class", title=title)))
    doc = document(table)
    assert len(doc) == 1
    assert doc.get_metadata_dict()["Title"] == read
    assert doc.get_metadata_dict()["Producer"] == ""
    assert [item.get_title() for item in doc.get_toc()] == [read]
    assert (shown(doc) != 255).any()


def test_a_page_with_nothing_on_it_is_its_ground() -> None:
    assert (shown(document(page_of())) == 255).all()
    assert (shown(document(page_of(), theme="dark")) == (0x1B, 0x1B, 0x1F)).all()
    assert export(Table(), "pdf") == []


def test_a_page_keeps_its_pattern_however_large() -> None:
    table = page_of(width=4000, height=4000, pattern="dots")
    scene = page_scene(table, "p")
    assert len(scene.xy) > 3 * pdf.BATCH, "or this shows nothing"
    ours, theirs = np.asarray(raster.render(scene, 0.5)), shown(document(table), scale=0.5)
    assert structural_similarity(ours, theirs, channel_axis=2) >= 0.99


def test_what_is_clear_is_one_path_however_many_corners() -> None:
    scene = page_scene(page_of(width=4000, height=4000, pattern="dots"), "p")
    (fill,) = scene.fills
    made = pdf.Document("")
    made.add(
        Scene(scene.width, scene.height, scene.ground, [Fill(Paint((1, 2, 3), 0.5), fill.low, fill.high)], scene.xy,
              scene.start), 1, "a",
    )  # fmt: skip
    assert len(list(pypdfium2.PdfDocument(made.data())[0].get_objects())) == 2


def test_too_much_for_one_document_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MAX_CORNERS", 100)
    with pytest.raises(CannotExport, match="fewer pages"):
        export(page_of(*handwriting()[:9]), "pdf")


@pytest.mark.parametrize("after", range(5))
def test_calling_off_ends_it_wherever_it_is(after: int) -> None:
    answers = iter([False] * after)
    with pytest.raises(Cancelled):
        export(page_of(*handwriting(), pattern="grid"), "pdf", cancelled=lambda: next(answers, True))


def test_calling_off_leaves_the_rest_undrawn() -> None:
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > 2

    told: list[tuple[int, int]] = []
    with pytest.raises(Cancelled):
        export(two_more(page_of(*handwriting())), "pdf", progress=lambda *now: told.append(now), cancelled=cancelled)
    assert told == [(0, 3)]


def test_progress_is_told_by_pages() -> None:
    told: list[tuple[int, int]] = []
    export(two_more(page_of()), "pdf", progress=lambda *now: told.append(now))
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_two_at_once_do_not_mix() -> None:
    """A server draws for staff and for a student at the same time."""
    tables = [page_of(*handwriting()[low : low + 60], width=1600, height=900) for low in (0, 60)]
    alone = [shown(document(table), scale=0.6) for table in tables]
    together: list[Any] = [None, None]

    def draw(number: int) -> None:
        together[number] = export(tables[number], "pdf")[0][1]

    threads = [threading.Thread(target=draw, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in (0, 1):
        assert np.array_equal(shown(pypdfium2.PdfDocument(together[number]), scale=0.6), alone[number])
    assert not np.array_equal(*alone)


def test_a_zip_holds_a_picture_of_each_page() -> None:
    table = two_more(page_of(stroke("a", [[10, 50], [90, 50]])))
    ((name, data),) = export(table, "week 3.zip", scale=1)
    assert name == "week 3.zip"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == ["week 3-1.png", "week 3-2.png", "week 3-3.png"]
        sizes = [Image.open(io.BytesIO(archive.read(one))).size for one in archive.namelist()]
        assert archive.read("week 3-1.png") == export(table, "png", pages=["p"], scale=1)[0][1]
    assert sizes == [(100, 100), (100, 300), (200, 100)]
    with pytest.raises(CannotExport, match="smaller scale"):
        export(page_of(width=20_000, height=20_000), "zip", scale=4)
