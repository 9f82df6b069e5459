"""The browser's part under its own tools: types, lint, unit tests and layers. Node comes from a wheel, the tools from
the lock file; a machine with only Python runs all of it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from hatch_build import node_commands

TOP = Path(__file__).resolve().parent.parent / "labextension"
LAYERS = ("core", "client", "board", "ui", "surfaces")
MAY_IMPORT = {
    "core": {"core"},
    "client": {"core", "client"},
    "board": {"core", "client", "board"},
    "ui": {"core", "client", "board", "ui"},
    "surfaces": set(LAYERS),
}
IMPORT = re.compile(r"""(?:\bfrom|\bimport|\bimport\()\s*["']([^"']+)["']""")


@pytest.fixture(scope="module")
def tools(node_modules: Path) -> Path:
    """Where the tools are."""
    return node_modules


def run(tools: Path, script: str, *arguments: str) -> None:
    """Runs a tool's script with the wheel's node; fails with what it said."""
    node, _, env = node_commands()
    done = subprocess.run(
        [node, str(tools / script), *arguments],
        cwd=TOP,
        env={**env, "NO_COLOR": "1", "CI": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("project", ["tsconfig.core.json", "tsconfig.json"])
def test_types(tools: Path, project: str) -> None:
    run(tools, "typescript/bin/tsc", "-p", project)


def test_lint(tools: Path) -> None:
    run(tools, "@biomejs/biome/bin/biome", "check", "--error-on-warnings", ".")


def test_units(tools: Path) -> None:
    run(tools, "vitest/vitest.mjs", "run")


def test_imports_point_one_way() -> None:
    wrong, seen = [], 0
    for file in sorted((TOP / "src").rglob("*.ts*")):
        layer = file.relative_to(TOP / "src").parts[0]
        if layer not in MAY_IMPORT or ".test." in file.name:
            continue
        for target in IMPORT.findall(file.read_text(encoding="utf-8")):
            if target.startswith("."):
                seen += 1
                path = (file.parent / target).resolve()
                if path.is_relative_to(TOP / "src") and path.relative_to(TOP / "src").parts[0] not in MAY_IMPORT[layer]:
                    wrong.append(f"{file.name} -> {target}")
            elif target.startswith(("@jupyterlab/", "@lumino/")) and file.name != "lab.ts":
                if file.name != "jupyterlab.d.ts":
                    wrong.append(f"{file.name} -> {target}")
            elif target.startswith("@anywidget/") and file.name != "widget.ts":
                wrong.append(f"{file.name} -> {target}")
    assert seen > 10
    assert not wrong
