"""What ink looks like: the values of `style/tokens.css`, and how a raw colour is made readable. Twin: `board/colour.ts`

A stroke stores a palette name; each theme draws its own value. A raw `#rrggbb` is kept, except on the dark board: one
that does not reach a contrast of 3:1 there has its lightness mirrored in OKLab (L becomes 1 - L) and, where that is not
enough, raised by hundredths until it does. It promises the colours that the browser shows; a test reads tokens.css.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Theme = Literal["light", "dark"]
Rgb = tuple[int, int, int]


class Paint(NamedTuple):
    """A colour in sRGB bytes and how much it covers, 0..1."""

    rgb: Rgb
    alpha: float = 1.0


def parse(colour: str) -> Rgb:
    """`#rrggbb` as bytes."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


BOARD: dict[Theme, Rgb] = {"light": parse("#ffffff"), "dark": parse("#1b1b1f")}
RULE: dict[Theme, Rgb] = {"light": parse("#e6e5e0"), "dark": parse("#2e2e34")}
INK: dict[Theme, dict[str, Rgb]] = {
    "light": {
        "ink": parse("#1d1e23"),
        "grey": parse("#6e7178"),
        "red": parse("#d50a31"),
        "amber": parse("#d37d14"),
        "green": parse("#017217"),
        "sky": parse("#359fb2"),
        "blue": parse("#1754ef"),
        "magenta": parse("#87266e"),
    },
    "dark": {
        "ink": parse("#efeeec"),
        "grey": parse("#80838b"),
        "red": parse("#ee4a30"),
        "amber": parse("#f0a552"),
        "green": parse("#94f09b"),
        "sky": parse("#49c5fd"),
        "blue": parse("#5292ff"),
        "magenta": parse("#de53cc"),
    },
}
HIGHLIGHTER: dict[Theme, dict[str, Paint]] = {
    "light": {
        "amber": Paint((255, 206, 46), 0.48),
        "green": Paint((92, 214, 150), 0.42),
        "sky": Paint((90, 190, 240), 0.40),
    },
    "dark": {
        "amber": Paint((255, 205, 70), 0.30),
        "green": Paint((92, 214, 150), 0.28),
        "sky": Paint((90, 190, 240), 0.28),
    },
}
THIN: dict[Theme, float] = {"light": 0.4, "dark": 0.28}
"""How much a highlighter covers whose colour has no value of its own."""

WASH: dict[Theme, float] = {"light": 0.14, "dark": 0.2}
"""How much the fill of a shape covers."""

NOTE = 0.28
"""How much of a note's colour lies on the board, where no highlighter has that colour."""


def paper(colour: str, theme: Theme) -> Rgb:
    """What a note of that colour is drawn on: opaque, so that nothing shows through."""
    over = paint("highlighter", colour, theme)
    alpha = over.alpha if colour in HIGHLIGHTER[theme] else NOTE
    red, green, blue = (int(low + (high - low) * alpha + 0.5) for low, high in zip(BOARD[theme], over.rgb, strict=True))
    return red, green, blue


def paint(tool: str, colour: str, theme: Theme) -> Paint:
    """What fills a stroke of that tool and colour (a palette name or `#rrggbb`); `wash` is the inside of a shape."""
    if tool == "highlighter" and colour in HIGHLIGHTER[theme]:
        return HIGHLIGHTER[theme][colour]
    rgb = INK[theme].get(colour)
    if rgb is None:
        rgb = parse(colour)
        if theme == "dark":
            rgb = readable(rgb, BOARD["dark"])
    if tool == "wash":
        return Paint(rgb, WASH[theme])
    return Paint(rgb, THIN[theme]) if tool == "highlighter" else Paint(rgb)


def _linear(value: float) -> float:
    return value / 3294.6 if value <= 10.31475 else ((value / 255 + 0.055) / 1.055) ** 2.4


def _encoded(value: float) -> float:
    return 255 * (12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055)


def contrast(one: Rgb, other: Rgb) -> float:
    """Contrast of two colours, 1 to 21, as in WCAG 2."""

    def luminance(rgb: Rgb) -> float:
        return 0.2126 * _linear(rgb[0]) + 0.7152 * _linear(rgb[1]) + 0.0722 * _linear(rgb[2])

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def readable(rgb: Rgb, board: Rgb) -> Rgb:
    """`rgb`, or what stands for it on the dark `board`."""
    if contrast(rgb, board) >= 3:
        return rgb
    lightness, a, b = _to_oklab(rgb)
    lightness = max(lightness, 1 - lightness)
    out = _from_oklab(lightness, a, b)
    while contrast(out, board) < 3 and lightness < 1:
        lightness = min(1.0, lightness + 0.01)
        out = _from_oklab(lightness, a, b)
    return out


# OKLab, after Björn Ottosson's definition (2020). In gamut the sums are never negative, so a plain root will do.


def _to_oklab(rgb: Rgb) -> tuple[float, float, float]:
    r, g, b = (_linear(value) for value in rgb)
    cone_l = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    cone_m = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    cone_s = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * cone_l + 0.793617785 * cone_m - 0.0040720468 * cone_s,
        1.9779984951 * cone_l - 2.428592205 * cone_m + 0.4505937099 * cone_s,
        0.0259040371 * cone_l + 0.7827717662 * cone_m - 0.808675766 * cone_s,
    )


def _from_oklab(lightness: float, a: float, b: float) -> Rgb:
    cone_l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    cone_m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    cone_s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3

    def byte(value: float) -> int:
        return int(min(255.0, max(0.0, _encoded(max(0.0, value)))) + 0.5)

    return (
        byte(4.0767416621 * cone_l - 3.3077115913 * cone_m + 0.2309699292 * cone_s),
        byte(-1.2684380046 * cone_l + 2.6097574011 * cone_m - 0.3413193965 * cone_s),
        byte(-0.0041960863 * cone_l - 0.7034186147 * cone_m + 1.707614701 * cone_s),
    )
