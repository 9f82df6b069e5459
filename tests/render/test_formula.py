"""Mathematics as outlines."""

from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classroom.core.records import Formula
from classroom.render.formula import CannotRead, formula

GOOD = [
    r"x^2", r"\frac{-b\pm\sqrt{b^2-4ac}}{2a}", r"\sum_{i=1}^n i^2", r"\int_0^\infty e^{-x^2}\,dx",
    r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", r"\begin{cases}1&x<0\\2&y\end{cases}", r"\mathbb{R}\mathcal{L}",
    r"\boxed{x}", r"\cancel{ab}", r"\overline{ab}", r"\vec{x}\hat y", r"a<b", r"\text{hello wörld}", r"\sqrt[3]{x}",
    r"\left( \frac12 \right)", r"\underbrace{a+b}_n", r"f'(x)", r"90^\circ", r"\lim_{x\to0}", r"\alpha\beta\Gamma",
    r"\begin{align}a&=b\\c&=d\end{align}", r"\operatorname{rank} A", r"\binom{n}{k}", r"\nabla\cdot\vec{E}",
]  # fmt: skip


@pytest.mark.parametrize("source", GOOD)
@pytest.mark.parametrize("display", [False, True])
def test_what_teachers_write_is_made(source: str, display: bool) -> None:
    made = formula(source, display)
    assert msgspec.convert(msgspec.to_builtins(made), Formula) == made
    numbers = [int(n) for n in re.findall(r"-?\d+", made.path)]
    xs, ys = numbers[::2], numbers[1::2]
    assert min(xs) >= -60
    assert max(xs) <= made.width * 1000 + 60
    assert -made.ascent * 1000 - 60 <= min(ys)
    assert max(ys) <= made.descent * 1000 + 60


def test_a_sum_that_stands_apart_is_taller() -> None:
    assert formula(r"\sum_{i=1}^n i", True).ascent > formula(r"\sum_{i=1}^n i").ascent


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (r"\frac{1}", ""), ("x^", "after ^ or _"), ("{", "a } is missing"), ("}", "a { is missing"), ("  ", "empty"),
        (r"\nosuch{x}", r"\nosuch is not known"), ("学校", "cannot show 学 校"), (r"\left(x", r"\left and \right"),
        (r"\begin{matrix}1", ""), (r"\newcommand{\a}{b}", "cannot be defined"), ("{" * 61 + "}" * 61, "too deeply"),
        (r"\href{javascript:alert(1)}{x}", "linked"), (r"\hspace{99999999em}x", "too large"), (r"\\", "shows nothing"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(source: str, words: str) -> None:
    with pytest.raises(CannotRead) as error:
        formula(source)
    assert words in str(error.value)
    assert str(error.value).startswith("The formula ")


@given(st.text("\\{}^_&$ xfracleftright()[]123\n", max_size=12) | st.text(max_size=8))
@settings(max_examples=100, deadline=None)
def test_any_text_is_a_formula_or_a_sentence(source: str) -> None:
    try:
        made = formula(source)
    except CannotRead as error:
        told = str(error)
    else:
        told = "The formula is made."
        assert msgspec.convert(msgspec.to_builtins(made), Formula) == made
    assert told.startswith("The formula ")
