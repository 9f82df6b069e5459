"""Pictures, pages and documents from Python, against a real server: what comes in, what comes out, what is shown."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import nbformat
import numpy as np
import pypdfium2
import pytest
from PIL import Image

from classroom import shelf
from classroom.entrance import NotAdmitted
from classroom.lesson import Thing
from classroom.page import SHOWN_BYTES, pictured
from classroom.render import CannotExport
from classroom.shelf import ImportFailed, encoded
from classroom.widgets import panel_of
from tests.client.test_api import Join, Open, join, seats, start  # noqa: F401
from tests.server.test_imports import A4, SLIDE, pdf


class Figure:
    """As matplotlib's, as far as the board knows it: 4 x 3 inches."""

    def savefig(self, file: io.BytesIO, format: str, dpi: float) -> None:
        Image.new("RGB", (round(4 * dpi), round(3 * dpi)), "white").save(file, format)


def gradient(height: int = 60, width: int = 80) -> np.ndarray:
    made = np.zeros((height, width, 3), dtype=np.uint8)
    made[..., 0] = np.linspace(0, 255, width)
    made[..., 1] = 200
    return made


def opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB")


def things(start_objects: list[object]) -> list[Thing]:
    return [one for one in start_objects if isinstance(one, Thing)]


@pytest.mark.parametrize(
    ("what", "pixel"),
    [
        (np.full((4, 6), 128, dtype=np.uint8), (128, 128, 128)),
        (np.full((4, 6, 1), 128, dtype=np.int64), (128, 128, 128)),
        (np.full((4, 6, 3), 0.5), (128, 128, 128)),
        (np.full((4, 6, 4), 1.0, dtype=np.float32), (255, 255, 255)),
        (np.full((4, 6), np.nan), (0, 0, 0)),
        (np.array([[True, False]]), (255, 255, 255)),
        ([[0.0, 1.0], [1.0, 0.0]], (0, 0, 0)),
        (Image.new("P", (6, 4), 0), (0, 0, 0)),
        (Image.new("RGB", (6, 4), "red"), (255, 0, 0)),
        (Image.new("CMYK", (6, 4)), (255, 255, 255)),
    ],
)
def test_what_a_notebook_holds_becomes_a_picture(what: object, pixel: tuple[int, int, int]) -> None:
    image = Image.open(io.BytesIO(encoded(what))).convert("RGB")
    assert image.getpixel((0, 0)) == pixel


@pytest.mark.parametrize(
    "what", [np.zeros((2, 2, 2)), np.zeros(5), np.zeros((0, 4)), np.full((2, 2), 3.5), np.full((2, 2), 300), [["a"]]]
)
def test_what_is_no_array_of_a_picture_says_what_is(what: object) -> None:
    with pytest.raises(ValueError, match=r"0\.\.(255|1)"):
        encoded(what)


def test_a_figure_of_matplotlib() -> None:
    figure = pytest.importorskip("matplotlib.figure").Figure(figsize=(4, 3))
    figure.subplots().plot([0, 1], [1, 0])
    assert Image.open(io.BytesIO(encoded(figure))).size == (4 * shelf.DPI, 3 * shelf.DPI)


def test_what_is_no_picture_at_all() -> None:
    with pytest.raises(TypeError, match="PIL image, a numpy array, a matplotlib figure"):
        encoded(object())
    with pytest.raises(FileNotFoundError):
        encoded("nowhere.png")


