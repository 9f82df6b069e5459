"""The shipped notebooks, run by real kernels beside a real server, as a teacher and a student would run them."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

import classroom
from classroom import entrance
from classroom.core import messages as m
from classroom.widgets import StudentPanel, TeacherPanel, panel_of
from tests.client.jupyter_child import TOKEN, JupyterChild

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(scope="module")
def child(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterChild]:
    child = JupyterChild(tmp_path_factory.mktemp("notebooks"))
    yield child
    child.stop()


def shipped(name: str) -> Any:
    """The notebook as it is shipped. Where somebody has just taught from this very tree, git still knows it."""
    text = (NOTEBOOKS / name).read_text("utf-8")
    if any(cell.get("execution_count") for cell in json.loads(text)["cells"]) and shutil.which("git"):
        told = subprocess.run(["git", "show", f"HEAD:./{name}"], cwd=NOTEBOOKS, capture_output=True, check=False)
        text = told.stdout.decode() if told.returncode == 0 else text
    return nbformat.reads(text, as_version=4)


def run(name: str, child: JupyterChild, change: dict[str, str] | None = None, extra: tuple[str, ...] = ()) -> Any:
    """Executes a notebook with a kernel that inherits what kernels of `child` inherit."""
    notebook = shipped(name)
    for cell in notebook.cells:
        for old, new in (change or {}).items():
            cell.source = cell.source.replace(old, new)
    notebook.cells += [nbformat.v4.new_code_cell(source) for source in extra]
    env = {**child.env, "CLASSROOM_CONNECTION": str(child.connection)}
    client = NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(child.home / "work")}})
    client.execute(env=env)
    return notebook


def outputs(notebook: Any, id: str) -> list[Any]:
    return next(cell.outputs for cell in notebook.cells if cell.get("id") == id)


def text(notebook: Any, place: int) -> str:
    return "\n".join(
        o.get("text", "") or o.get("data", {}).get("text/plain", "") for o in notebook.cells[place].outputs
    )


def seats(child: JupyterChild, title: str) -> Any:
    return entrance.enter(entrance.server_at(child.url, TOKEN), title=title)


AGAIN = (
    """import threading
again = classroom.start("Linear algebra, week 3")
print(again is teacher, [t.name for t in threading.enumerate()].count("classroom-client"))""",
    "%classroom",
    "%%push --only\nraise RuntimeError(1)",
    "%%push note\n# Homework",
    "print([(i.kind, i.text) for i in teacher.feed][-2:])",
)


@pytest.mark.slow
def test_teach_then_join(child: JupyterChild) -> None:
    title = "Linear algebra, week 3"
    taught = run("teach.ipynb", child, extra=AGAIN)
    shown = [o for o in outputs(taught, "open") if WIDGET in o.get("data", {})]
    assert len(shown) == 1, "the panel is shown once"
    assert "Run the cell to open it" in shown[0]["data"]["text/plain"]
    assert "array([[2, 0]" in json.dumps(outputs(taught, "cell")), "%%push runs the cell too"
    assert text(taught, -5).strip().endswith("True 1"), "running again is the same connection"
    assert "/classroom/#" in text(taught, -4)
    assert text(taught, -1).strip() == "[('code', 'raise RuntimeError(1)'), ('note', '# Homework')]"
    assert (child.home / "work" / "board.png").read_bytes().startswith(b"\x89PNG")

    admission = seats(child, title)
    joined = run("join.ipynb", child, {"PASTE THE JOIN LINK HERE": admission.links["student"]})
    assert any(WIDGET in o.get("data", {}) for o in outputs(joined, "join"))
    assert "A = np.array" in json.dumps(outputs(joined, "feed"))

    with classroom.start(title, url=child.url, token=TOKEN) as teacher:
        assert len(teacher.board.objects) == 1
        assert [p.name for p in teacher.people if p.role == "student"] == ["Ana"]
        assert [line.text for line in teacher.chat] == ["I have a question"]
        assert [a.text for a in teacher.responses(teacher.feed[-1])] == ["2 and 3"]

    saved = (
        json.dumps(joined)
        + json.dumps([c for c in taught.cells if "%classroom" not in c.source])
        + json.dumps(taught.metadata)
    )
    joining = admission.links["student"].split("#")[1]
    assert f"{admission.class_id}.p1." not in saved, "no personal token in a saved notebook"
    assert f"{admission.class_id}.p2." not in saved
    assert joining not in json.dumps(taught.metadata), "nor a link among the widgets' state"
    assert child.connection.read_text().split('"key": "')[1].split('"')[0] not in saved


def test_the_panel_tells_its_token_only_when_asked(child: JupyterChild, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", child.env["JUPYTER_DATA_DIR"])
    with (
        classroom.start("Panels", url=child.url, token=TOKEN) as teacher,
        classroom.join(teacher.link, name="Ana") as ana,
    ):
        for seat, kind in ((teacher, TeacherPanel), (ana, StudentPanel)):
            panel = panel_of(seat, height=500)
            assert isinstance(panel, kind)
            sent: list[Any] = []
            monkeypatch.setattr(panel, "send", sent.append)
            state = json.dumps(panel.get_state())
            assert seat.admission.token not in state
            assert (panel.class_id, panel.role, panel.title, panel.height) == (
                teacher.admission.class_id, seat.role, "Panels", 500,
            )  # fmt: skip
            panel._handle_custom_msg({"type": "something else"}, [])
            panel._handle_custom_msg("nonsense", [])
            assert sent == []
            panel._handle_custom_msg({"type": "token?"}, [])
            told = {"type": "token", "token": seat.admission.token, "ws": seat.admission.ws}
            if kind is TeacherPanel:
                fragments = {role: link.partition("#")[2] for role, link in seat.admission.links.items()}
                assert set(fragments) == {"student", "staff"}
                told |= {"fragments": fragments, "code": teacher.shown_code}
            assert sent == [told]
            panel.close()
        ana.client.change([m.Patch((ana.me.id,), {"hand": 1})])


def test_nothing_is_shown_outside_a_notebook(child: JupyterChild, capsys: pytest.CaptureFixture[str]) -> None:
    with classroom.start("Quiet", url=child.url, token=TOKEN):
        pass
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["teach.ipynb", "join.ipynb"])
def test_notebooks_are_kept_clean(name: str) -> None:
    notebook = shipped(name)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
