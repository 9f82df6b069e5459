"""`classroom start`: JupyterLab as a child of this program, with a class open before the notebook has run.

The notebook's own `classroom.start("…")` of the same title finds the class that is open already. It promises that a
notebook of the person's is never written over, and that the child ends when this program does, whatever ends it.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from classroom import entrance
from classroom.core.errors import ClassInUse, ClassroomError
from classroom.entrance import Admission, NotAdmitted, Server, Unreachable

if TYPE_CHECKING:
    from rich.console import Console

TEACH = Path("notebooks", "teach.ipynb")
TITLE = "My class"
QUIET = ("--log-level=WARN", "--LabApp.log_level=WARN")
"""What a teacher reads is the link, not how JupyterLab comes up."""
START_SECONDS = 90.0
STOP_SECONDS = 20.0


class NotStarted(ClassroomError):
    """JupyterLab did not come up."""

    code = "not-started"
    sentence = "JupyterLab did not start. What it said is above; `classroom doctor` looks for the cause."


def start(asked: argparse.Namespace, rest: Sequence[str], out: Console) -> int:
    """Runs JupyterLab until it ends or is ended; gives its exit status."""
    notebook = prepare(asked.notebook, out)
    title = asked.title or title_in(notebook) or TITLE
    if _missing("jupyterlab"):
        raise NotStarted("JupyterLab is not installed here. Install it: pip install 'classroom[lab]'")
    root = Path.cwd() if notebook.is_relative_to(Path.cwd()) else notebook.parent
    shown = quote(notebook.relative_to(root).as_posix())
    command = [
        sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={root}", f"--LabApp.default_url=/lab/tree/{shown}",
        f"--ServerApp.port={asked.port}", *([f"--ServerApp.ip={asked.ip}"] if asked.ip else []),
        *(["--no-browser"] if asked.no_browser else []),
        *([] if any("log" in option and "level" in option for option in rest) else QUIET), *as_root(rest, out), *rest,
    ]  # fmt: skip
    began = time.time()
    # A session of its own: Ctrl+C reaches this program alone, which then ends the child without a question.
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        _on_end_signals()
        server = wait_for_server(child, began)
        address = entrance.address_for_others(server, asked.ip)
        try:
            admission = entrance.enter(server, title=title, address=address, code=True)
        except NotAdmitted as error:
            if error.reason != ClassInUse.code:
                raise
            raise open_elsewhere(title) or error from None
        tell(out, admission, _lab_address(server, child.pid, f"lab/tree/{shown}"), asked.ip)
        return child.wait()
    except KeyboardInterrupt:
        out.print("\nEnding the class…")
        return 0
    finally:
        end(child)


def as_root(rest: Sequence[str], out: Console) -> list[str]:
    """Jupyter runs as root only when it is told to. Containers have no other user: it is told, and so is the person."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or any("allow" in it and "root" in it for it in rest):
        return []
    out.print("You are root here, so whoever opens this JupyterLab is too. Students do not: they only get the class.")
    return ["--allow-root"]


def open_elsewhere(title: str) -> ClassInUse | None:
    """The same refusal with the address of the server that holds the class, where that is known."""
    from classroom.places import find

    known = find(title)
    if known is None or known.server is None:
        return None
    return ClassInUse(f"{title} is open at {known.server.url} already. Go on there, or end that server first.")


def prepare(name: str | None, out: Console) -> Path:
    """The notebook to open. Without a name it is `notebooks/teach.ipynb` here, copied from the package if missing."""
    if name is not None:
        path = Path(name).absolute()
        if not path.is_file():
            raise FileNotFoundError(
                f"There is no notebook {name}. Leave the name out to begin with notebooks/teach.ipynb."
            )
        return path
    path = TEACH.absolute()
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        with packaged(TEACH.name).open("rb") as source, path.open("xb") as target:
            shutil.copyfileobj(source, target)
        out.print(f"Made {TEACH} for you.")
    return path


def packaged(name: str) -> Path:
    """A notebook that comes with the package: in the installed package, or beside it in a source tree."""
    here = Path(__file__).parent
    for folder in (here / "notebooks", here.parent / "notebooks"):
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(f"{name} is missing from this installation. Install classroom again.")