def test_pictures_on_the_board(start: Open, join: Join, tmp_path: Path) -> None:  # noqa: F811
    teacher = start()
    board = teacher.board
    file = tmp_path / "photo.jpg"
    Image.fromarray(gradient()).save(file)
    ids = [
        board.image(Figure()),
        board.image(gradient(), x=100, y=50, width=160, alt="a ramp"),
        board.image(Image.new("RGBA", (10, 10), (0, 0, 255, 128)), x=700, y=300),
        board.image(file, x=0, y=800),
        board.image(str(file), x=0, y=700),
        board.image(file.read_bytes(), x=0, y=600),
    ]
    found = {one.id: one.fields for one in things(board.objects)}  # type: ignore[arg-type]
    assert [*found] == ids
    assert (found[ids[0]]["w"], found[ids[0]]["h"]) == (800, 600)
    assert (found[ids[0]]["x"], found[ids[0]]["y"]) == (400, 150)
    assert (found[ids[1]]["w"], found[ids[1]]["h"], found[ids[1]]["alt"]) == (160, 120, "a ramp")
    assert len({found[id]["asset"] for id in ids[3:]}) == 1

    page = board.page
    assert page is not None
    shown = page.image(scale=0.5)
    assert (shown.size, shown.mode) == ((800, 450), "RGB")
    left, right = (shown.getpixel((x, 40)) for x in (52, 128))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    assert left[0] < 15 < 240 < right[0]
    assert page.image(theme="dark", scale=0.1).getpixel((150, 80)) == (0x1B, 0x1B, 0x1F)
    assert np.asarray(join(teacher).board.pages[0].image(0.5)).tobytes() == np.asarray(shown).tobytes()

    board.undo()
    assert len(board.objects) == 5
    board.redo()
    assert len(board.objects) == 6
    with pytest.raises(NotAdmitted, match="not a picture"):
        board.image(b"nothing")
    with pytest.raises(CannotExport):
        page.image(scale=1000)


def test_exports_of_selections_copies_and_the_lesson(start: Open, join: Join, tmp_path: Path) -> None:  # noqa: F811
    teacher = start()
    board = teacher.board
    teacher.draw = "all"
    page = board.add_page("Work", audience="each")
    (line,) = board.draw([(100, 100), (300, 100)], width=40)
    board.image(gradient(), x=600, y=400, width=400)
    ana = join(teacher)
    ana.board.draw([(100, 700), (900, 700)], page=page.id, width=40)  # on her copy
    item = teacher.push("Look at $x$.", title="First")

    (path,) = board.export(tmp_path / "part.png", ids=[line], scale=1)
    assert opened(path).size == (280, 80)
    with pytest.raises(LookupError):
        board.export(tmp_path / "x.png", copy="Nobody")
    inked = []
    for name, who, copy in (("t", board, None), ("of-ana", board, "Ana"), ("a", ana.board, None), ("w", ana.board, "")):
        (path,) = who.export(tmp_path / f"{name}.png", who.pages[1], scale=0.5, copy=copy)
        inked.append(opened(path).getpixel((250, 350)) != (255, 255, 255))
    assert inked == [False, True, True, False]

    told: list[tuple[int, int]] = []
    paths = board.export(tmp_path / "week.md", scale=0.5, progress=lambda *now: told.append(now))
    assert [path.relative_to(tmp_path).as_posix() for path in paths] == ["week.md", "week-pictures/page-1.png"]
    text = paths[0].read_text("utf-8")
    assert "![Board, page 2: Work](week-pictures/page-1.png)" in text
    assert text.index("week-pictures") < text.index("## First") < text.index("Look at $x$.")
    picture = opened(paths[1])
    assert picture.getpixel((500, 300)) == page.image(0.5).getpixel((500, 300))
    assert told[-1] == (1, 1)
    (path,) = ana.board.export(tmp_path / "lesson.ipynb", scale=0.5)
    made = nbformat.read(path, as_version=4)
    nbformat.validate(made)
    assert any("attachments" in cell for cell in made.cells)
    assert any("Look at" in cell.source for cell in made.cells)
    teacher.withdraw(item)


