"""The board's fonts: the table is that of the installed packages, and what is built holds every file it names."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

from classroom.render import fonts

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "labextension" / "fonts.json"
BUILT = ROOT / "classroom" / "static" / "fonts" / "board"


def test_the_table_is_that_of_the_installed_packages() -> None:
    if not (ROOT / "labextension" / "node_modules" / "@fontsource").is_dir():
        pytest.skip("the browser's packages are not installed here")
    script = ROOT / "labextension" / "generate_fonts.py"
    done = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_is_built_is_the_table_its_files_and_their_licences() -> None:
    source = json.loads(SOURCE.read_text(encoding="ascii"))
    built = json.loads((BUILT / "fonts.json").read_text(encoding="ascii"))
    assert built == [{key: face[key] for key in face if key != "from"} for face in source]
    files = {path.name for path in BUILT.glob("*.woff2")}
    assert files == {face["file"] for face in built}
    packages = {face["from"].split("/")[1] for face in source}
    assert {path.name for path in BUILT.glob("LICENSE-*")} == {f"LICENSE-{name}.txt" for name in packages}
    for name in packages:
        assert "SIL OPEN FONT LICENSE" in (BUILT / f"LICENSE-{name}.txt").read_text(encoding="utf-8").upper()
    assert sum((BUILT / name).stat().st_size for name in files) < 1_500_000


def test_a_font_of_an_installed_package_shows_what_ours_lack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((0, 900), (900, 900), (900, 0)):
        pen.lineTo(corner)
    pen.closePath()
    font = FontBuilder(1000, isTTF=True)
    font.setupGlyphOrder([".notdef", "learn"])
    font.setupCharacterMap({ord("\U00020000"): "learn"})
    font.setupGlyf(dict.fromkeys((".notdef", "learn"), pen.glyph()))
    font.setupHorizontalMetrics(dict.fromkeys((".notdef", "learn"), (1000, 0)))
    font.setupHorizontalHeader(ascent=900, descent=-100)
    font.setupPost()
    package = tmp_path / "site-packages" / "noto_cjk_sans_sc_regular"
    package.mkdir(parents=True)
    font.save(package / "NotoSansCJKsc-Regular.otf")
    (package / "NotoSansCJKsc-Broken.otf").write_bytes(b"no font")
    monkeypatch.setattr(sys, "path", [*sys.path, str(package.parent)])
    for cache in (fonts._listed, fonts._installed, fonts._ranked, fonts._has):
        cache.cache_clear()
    try:
        shaped = fonts.Fonts().shaped("a\U00020000", "")
        nobody_has = fonts.Fonts().shaped("\U0003fffd", "")
    finally:
        for cache in (fonts._listed, fonts._installed, fonts._ranked, fonts._has):
            cache.cache_clear()
    assert (shaped.missing, shaped.foreign) == ((), True)
    assert shaped.glyphs[1].id == 1
    assert shaped.advance == pytest.approx(1 + fonts.fonts().measure("a", "", 1))
    assert nobody_has.missing == ("\U0003fffd",)
    assert nobody_has.advance == fonts.BOX


def test_what_strangers_write_is_not_remembered_without_end() -> None:
    made = fonts.Fonts()
    made.shaped("a" * (fonts.SHORT + 1), "")
    assert made._remembered.cache_info().currsize == 0
    assert made.shaped("a", "") is made.shaped("a", "")


def test_every_family_has_all_four_faces() -> None:
    faces = json.loads(SOURCE.read_text(encoding="ascii"))
    kinds = {(weight, style) for weight in (400, 700) for style in ("normal", "italic")}
    for family in {face["family"] for face in faces}:
        assert family.startswith("Classroom ")
        assert {(face["weight"], face["style"]) for face in faces if face["family"] == family} == kinds


def test_a_file_has_the_characters_that_are_told_of_it() -> None:
    for face in json.loads(SOURCE.read_text(encoding="ascii")):
        told: set[int] = set()
        for part in face["ranges"].split(","):
            low, _, high = part.removeprefix("U+").partition("-")
            told.update(range(int(low, 16), int(high or low, 16) + 1))
        there = set(TTFont(io.BytesIO((BUILT / face["file"]).read_bytes())).getBestCmap())
        assert told == {code for code in there if code >= 0x20 and not 0x7F <= code < 0xA0}


def test_installed_fonts_are_looked_up_once_for_a_script_and_not_for_each_character() -> None:
    fonts._ranked.cache_clear()
    fonts._installed.cache_clear()
    for code in range(0x5000, 0x5000 + 300):
        fonts._installed(chr(code))
    assert fonts._ranked.cache_info().misses == 1