def title_in(notebook: Path) -> str:
    """The title in the notebook's first `classroom.start("…")`; empty when there is none."""
    try:
        cells = json.loads(notebook.read_text("utf-8")).get("cells", [])
        sources = ["".join(cell["source"]) for cell in cells if cell.get("cell_type") == "code"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
    for source in sources:
        try:
            nodes = list(ast.walk(ast.parse(re.sub(r"^\s*[%!].*$", "", source, flags=re.MULTILINE))))
        except SyntaxError:
            continue
        for node in nodes:
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("classroom.start", "start"):
                given = [*node.args[:1], *(k.value for k in node.keywords if k.arg == "title")]
                if given and isinstance(given[0], ast.Constant) and isinstance(given[0].value, str):
                    return given[0].value
    return ""


def wait_for_server(child: subprocess.Popen[bytes], began: float) -> Server:
    """The child's server, once its classroom answers. Raises `NotStarted`."""
    from jupyter_core.paths import jupyter_runtime_dir

    runtime = Path(jupyter_runtime_dir())
    refused = ""
    while time.time() < began + START_SECONDS:
        if child.poll() is not None:
            raise NotStarted
        for file in _new_files(runtime, child.pid, began):
            server = entrance.server_in(file)
            try:
                if server is not None:
                    entrance.call(server, "classes", seconds=5)
                    return server
            except Unreachable:
                pass
            except NotAdmitted as error:
                refused = str(error)
        time.sleep(0.2)
    raise NotStarted(refused or "JupyterLab started, but no class can be opened in it. Run `classroom doctor`.")


def _new_files(runtime: Path, pid: int, began: float) -> list[Path]:
    """Connection files of the child, or (where a launcher stands between) those made since it began."""
    own = runtime / f"classroom-{pid}.json"
    if own.exists():
        return [own]
    if os.name != "nt":
        return []
    return [file for file in runtime.glob("classroom-*.json") if file.stat().st_mtime >= began]


def tell(out: Console, admission: Admission, lab: str, ip: str) -> None:
    """Prints what a teacher needs to let others in."""
    from rich.markup import escape
    from rich.text import Text

    link = admission.links["student"]
    out.print(f"\n[bold]{escape(admission.title)}[/bold] is open.\n")
    out.print(f"  Join link    [bold]{escape(link)}[/bold]")
    out.print(f"  Spoken code  [bold]{escape(admission.code)}[/bold]")
    out.print(f"  JupyterLab   {escape(lab)}\n")
    out.print(Text(qr(link), style="black on white"))
    if not ip:
        out.print("\nOnly this computer can open the link. For a class on your network: classroom start --ip 0.0.0.0")
    out.print("Ctrl+C ends it. Everything is kept: start again with the same title.\n")


def qr(text: str) -> str:
    """A QR code in half blocks, two rows of modules a line, dark on light, with its quiet zone."""
    import segno

    matrix = [list(row) for row in segno.make(text, error="m", micro=False).matrix_iter(border=4)]
    if len(matrix) % 2:
        matrix.append([0] * len(matrix[0]))
    blocks = {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}
    return "\n".join(
        "".join(blocks[int(bool(a)), int(bool(b))] for a, b in zip(top, bottom, strict=True))
        for top, bottom in zip(matrix[::2], matrix[1::2], strict=True)
    )


def _lab_address(server: Server, pid: int, path: str) -> str:
    """Where the teacher's browser goes, with Jupyter's token as Jupyter itself prints it."""
    from jupyter_core.paths import jupyter_runtime_dir

    own = entrance.server_in(Path(jupyter_runtime_dir(), f"jpserver-{pid}.json"))
    token = f"?token={own.token}" if own is not None and own.token else ""
    return f"{server.url}{path}{token}"


def end(child: subprocess.Popen[bytes]) -> None:
    """Ends the child: asks it, waits while it saves, and only then insists."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _on_end_signals() -> None:
    """A closed terminal and a polite kill end this program as Ctrl+C does."""

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), stop)


def _missing(module: str) -> bool:
    from importlib.util import find_spec

    return find_spec(module) is None
