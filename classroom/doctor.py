"""`classroom doctor`: what commonly goes wrong, each looked at, with a sentence on how to mend it.

It promises to change nothing but one empty file that it makes and removes again, and to end whatever it finds: a check
that cannot be made is a finding too.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from classroom import __version__, entrance
from classroom.core.errors import BadToken, ClassroomError
from classroom.entrance import Server

if TYPE_CHECKING:
    from rich.console import Console

FREE_BYTES = 500_000_000
"""Room for a term of lessons; below it is worth a word."""
EARLIEST = 1_735_689_600
"""2025-01-01: a clock before that has lost its battery."""
NETWORK = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "sshfs", "fuse.sshfs", "9p", "afs", "lustre")
ASSETS = ("join.js", "join.css", "widget.js", "widget.css")


@dataclass(frozen=True)
class Finding:
    """What was looked at, what was found, and what to do about it (empty when nothing)."""

    state: Literal["good", "odd", "bad"]
    subject: str
    found: str
    advice: str = ""


def doctor(out: Console, url: str = "", token: str = "") -> int:
    """Looks at everything and tells. 1 when something is broken."""
    from rich.markup import escape

    marks = {"good": "[green]✓[/green]", "odd": "[yellow]![/yellow]", "bad": "[red]✗[/red]"}
    worst = 0
    for finding in examine(url, token):
        out.print(f"{marks[finding.state]} {finding.subject}: {escape(finding.found)}")
        if finding.advice:
            out.print(f"    {escape(finding.advice)}")
        worst = max(worst, finding.state == "bad")
    out.print("\nSomething needs mending." if worst else "\nAll is well.")
    return int(worst)


def examine(url: str = "", token: str = "") -> Iterator[Finding]:
    """All findings, one after the other."""
    for check in (versions, prefix, server_extension, lab_extension, assets, folder, disk, clock):
        yield from _guarded(check)
    yield from _guarded(lambda: servers(url, token))


def _guarded(check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from check()
    except Exception as error:  # a doctor that falls ill helps nobody
        name = getattr(check, "__name__", "servers").replace("_", " ")
        yield Finding("odd", name, f"could not be looked at ({type(error).__name__}: {error})")


def versions() -> Iterator[Finding]:
    """Everything that classroom needs, in the versions it needs."""
    from importlib.metadata import PackageNotFoundError, requires, version

    from packaging.requirements import Requirement

    python = ".".join(map(str, sys.version_info[:3]))
    yield Finding("good", "Versions", f"classroom {__version__}, Python {python}")
    try:
        needed = [Requirement(text) for text in requires("classroom") or ()]
    except PackageNotFoundError:
        yield Finding("odd", "Installation", "classroom runs from a folder and is not installed", "Run `pip install .`")
        return
    for one in needed:
        if one.marker is not None and not one.marker.evaluate({"extra": ""}):
            continue
        try:
            found = version(one.name)
        except PackageNotFoundError:
            yield Finding("bad", one.name, "is missing", f"Run `pip install '{one}'`")
            continue
        if not one.specifier.contains(found, prereleases=True):
            yield Finding("bad", one.name, f"is {found}", f"Run `pip install '{one}'`")


def prefix() -> Iterator[Finding]:
    """Is the `jupyter` that a shell finds the one that classroom is installed for?"""
    found = shutil.which("jupyter")
    if found is None:
        advice = f"Use `{sys.executable} -m jupyterlab`, or `classroom start`."
        yield Finding("odd", "Jupyter", "no `jupyter` command is on the path", advice)
        return
    here = Path(sys.prefix).resolve()
    if here in Path(found).absolute().parents or here in Path(found).resolve().parents:
        yield Finding("good", "Environment", str(here))
    else:
        advice = (
            f"`jupyter lab` starts another installation. Use `classroom start`, or install classroom there ({found})."
        )
        yield Finding("odd", "Environment", f"classroom is in {here}, jupyter is {found}", advice)


def server_extension() -> Iterator[Finding]:
    """Is the server extension enabled where Jupyter looks?"""
    from jupyter_core.paths import jupyter_config_path

    enabled: bool | None = None
    where = ""
    for folder in reversed(jupyter_config_path()):
        places = [
            *sorted(Path(folder, "jupyter_server_config.d").glob("*.json")),
            Path(folder, "jupyter_server_config.json"),
        ]
        for file in places:
            try:
                told = json.loads(file.read_text("utf-8"))["ServerApp"]["jpserver_extensions"]["classroom"]
            except (OSError, ValueError, KeyError, TypeError):
                continue
            enabled, where = bool(told), str(file)
    if enabled:
        yield Finding("good", "Server extension", f"enabled by {where}")
    elif enabled is None:
        advice = "Run `jupyter server extension enable classroom --py --sys-prefix`, then restart Jupyter."
        yield Finding("bad", "Server extension", "is not enabled", advice)
    else:
        yield Finding(
            "bad", "Server extension", f"is switched off by {where}", "Run `jupyter server extension enable classroom`."
        )


def lab_extension() -> Iterator[Finding]:
    """Is the JupyterLab extension where JupyterLab looks, whole, and not switched off?"""
    from jupyter_core.paths import jupyter_path

    for folder in jupyter_path("labextensions"):
        package = Path(folder, "classroom", "package.json")
        if package.is_file():
            load = json.loads(package.read_text("utf-8"))["jupyterlab"]["_build"]["load"]
            if (package.parent / load).is_file():
                yield Finding("good", "JupyterLab extension", str(package.parent))
            else:
                yield Finding(
                    "bad", "JupyterLab extension", f"{package.parent} is incomplete", "Install classroom again."
                )
            return
    advice = "Install classroom into the environment that runs JupyterLab."
    yield Finding("bad", "JupyterLab extension", "is not installed", advice)


def assets() -> Iterator[Finding]:
    """The join page and the panels."""
    static = Path(__file__).parent / "static"
    missing = [name for name in ASSETS if not (static / name).is_file()]
    if missing:
        advice = "In a source tree run `python hatch_build.py`; else install classroom again."
        yield Finding("bad", "Join page and panels", f"missing: {', '.join(missing)}", advice)
    else:
        yield Finding("good", "Join page and panels", "complete")


def folder() -> Iterator[Finding]:
    """Can classes be kept, on a disk that can be trusted with them?"""
    from classroom.places import folder as of_classes

    place = of_classes()
    there = place
    while not there.exists():
        there = there.parent
    try:
        with tempfile.NamedTemporaryFile(dir=there, prefix=".classroom-doctor"):
            pass
    except OSError as error:
        advice = "Give the setting ClassroomApp.folder a folder of yours that can be written."
        yield Finding("bad", "Folder of classes", f"{place} cannot be written ({error.strerror})", advice)
        return
    kind = file_system(there)
    if kind in NETWORK:
        advice = "Locks and commits are not safe there. Set ClassroomApp.folder to a folder on this machine's own disk."
        yield Finding("odd", "Folder of classes", f"{place} is on a network disk ({kind})", advice)
    else:
        yield Finding("good", "Folder of classes", str(place))


def file_system(path: Path) -> str:
    """The kind of file system that holds `path`, where the system tells (Linux); else empty."""
    try:
        mounts = Path("/proc/self/mounts").read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    at = str(path.resolve())
    best, kind = "", ""
    for line in mounts:
        _, point, of, *_ = line.split(" ")
        point = point.replace("\\040", " ")
        if (at == point or at.startswith(point.rstrip("/") + "/")) and len(point) >= len(best):
            best, kind = point, of
    return kind


def disk() -> Iterator[Finding]:
    """Is there room?"""
    from classroom.places import folder as of_classes

    there = of_classes()
    while not there.exists():
        there = there.parent
    free = shutil.disk_usage(there).free
    if free < FREE_BYTES:
        yield Finding(
            "odd", "Disk", f"{free // 1_000_000} MB free", "Make room: a full disk stops a class from saving."
        )
    else:
        yield Finding("good", "Disk", f"{free // 1_000_000_000} GB free")


def clock() -> Iterator[Finding]:
    """Is the time believable?"""
    shown = time.strftime("%Y-%m-%d %H:%M")
    if time.time() < EARLIEST:
        yield Finding("bad", "Clock", shown, "Set this machine's clock: times of hands and answers come from it.")
    else:
        yield Finding("good", "Clock", shown)


def servers(url: str = "", token: str = "") -> Iterator[Finding]:
    """Does classroom answer on running servers, over HTTP and over WebSocket?"""
    from classroom.places import servers as known

    found = [entrance.server_at(url, token)] if url else known()
    if not found:
        yield Finding("good", "Servers", "none is running; `classroom start` starts one")
    for server in found:
        yield from _server(server, asked_for=bool(url))


def _server(server: Server, asked_for: bool) -> Iterator[Finding]:
    try:
        entrance.call(server, "classes", seconds=5)
    except ClassroomError as error:
        state: Literal["odd", "bad"] = "bad" if asked_for else "odd"
        said = str(error) if server.url in str(error) else f"{server.url}: {error}"
        told = "`jupyter server list` shows the token of a server: give it with --token."
        yield Finding(state, "Server", said, told if isinstance(error, entrance.NotAdmitted) else "")
        return
    trouble = websocket_trouble(server)
    if trouble:
        advice = "A proxy in between may not carry WebSockets. Ask whoever runs it to pass `Upgrade` on."
        yield Finding("bad", "Server", f"{server.url} answers, but not over WebSocket ({trouble})", advice)
    else:
        yield Finding("good", "Server", f"{server.url} answers, over WebSocket too")


def websocket_trouble(server: Server) -> str:
    """Why no WebSocket reaches the class's door; empty when one does. It is tried with a key that opens nothing."""
    from classroom.client import Client

    ws = server.url.replace("http", "ws", 1) + "classroom/ws"
    client = Client(ws, "doctor.p0.none")
    try:
        client.wait_ready(8)
    except BadToken:
        return ""
    except ClassroomError as error:
        return str(error)
    finally:
        client.close()
    return ""
