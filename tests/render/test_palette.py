"""The exporter's colours are those of the browser's style sheet."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from classroom.core.records import PALETTE
from classroom.render.palette import BOARD, HIGHLIGHTER, INK, RULE, Paint, Theme, contrast, paint, parse, readable

TOKENS = Path(__file__).parent.parent.parent / "labextension" / "style" / "tokens.css"
TOKEN = re.compile(r"--([\w-]+):\s*light-dark\(((?:[^()]|\([^()]*\))*)\)")
THEMES: tuple[Theme, ...] = get_args(Theme)


def value(css: str) -> Paint:
    """`#rrggbb` or `rgb(r g b / alpha)`."""
    css = css.strip()
    if css.startswith("#"):
        return Paint(parse(css))
    numbers = [float(number) for number in re.findall(r"[\d.]+", css)]
    return Paint((int(numbers[0]), int(numbers[1]), int(numbers[2])), numbers[3])


def tokens(theme: Theme) -> dict[str, Paint]:
    found = TOKEN.findall(TOKENS.read_text())
    values = {name: re.split(r",(?![^(]*\))", both) for name, both in found if both.startswith(("#", "rgb"))}
    return {name: value(both[THEMES.index(theme)]) for name, both in values.items()}


@pytest.mark.parametrize("theme", THEMES)
def test_inks_highlighters_and_the_board_are_those_of_tokens_css(theme: Theme) -> None:
    css = tokens(theme)
    assert {name: css[f"ink-{name}"].rgb for name in PALETTE} == INK[theme]
    assert {name[3:]: paint for name, paint in css.items() if name.startswith("hl-")} == HIGHLIGHTER[theme]
    assert css["cr-board"].rgb == BOARD[theme]
    assert css["cr-board-rule"].rgb == RULE[theme]


@pytest.mark.parametrize("theme", THEMES)
def test_every_ink_can_be_seen_on_its_board(theme: Theme) -> None:
    for name in PALETTE:
        assert contrast(paint("pen", name, theme).rgb, BOARD[theme]) >= 3


def test_a_raw_colour_is_kept_on_the_light_board_and_readable_on_the_dark_one() -> None:
    assert paint("pen", "#202080", "light") == Paint((32, 32, 128))
    dark = paint("pen", "#202080", "dark")
    assert contrast(dark.rgb, BOARD["dark"]) >= 3
    assert dark.rgb[2] > dark.rgb[0]  # still blue
    assert readable((200, 220, 40), BOARD["dark"]) == (200, 220, 40)
    assert readable((0, 0, 0), BOARD["dark"]) == (255, 255, 255)


def test_a_highlighter_lets_through_what_is_under_it_in_any_colour() -> None:
    for theme in THEMES:
        for colour in (*PALETTE, "#123456"):
            assert 0.2 <= paint("highlighter", colour, theme).alpha <= 0.5
            assert paint("pen", colour, theme).alpha == 1
