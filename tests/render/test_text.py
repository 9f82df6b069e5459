"""The layout of words: what the vectors say, and what must hold of every text."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classroom.core.records import Formula, TextBox
from classroom.render import markup, text

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
sys.path.insert(0, str(VECTORS))

import make_text  # noqa: E402

FORMULAS = {(f.source, f.display): f for f in make_text.FORMULAS}
ALPHABET = "ab  **__``$$\\#-1.)\n 🙂👩‍👩‍👧🇩🇪éशक्षम्יםאב(12)مرحبا،:/%学、校。\u0301\u200d\u200f"
TEXTS = st.text(ALPHABET, max_size=60) | st.text(max_size=40)


def laid(words: str, w: float = 0, align: str = "left", size: float = 20) -> text.Laid:
    return text.layout(words, w, size, align, make_text.measure, FORMULAS)


def test_the_vectors_are_what_it_gives() -> None:
    assert (VECTORS / "text-layout.json").read_text(encoding="ascii") == make_text.written(), "run make_text.py"
    assert len(json.loads(make_text.written())["texts"]) > 100


@given(TEXTS, st.sampled_from([0, 30, 90, 300]), st.sampled_from(["left", "centre", "right"]))
@settings(max_examples=300)
def test_any_text_has_a_layout_that_a_record_can_hold(words: str, w: float, align: str) -> None:
    made = laid(words, w, align)
    fields = {"id": "t", "type": "text", "page": "p", "z": "a", "x": 0, "y": 0, "text": words, "w": w}
    record = msgspec.convert(
        fields | {"lines": made.lines, "formulas": [msgspec.to_builtins(f) for f in made.formulas]}, TextBox
    )
    assert record.lines == made.lines
    assert made.h > 0


@given(TEXTS, st.sampled_from([0, 30, 90, 300]))
@settings(max_examples=200)
def test_runs_do_not_overlap_and_lines_go_down(words: str, w: float) -> None:
    before = 0.0
    for baseline, size, runs in laid(words, w).lines:
        assert before < baseline <= laid(words, w).h
        assert size > 0
        before = baseline
        at = -1e9
        for x, advance, _, said in runs:
            assert x >= at - 0.02, "a run begins where another still is"
            assert said
            at = x + advance


@given(st.text("ab \n學校", max_size=80), st.sampled_from([30, 90, 300]))
def test_breaking_loses_nothing_but_spaces(words: str, w: float) -> None:
    def said(made: text.Laid) -> str:
        return "".join(run[3] for _, _, runs in made.lines for run in runs).replace(" ", "")

    assert said(laid(words, w)) == said(laid(words, 0)) == words.replace(" ", "").replace("\n", "")


@given(st.text("ab cd ef学校", max_size=80), st.sampled_from([30, 90, 300]))
def test_lines_are_no_wider_than_the_box(words: str, w: float) -> None:
    for _, _, runs in laid(words, w).lines:
        if any(run[3].strip(" ") for run in runs):
            assert sum(run[1] for run in runs) <= w + 0.01 or len("".join(run[3] for run in runs)) == 1


def test_a_line_is_as_full_as_it_can_be() -> None:
    lines = laid("aa bb cc dd ee", 80).lines
    assert [runs[0][3] for _, _, runs in lines] == ["aa bb cc", "dd ee"]


def test_left_to_right_and_right_to_left_stand_in_the_order_they_are_read() -> None:
    ((_, _, runs),) = laid("abc שלום **עולם** def").lines
    assert [run[3] for run in runs] == ["abc ", "עולם", "שלום ", " def"]
    ((_, _, runs),) = laid("שלום abc 12", 300).lines
    assert [run[3] for run in runs] == ["abc 12", "שלום "]
    assert runs[-1][0] + runs[-1][1] == 300, "from right to left, it stands right"


def test_a_number_is_read_from_left_to_right_within_right_to_left() -> None:
    ((_, _, runs),) = laid("מחיר 12.50₪ בלבד").lines
    assert [run[3] for run in runs] == [" בלבד", "12.50₪", "מחיר "]


def test_what_stands_alone_knows_its_direction() -> None:
    ((_, _, runs),) = laid("שלום (*12*)").lines
    assert [run[3] for run in runs] == ["\u200f)", "12", "שלום ("]


def test_a_formula_makes_its_line_taller_and_is_kept_once() -> None:
    made = laid("a $y$ b $y$\nc")
    assert [f.source for f in made.formulas] == ["y"]
    (first, _, _), (second, _, _) = made.lines
    assert first == pytest.approx(20 * (1.4 + text.ROOM))
    assert second - first > 20 * text.LINE
    assert laid("a\nc").lines[1][0] == pytest.approx(20 * (1 + text.LINE))


def test_a_display_formula_stands_in_the_middle() -> None:
    ((_, _, runs),) = laid("$$x^2$$", 200).lines
    assert runs == ((75.0, 50.0, "math", "x^2"),)


def test_a_formula_that_nobody_knows_is_shown_as_it_was_typed() -> None:
    ((_, _, runs),) = laid("$q$").lines
    assert runs[0][2:] == ("code", "$q$")


def test_a_note_takes_its_words_smaller_then_grows() -> None:
    def note(words: str) -> text.LaidNote:
        return text.note_layout(words, 240, 240, 28, make_text.measure, FORMULAS)

    short, longer, longest = note("Hi"), note("word " * 30), note("word " * 200)
    assert (short.lines[0][1], short.h) == (28, 240)
    assert 12 <= longer.lines[0][1] < 28
    assert longer.h == 240
    assert longest.lines[0][1] == 12
    assert longest.h > 240
    assert short.lines[0][2][0][0] == text.MARGIN


@pytest.mark.parametrize("c", ["*", "_", "$", "`", "$$ ", "**a ", "*a", "[", "```\n", "a**b", "$a\\", " $", "- ", "\\"])
def test_hostile_text_of_ten_times_the_limit_is_read(c: str) -> None:
    # A parser that looks at the rest again for every mark would take minutes.
    made = markup.blocks(c * (200_000 // len(c)))
    assert made
    assert all(piece.words for block in made for piece in block.pieces)


def test_clusters_are_what_a_person_calls_characters() -> None:
    assert text.clusters("👩‍👩‍👧🇩🇪🇫🇷क्षिe\u0301x") == ["👩‍👩‍👧", "🇩🇪", "🇫🇷", "क्षि", "e\u0301", "x"]


def test_formulas_are_told_with_how_they_stand() -> None:
    assert markup.formulas("$a$ $$b$$ `$c$` $a$") == [("a", False), ("b", True)]
    assert Formula(source="a", width=1, ascent=1, descent=0, path="").display is False
