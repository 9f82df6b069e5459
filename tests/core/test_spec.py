"""SPEC.md is what the tests hold: every rule is cited by one, and no test cites a rule that is not there.

A test cites a rule by its name (`test_4_3_…`) or by "SPEC 4.3" in its own words.
"""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SPEC = ROOT / "classroom" / "core" / "SPEC.md"


def rules() -> list[str]:
    """The numbers of all rules."""
    return re.findall(r"^(\d\.\d+) ", SPEC.read_text(encoding="utf-8"), re.MULTILINE)


def cited() -> set[str]:
    """The numbers that tests name; what this file says of citing is none."""
    found: set[str] = set()
    files = {*(ROOT / "tests").rglob("test_*.py"), *(ROOT / "labextension" / "src").rglob("*.test.ts")}
    for file in files - {Path(__file__)}:
        text = file.read_text(encoding="utf-8")
        found |= {f"{a}.{b}" for a, b in re.findall(r"def test_(\d)_(\d+)_", text)}
        for numbers in re.findall(r"SPEC ((?:\d\.\d+(?:, | and )?)+)", text):
            found |= set(re.findall(r"\d\.\d+", numbers))
    return found


def test_every_rule_is_cited_by_a_test_and_every_citation_is_a_rule() -> None:
    numbered = rules()
    assert len(numbered) > 40
    assert len(numbered) == len(set(numbered))
    assert set(numbered) - cited() == set()
    assert cited() - set(numbered) == set()