def test_pages_of_every_size(start: Open) -> None:  # noqa: F811
    board = start().board
    sizes = {"16:9": (1600, 900), "a4": (1240, 1754), "A4 landscape": (1754, 1240), "endless": (1600, 900)}
    for name, size in sizes.items():
        page = board.add_page(name, size=name, pattern="axes")
        assert (page.size, page.pattern) == (size, "axes")
    own = board.add_page(size=(800, 600))
    assert own.size == (800, 600)
    own.size = "a4"
    own.pattern = "staves"
    assert (own.size, own.pattern) == ((1240, 1754), "staves")
    with pytest.raises(ValueError, match="a4 landscape"):
        own.size = "a5"
    with pytest.raises(ValueError, match="20000"):
        own.size = (5, 5)
    with pytest.raises(ValueError, match="staves"):
        own.pattern = "squares"
    with pytest.raises(ValueError, match="endless"):
        board.add_page(size="b4")
    assert own.size == (1240, 1754)


def test_a_page_is_duplicated_with_what_is_on_it(start: Open) -> None:  # noqa: F811
    board = start().board
    page = board.add_page("Proof", size="a4", pattern="grid")
    board.draw(np.column_stack((np.linspace(0, 1000, 5000), np.linspace(0, 1000, 5000))), page=page)
    board.image(gradient(), page=page)
    last = board.add_page("Last")
    made = page.duplicate()
    assert board.pages[-3:] == [page, made, last]
    assert (made.title, made.size, made.pattern) == ("Proof", (1240, 1754), "grid")
    assert [one.type for one in made.objects] == [one.type for one in page.objects] == ["ink"] * 3 + ["image"]
    assert not {one.id for one in made.objects} & {one.id for one in page.objects}
    (stroke,) = made.strokes
    assert stroke.shape == (5000, 3), "parts of a long stroke are one"
    assert np.allclose(stroke[:, 0], np.linspace(0, 1000, 5000), atol=0.05)
    assert made.image(0.5).tobytes() == page.image(0.5).tobytes()


def test_a_pdf_becomes_pages(start: Open, tmp_path: Path) -> None:  # noqa: F811
    board = start().board
    file = tmp_path / "slides.pdf"
    file.write_bytes(pdf(SLIDE, A4, SLIDE))
    told: list[tuple[int, int]] = []
    pages = board.import_pdf(file, progress=lambda *now: told.append(now))
    assert board.pages[1:] == pages
    assert board.page == pages[0]
    assert [page.size for page in pages] == [(1600, 900), (1240, 1754), (1600, 900)]
    assert told[-1] == (3, 3)
    red, green = pages[0].image(0.5).getpixel((10, 10)), pages[0].image(0.5).getpixel((790, 440))
    assert (red, green) == ((255, 0, 0), (255, 255, 255))
    (out,) = board.export(tmp_path / "written.pdf", pages)
    assert np.allclose(pypdfium2.PdfDocument(out)[1].get_size(), A4, atol=0.2), "A4 in, A4 out"
    with pytest.raises(ImportFailed, match="password"):
        board.import_pdf(pdf(A4, password="x"))
    with pytest.raises(NotAdmitted, match="not a PDF"):
        board.import_pdf(b"hello")


def test_giving_up_an_import_gives_it_up_on_the_server(start: Open) -> None:  # noqa: F811
    board = start().board

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        board.import_pdf(pdf(*[A4] * 60), progress=stop)
    assert len(board.import_pdf(pdf(SLIDE))) == 1, "else the first would still be going on, and this one be refused"
    assert len(board.pages) == 2


