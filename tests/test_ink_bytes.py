"""The design's numbers for ink on the wire hold, on real handwriting."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.client.jupyter_child import ROOT


@pytest.mark.slow
def test_ink_costs_no_more_than_promised() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "ink_bytes.py")],
        capture_output=True, text=True, cwd=ROOT, check=False, env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1058, 73687" in done.stdout
