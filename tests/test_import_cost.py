"""What importing the package brings with it: nothing heavy before it is used. (What it costs is for a benchmark.)"""

from __future__ import annotations

import subprocess
import sys

from tests.client.jupyter_child import ROOT

HEAVY = (
    "numpy",
    "PIL",
    "tornado",
    "ipywidgets",
    "anywidget",
    "IPython",
    "jupyter_server",
    "msgspec",
    "traitlets",
    "rich",
    "segno",
)


def loaded(code: str) -> set[str]:
    """Which of the heavy packages are loaded after running `code` in a fresh interpreter."""
    code += f"\nimport sys; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    return set(done.stdout.split())


def test_the_package_alone_brings_nothing() -> None:
    assert loaded("import classroom") == set()


def test_start_and_join_bring_the_schema_only() -> None:
    assert loaded("import classroom; classroom.start; classroom.join") == {"msgspec"}


def test_the_command_line_starts_light() -> None:
    assert loaded("import classroom.cli; classroom.cli.parser()") <= {"msgspec"}