def test_a_cell_s_value_is_a_picture_of_the_board(start: Open, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    teacher = start()
    board = teacher.board
    board.draw([(100, 100), (1500, 800)], color="red", width=80)
    page = board.page
    assert page is not None
    for bundle in (board._repr_mimebundle_(), page._repr_mimebundle_()):
        assert set(bundle) == {"text/plain", "image/png"}
        image = Image.open(io.BytesIO(bundle["image/png"])).convert("RGB")
        assert image.size == (1000, 562)
        assert image.getpixel((500, 281)) == (0xD5, 0x0A, 0x31)
        assert len(bundle["image/png"]) < 30_000
    panel = panel_of(teacher)
    bundle = panel._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["image/png"] == pictured(board)["image/png"]
    token = teacher.admission.token
    assert token not in json.dumps(
        {key: base64.b64encode(value).decode() if isinstance(value, bytes) else value for key, value in data.items()}
    )
    panel.close()

    noise = np.random.default_rng(1).integers(0, 255, (450, 800, 3), dtype=np.uint8)
    board.image(noise, x=0, y=0, width=1600)
    (mime,) = pictured(board)
    assert (mime, len(pictured(board)[mime]) < 2 * SHOWN_BYTES) == ("image/jpeg", True)
    monkeypatch.setattr("classroom.page.PICTURED", 1)
    assert pictured(board) == {}


def test_a_picture_is_fetched_once(start: Open, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    teacher = start()
    teacher.board.image(gradient())
    other = teacher.board.pages[0]
    asked = []
    fetch = shelf.entrance.fetch
    monkeypatch.setattr(shelf.entrance, "fetch", lambda *a, **k: asked.append(a[1]) or fetch(*a, **k))
    for _ in range(3):
        other.image(0.2)
    assert len(asked) == 1
    assert teacher.board._pictures.get("0" * 64) is None


def test_a_photo_that_is_too_large_is_sent_smaller(start: Open, tmp_path: Path) -> None:  # noqa: F811
    board = start("A large photo").board
    noise = np.random.default_rng(7).integers(0, 256, (2600, 2600, 4), dtype=np.uint8)
    photo, clear = encoded(noise[..., :3]), encoded(noise)
    assert min(len(photo), len(clear)) > shelf.LARGEST
    board.image(photo, width=400)
    board.image(clear, width=400)
    assert [one.type for one in things(board.objects)] == ["image", "image"]
    with Image.open(io.BytesIO(shelf._fitting(clear))) as smaller:
        assert smaller.mode == "RGBA"
    path = tmp_path / "no picture.png"
    path.write_bytes(bytes(shelf.LARGEST + 1))
    with pytest.raises(ValueError, match="This picture is 20 MB; up to 20 MB fits"):
        board.image(path)


def test_a_replay_from_python_and_who_may_have_one(start: Open, join: Join, tmp_path: Path) -> None:  # noqa: F811
    teacher = start("Replayed")
    board = teacher.board
    for row in range(6):
        board.draw([(100, 100 + 80 * row), (900, 140 + 80 * row)], color="red", width=8)
    told: list[tuple[int, int]] = []
    assert board.export(tmp_path / "lesson.gif", progress=lambda done, total: told.append((done, total))) == [
        tmp_path / "lesson.gif"
    ]
    assert told
    paths = [board.replay(tmp_path / f"lesson.{suffix}", page=1, width=300) for suffix in ("webp", "png")]
    for path in [tmp_path / "lesson.gif", *paths]:
        with Image.open(path) as film:
            assert getattr(film, "n_frames", 1) > 1, path
            assert film.format == {".gif": "GIF", ".webp": "WEBP", ".png": "PNG"}[path.suffix]
    with pytest.raises(ValueError, match="no replay"):
        board.replay(tmp_path / "lesson.pdf")
    with pytest.raises(ValueError, match="without ids"):
        board.export(tmp_path / "part.gif", ids=["x"])
    student = join(teacher, "Ana")
    with pytest.raises(NotAdmitted):
        student.board.replay(tmp_path / "hers.gif")
    assert not (tmp_path / "hers.gif").exists()


def test_a_triangle_is_a_figure_and_what_is_none_says_what_there_is(start: Open) -> None:  # noqa: F811
    board = start("Figures").board
    board.shape("triangle", 100, 100, 300, 200)
    (made,) = things(board.objects)
    assert (made.fields["kind"], len(made.fields["corners"])) == ("polygon", 3)
    with pytest.raises(ValueError, match="There are: line, arrow, rectangle, ellipse, triangle, polygon"):
        board.shape("star", 0, 0, 10, 10)
