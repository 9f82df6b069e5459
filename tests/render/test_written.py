"""Words on the board in exports: every script named in the documents, notes, mathematics; and what no font has."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from classroom.core.messages import Put
from classroom.core.records import Formula, Note, Page, TextBox
from classroom.core.table import Table
from classroom.pictures import write_pictures
from classroom.render import Cancelled, export, typeset
from classroom.render.fonts import Fonts, fonts
from classroom.render.palette import BOARD, INK, paper
from classroom.render.raster import CROSSINGS, _corners, _tiles
from classroom.render.scene import TOGETHER, page_scene
from classroom.render.text import layout
from classroom.render.written import BARS, MOST, outline, written
from tests.render.page_of import page_of

SCRIPTS = {
    "latin": "Falsches Üben von Xylophonmusik quält jeden größeren Zwerg. Łódź, Čeština, Tiếng Việt, e\u0301",
    "greek": "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία, ᾳ Ὅμηρος",
    "cyrillic": "Съешь ещё этих мягких французских булок, да выпей чаю. Ґава, а\u0301",
    "arabic": "نص حكيم له سر قاطع وذو شأن عظيم مكتوب على ثوب أخضر، ١٢٣؟ پچگ",
    "hebrew": "עטלף אבק נס דרך מזגן שהתפוצץ כי חם. שָׁלוֹם",
    "devanagari": "ऋषियों को सताने वाले दुष्ट राक्षसों के राजा रावण का सर्वनाश, क्षत्रिय विद्यार्थी १२३",
    "indices": "H₂O, CO₃²⁻, x⁵ + xₙ₊₁ = 10⁻³",
    "math": "∀x∈ℝ: ∑ ≤ ∞ ⇒ ∂f/∂x ≠ ∅, √2 ≈ 1.41 → π ± ½ ∫ ∪ ∩ ⊂ ⊆ ∧ ∨ ¬ □",
}


def text(words: str, **fields: Any) -> TextBox:
    size, w, align = fields.get("size", 32), fields.get("w", 0), fields.get("align", "left")
    made = typeset.text(words, w, size, align)
    given = {"id": "t", "page": "p", "z": "a", "x": 20, "y": 20, "text": words, "lines": made.lines}
    return TextBox(**{**given, "formulas": made.formulas, **fields})


def note(words: str, **fields: Any) -> Note:
    made = typeset.note(words)
    given = {"id": "n", "page": "p", "z": "b", "x": 40, "y": 40, "text": words, "lines": made.lines, "h": made.h}
    return Note(**{**given, "formulas": made.formulas, **fields})


def table_of(*records: Any, **fields: Any) -> Table:
    table = page_of(width=1600, height=900, **fields)
    for record in records:
        table.apply(Put(record))
    return table


def pixels(table: Table, theme: str = "light", scale: float = 1) -> Any:
    return np.asarray(Image.open(io.BytesIO(export(table, "png", theme=theme, scale=scale)[0][1])), dtype=np.int64)


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("look", ["", "b", "i", "bi", "code"])
def test_every_named_script_is_in_the_shipped_fonts(script: str, look: Any) -> None:
    shaped = fonts().shaped(SCRIPTS[script], look)
    assert shaped.missing == ()
    assert not shaped.foreign
    assert shaped.advance > 10
    drawn = fonts().outlines(SCRIPTS[script], look, 32)
    assert len(drawn) > len(SCRIPTS[script]) / 3


def test_arabic_letters_are_joined_and_stand_from_right_to_left() -> None:
    apart = sum(fonts().measure(c, "", 1) for c in "سلام")
    joined = fonts().shaped("سلام", "")
    assert joined.advance < 0.9 * apart
    xs = [glyph.x for glyph in joined.glyphs]
    assert xs == sorted(xs)
    first = fonts().shaped("س", "").glyphs[0].id
    assert first not in {glyph.id for glyph in joined.glyphs}, "a letter at the beginning has another form"


def test_what_runs_both_ways_is_in_the_order_in_which_it_is_read() -> None:
    a, b = fonts().shaped("abc אבג", ""), fonts().shaped("אבג abc", "")
    assert [glyph.id for glyph in a.glyphs[:3]] == [glyph.id for glyph in fonts().shaped("abc", "").glyphs]
    assert [glyph.id for glyph in b.glyphs[:3]] == [glyph.id for glyph in fonts().shaped("abc", "").glyphs]


def test_brackets_from_right_to_left_are_mirrored() -> None:
    assert fonts().shaped("\u200f(", "").glyphs[0].id == fonts().shaped(")", "").glyphs[0].id


def test_words_are_filled_where_they_stand_in_their_colour() -> None:
    table = table_of(text("Hello", x=100, y=50, colour="red"))
    for theme in ("light", "dark"):
        shown = pixels(table, theme)
        away = np.abs(shown - BOARD[theme]).sum(axis=2) > 30  # type: ignore[index]
        ys, xs = np.nonzero(away)
        wide = fonts().measure("Hello", "", 32)
        assert 100 <= xs.min() < 106
        assert abs(xs.max() - (100 + wide)) < 6
        assert ys.min() > 50
        assert ys.max() <= 50 + 32 + 2, "nothing of Hello is below the baseline"
        assert tuple(INK[theme]["red"]) in {tuple(pixel) for pixel in shown[away]}  # type: ignore[index]


def test_holes_of_letters_stay_open() -> None:
    shown = pixels(table_of(text("O", size=400, x=100, y=100)))
    ys, xs = np.nonzero(shown.sum(axis=2) < 300)
    middle = shown[(ys.min() + ys.max()) // 2, (xs.min() + xs.max()) // 2]
    assert tuple(middle) == BOARD["light"]


def test_a_transform_moves_and_mirrors_words() -> None:
    plain, turned = text("F", size=200), text("F", size=200, transform=(-1, 0, 0, 1, 400, 0))
    one, other = pixels(table_of(plain)), pixels(table_of(turned))
    assert np.abs(one[:, :400] - other[:, :400][:, ::-1]).mean() < 0.1
    assert (one.sum(axis=2) < 300).sum() > 1_000


def test_a_note_hides_what_is_below_and_shows_its_words() -> None:
    below = text("#####################", size=60, x=0, y=60)
    for theme in ("light", "dark"):
        shown = pixels(table_of(below, note("Hi **there** $x^2$", colour="green")), theme)
        assert tuple(shown[250, 250]) == paper("green", theme)  # type: ignore[arg-type]
        assert tuple(shown[100, 42]) == paper("green", theme)  # type: ignore[arg-type]
        words = np.abs(shown[56:100, 56:264] - shown[250, 250]).sum(axis=2) > 100
        assert words.sum() > 100
        edge = shown[150, 282].sum()
        assert edge != shown[150, 400].sum(), "its edge is soft"


def test_a_formula_is_drawn_from_its_record_alone() -> None:
    square = Formula(source="q", width=1, ascent=1, descent=0, path="M0 0L1000 0L1000 -1000L0 -1000Z")
    made = layout("a $q$", 0, 100, "left", fonts().measure, {("q", False): square})
    record = TextBox(id="t", page="p", z="a", x=0, y=0, size=100, lines=made.lines, formulas=made.formulas)
    shown = pixels(table_of(record)).sum(axis=2)
    left = round(made.lines[0][2][-1][0])
    baseline = round(made.lines[0][0])
    assert (shown[baseline - 98 : baseline - 2, left + 2 : left + 98] < 120).all()


@pytest.mark.parametrize(
    "path", ["", "L1 1", "M", "M1", "M1 1L", "Z", "M0 0L9 9Z9", "M99999999 0L1 1Z", "--1", "M0 0Q1 1Z", "M 0 0ZL1 1"]
)
def test_a_path_that_makes_no_sense_is_nothing(path: str) -> None:
    assert outline(path, False) == ()


def test_odd_records_are_drawn_all_the_same() -> None:
    formula = Formula(source="x", width=0, ascent=0, descent=0, path="M0 0Q" + "9 " * 100)
    lines = (
        (-1e7, 1_000.0, ((1e7, 0.0, "math", "x"), (-5.0, 1e6, "bi", "\u200f\u0301\ufe0f\ud7ff"), (0.0, 0.0, "", ""))),
    )
    for transform in (None, (0, 0, 0, 0, 0, 0), (1e7, 1e7, 1e7, 1e7, 1e7, 1e7)):
        record = TextBox(id="t", page="p", z="a", x=1e7, y=-1e7, lines=lines, formulas=(formula,), transform=transform)
        flat = Note(id="n", page="p", z="b", x=0, y=0, w=0, h=0, lines=lines, transform=transform)
        assert pixels(table_of(record, flat), scale=0.1).shape == (90, 160, 3)


def test_a_record_that_says_more_than_a_text_can_is_drawn_as_bars() -> None:
    runs = tuple((20.0 * n, 20.0, "", "@" * 4_000) for n in range(8))
    lines = tuple((20.0 * n, 20.0, runs) for n in range(1, 8))
    made = written(TextBox(id="t", page="p", z="a", x=0, y=0, lines=lines))
    assert sum(map(len, made.polygons)) < MOST + 1_000
    assert len(made.polygons[-1]) == 4
    assert len(made.said) == 56
    many = Formula(source="x", width=1, ascent=1, descent=0, path="M0 0" + "Q9999999 0 0 9999999Q0 0 9 9" * 2_000)
    lines = ((30.0, 30.0, ((0.0, 30.0, "math", "x"),) * 200),) * 500
    assert outline(many.path, True) == ()
    assert written(TextBox(id="t", page="p", z="a", x=0, y=0, lines=lines, formulas=(many,))).polygons == []
    one = Formula(source="x", width=1, ascent=1, descent=0, path="M0 0" + "L9 9L1 1" * 5_000)
    made = written(TextBox(id="t", page="p", z="a", x=0, y=0, lines=lines, formulas=(one,)))
    assert sum(map(len, made.polygons)) < MOST + 500_000


def test_words_piled_up_are_filled_piece_by_piece() -> None:
    zigzag = "M0 0" + "".join(f"L{n * 7919 % 1000} {n * 104729 % 1000}" for n in range(4_500)) + "Z"
    one = Formula(source="x", width=1, ascent=1, descent=0, path=zigzag)
    lines = ((100.0, 32.0, ((100.0, 32.0, "math", "x"),) * 200),) * 75
    record = TextBox(id="t", page="p", z="a", x=0, y=0, lines=lines, formulas=(one,))
    scene = page_scene(table_of(record), "p")
    assert len(scene.fills) > 10
    assert max(int(scene.start[fill.high] - scene.start[fill.low]) for fill in scene.fills) <= TOGETHER
    tiles = list(_tiles(scene, _corners(scene.xy, scene.start), (1600, 900), 0, 2))
    assert len(tiles) > 2
    assert max(tile.crossings for tile in tiles) <= 10 * CROSSINGS


def test_a_record_of_bars_alone_ends_and_a_scene_can_be_given_up() -> None:
    lines = ((10.0, 10.0, ((0.0, 1.0, "", "x" * 4_000),) * 200),) * 500
    record = TextBox(id="t", page="p", z="a", x=0, y=0, lines=lines)
    assert len(written(record, 0).polygons) <= BARS + 1
    assert written(record, -4 * BARS - 1).polygons == []

    def stop() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        page_scene(table_of(record), "p", go_on=stop)


def test_what_no_font_has_is_a_box_and_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("classroom.render.fonts._installed", lambda cluster: "")
    bare = Fonts()
    monkeypatch.setattr("classroom.render.written.fonts", lambda: bare)
    lines = (
        (
            40.0,
            40.0,
            ((0.0, 80.0, "", "学校"), (80.0, 20.0, "", "a")),
        ),
    )
    lines = ((40.0, 40.0, ((0.0, 80.0, "", "学校"), (80.0, 20.0, "", "a"))),)
    table = table_of(TextBox(id="t", page="p", z="a", x=10, y=10, lines=lines))
    scene = page_scene(table, "p")
    assert scene.missing == ("学", "校")
    xs = scene.xy[:, 0]
    assert 40 < xs[xs > 50].min() < 60, "the boxes take the room that the words had"
    told: list[tuple[str, ...]] = []
    export(table, "png", missing=told.append)
    assert told == [("学", "校")]
    told.clear()
    export(table_of(text("plain")), "png", missing=told.append)
    assert told == []


def test_whoever_exports_is_told_what_no_font_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("classroom.render.fonts._installed", lambda cluster: "")
    bare = Fonts()
    monkeypatch.setattr("classroom.render.written.fonts", lambda: bare)
    table = table_of(TextBox(id="t", page="p", z="a", x=0, y=0, lines=((40.0, 40.0, ((0.0, 80.0, "", "学"),)),)))
    for suffix in ("png", "pdf", "svg", "zip"):
        with pytest.warns(UserWarning, match="No font here has 学; a box stands for each"):
            (written,) = write_pictures(table, tmp_path / f"board.{suffix}", None, 1, "light")
        assert written.stat().st_size > 200
    told: list[str] = []
    write_pictures(table, tmp_path / "again.png", None, 1, "light", told.append)
    assert len(told) == 1


PARAGRAPHS = "Hello **bold** world\nשלום עולם, 12.5 ok\nمرحبا بالعالم\nनमस्ते दुनिया\nof $x^2$ <&>"


def test_words_of_a_pdf_can_be_found_in_their_order() -> None:
    turned = text("Turned", id="u", x=700, y=100, size=40, transform=(0, 1, -1, 0, 1000, -500))
    table = table_of(text(PARAGRAPHS, x=100, y=60), turned, note("On a note", x=600, y=400))
    document = pypdfium2.PdfDocument(export(table, "pdf")[0][1])
    page = document[0].get_textpage()
    said = page.get_text_range()
    assert said.split("\r\n")[:5] == [
        "Hello bold world", "שלום עולם, 12.5 ok", "مرحبا بالعالم", "नमस्ते दुनिया", "of x^2 <&>",
    ]  # fmt: skip
    assert "Turned" in said
    assert "On a note" in said
    left, bottom, right, top = page.get_charbox(said.index("world"))
    wide = fonts().measure("Hello ", "", 32) + fonts().measure("bold", "b", 32)
    assert 0.6 * (100 + wide) - 2 < left < right < 0.6 * (100 + wide) + 25
    assert 540 - 0.6 * (60 + 45) < bottom < top < 540 - 0.6 * 60


def test_unseen_words_leave_a_pdf_as_it_looks() -> None:
    table = table_of(text(PARAGRAPHS, x=100, y=60), note("On a note", x=600, y=400))
    document = pypdfium2.PdfDocument(export(table, "pdf")[0][1])
    shown = np.asarray(document[0].render(scale=1600 / 960).to_pil().convert("RGB"), dtype=np.int64)
    assert shown.shape == (900, 1600, 3)
    assert np.abs(shown - pixels(table)).mean() < 0.5


def test_an_svg_says_its_words_and_no_character_breaks_it() -> None:
    odd = text("plain", id="o", lines=((30.0, 20.0, ((0.0, 50.0, "", "a\x00\x1b]]><script>&"),)),))
    ((name, data),) = export(table_of(text(PARAGRAPHS), odd), "svg")
    root = ElementTree.fromstring(data)
    said = root.findtext("{http://www.w3.org/2000/svg}desc")
    assert name == "board.svg"
    assert said is not None
    assert "שלום עולם" in said
    assert "]]><script>&" in said
    assert root.find(".//{http://www.w3.org/2000/svg}script") is None


def test_of_an_endless_page_words_count_for_what_is_shown() -> None:
    table = table_of(text("far away", x=5_000, y=-3_000), endless=True)
    assert isinstance(table.get("p"), Page)
    box = page_scene(table, "p").box
    assert box.left > 4_500
    assert box.top < -2_900
