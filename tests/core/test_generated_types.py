"""The browser's types are those of the Python schema: a change there without `generate_types.py` fails here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_schema_ts_is_fresh() -> None:
    script = ROOT / "labextension" / "generate_types.py"
    done = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_record_message_and_refusal_is_in_it() -> None:
    from classroom.core import errors, records, wire

    text = (ROOT / "labextension" / "src" / "core" / "schema.ts").read_text(encoding="utf-8")
    assert min(len(records.TYPES), len(wire.KINDS), len(errors.REFUSALS)) > 5
    for name, cls in records.TYPES.items():
        assert f'interface {cls.__name__} {{\n  type: "{name}";' in text
    for number, kind in wire.KINDS.items():
        assert f"{kind}: {number}," in text.replace('"', "")
    for sentence in errors.REFUSALS.values():
        assert sentence in text
