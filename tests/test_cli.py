"""The command line as a person uses it: in processes of its own, with folders of its own."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image, ImageChops
from rich.console import Console

import classroom
from classroom import cli, doctor, entrance, places, starting
from classroom.core.errors import NoSuchClass
from tests.client.jupyter_child import ROOT, TOKEN, JupyterChild

PATIENCE = 60.0


@pytest.fixture(scope="module")
def child(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterChild]:
    child = JupyterChild(tmp_path_factory.mktemp("cli"))
    yield child
    child.stop()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home in which the extension is enabled, and the folder that the person stands in."""
    for name in ("CONFIG", "DATA", "RUNTIME"):
        monkeypatch.setenv(f"JUPYTER_{name}_DIR", str(tmp_path / name.lower()))
    enabled = tmp_path / "config" / "jupyter_server_config.d"
    enabled.mkdir(parents=True)
    shutil.copy(ROOT / "jupyter-config" / "classroom.json", enabled)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("CLASSROOM_CONNECTION", "JPY_PARENT_PID"):
        monkeypatch.delenv(name, raising=False)
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return tmp_path


@pytest.fixture
def beside(home: Path, child: JupyterChild, monkeypatch: pytest.MonkeyPatch) -> JupyterChild:
    """The same person as the running server's."""
    for name in ("CONFIG", "DATA", "RUNTIME"):
        monkeypatch.setenv(f"JUPYTER_{name}_DIR", child.env[f"JUPYTER_{name}_DIR"])
    return child


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    status = cli.main(argv)
    said = capsys.readouterr()
    return status, said.out, said.err


def lesson(child: JupyterChild, title: str) -> None:
    with classroom.start(title, url=child.url, token=TOKEN) as teacher:
        teacher.board.draw([(200, 200), (800, 600)], color="red", width=20)
        teacher.board.add_page("Two")
        teacher.board.draw([(100, 100), (300, 900)])


def picture(name: str) -> Image.Image:
    with Image.open(name) as opened:
        return opened.convert("RGB")


# -- start ------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_start_prints_what_lets_others_in_and_ends_cleanly(home: Path, by: int) -> None:
    command = [sys.executable, "-m", "classroom.cli", "start", "--no-browser", "--port", "0"]
    with open("said.txt", "wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, stdin=subprocess.DEVNULL)
    try:
        told = _until(lambda: _said("Ctrl\\+C ends it"), process)
        link = re.search(r"Join link +(\S+)", told)
        assert link is not None
        assert "█" in told
        assert "You are root here" not in told if os.geteuid() else "You are root here" in told
        assert re.search(r"Spoken code +[a-z]+ [a-z]+ [0-9]{2}", told)
        base, class_id, _ = entrance.read_link(link[1])
        with classroom.join(link[1], name="Ana") as ana:
            assert ana.title == starting.title_in(Path("notebooks/teach.ipynb")) == "Linear algebra, week 3"
            assert ana.admission.class_id == class_id
        (child,) = [int(f.stem.split("-")[1]) for f in (home / "runtime").glob("classroom-*.json")]
        assert child != process.pid
        process.send_signal(by)
        assert process.wait(PATIENCE) == 0
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)
        assert not list((home / "runtime").glob("classroom-*.json"))
        with pytest.raises(entrance.Unreachable):
            entrance.call(entrance.Server(base), "classes")
        assert [k.id for k in places.known_classes()] == [class_id]
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(PATIENCE)


def _said(pattern: str) -> str:
    told = Path("said.txt").read_text("utf-8")
    return told if re.search(pattern, told) else ""


def _until(look: Callable[[], str], process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise AssertionError(Path("said.txt").read_text("utf-8"))


@pytest.mark.slow
def test_start_passes_other_options_on(home: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "classroom.cli",
        "start",
        "--no-browser",
        "--ServerApp.no_such_option=1",
        "--version",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    from jupyterlab import __version__ as lab

    assert lab in done.stdout
    assert done.returncode == 1
    assert "doctor" in done.stderr


@pytest.mark.slow
def test_a_class_that_is_open_elsewhere_says_where(beside: JupyterChild) -> None:
    lesson(beside, "Twice")
    command = [sys.executable, "-m", "classroom.cli", "start", "--no-browser", "--port", "0", "--title", "Twice"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 1
    assert f"Twice is open at {beside.url}" in done.stderr
    lesson(beside, "Twice")


def test_root_is_told_and_may_start(monkeypatch: pytest.MonkeyPatch) -> None:
    out = Console(file=io.StringIO())
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    assert starting.as_root([], out) == []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert starting.as_root(["--ServerApp.allow_root=True"], out) == []
    assert out.file.getvalue() == ""
    assert starting.as_root([], out) == ["--allow-root"]
    assert "root" in out.file.getvalue()


def test_the_notebook_is_made_once_and_never_written_over(home: Path) -> None:
    out = Console(file=io.StringIO())
    path = starting.prepare(None, out)
    assert path == Path("notebooks/teach.ipynb").absolute()
    assert path.read_bytes() == (ROOT / "notebooks" / "teach.ipynb").read_bytes()
    path.write_text("mine")
    assert starting.prepare(None, out).read_text() == "mine"
    with pytest.raises(FileNotFoundError, match="Leave the name out"):
        starting.prepare("other.ipynb", out)


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ('teacher = classroom.start("Waves")', "Waves"),
        ('%load_ext classroom\nfrom classroom import start\nt = start(title="Ünder ☃")', "Ünder ☃"),
        ("classroom.start(name)", ""),
        ("this is no python", ""),
    ],
)
def test_the_title_comes_from_the_notebook(tmp_path: Path, source: str, title: str) -> None:
    import nbformat

    path = tmp_path / "x.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)]), path)
    assert starting.title_in(path) == title
    path.write_text("no notebook")
    assert starting.title_in(path) == ""


def test_links_for_others(home: Path) -> None:
    server = entrance.Server("http://127.0.0.1:8888/base/")
    assert entrance.address_for_others(server, "") == ""
    assert entrance.address_for_others(server, "192.0.2.7") == "http://192.0.2.7:8888/base/"
    assert re.fullmatch(r"http://[0-9.]+:8888/base/", entrance.address_for_others(server, "0.0.0.0"))


def test_a_kernel_gives_the_link_that_others_can_open(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = home / "runtime"
    runtime.mkdir()
    told = runtime / "classroom-77.json"
    told.write_text('{"url": "http://127.0.0.1:8888/", "key": "k"}')
    assert entrance.public_address() == ""
    monkeypatch.setenv("CLASSROOM_CONNECTION", str(told))
    (runtime / "jpserver-77.json").write_text('{"hostname": "localhost"}')
    assert entrance.public_address() == ""
    (runtime / "jpserver-77.json").write_text('{"hostname": "0.0.0.0"}')
    monkeypatch.setattr(entrance, "own_address", lambda: "192.0.2.7")
    assert entrance.public_address() == "http://192.0.2.7:8888/"
    monkeypatch.setenv("JUPYTERHUB_PUBLIC_URL", "https://hub.example/user/ana")
    assert entrance.public_address() == "https://hub.example/user/ana/"


def test_the_qr_code_says_the_link() -> None:
    import segno

    text = "http://127.0.0.1:8888/classroom/#abcdefghij.secret"
    rows = []
    for line in starting.qr(text).split("\n"):
        rows.append([int(c in "▀█") for c in line])
        rows.append([int(c in "▄█") for c in line])
    plain = [list(map(int, row)) for row in segno.make(text, error="m", micro=False).matrix]
    assert [row[4:-4] for row in rows[4 : 4 + len(plain)]] == plain
    assert len(rows[0]) == len(plain) + 8


# -- list and export ----------------------------------------------------------------------------------------------


def test_an_empty_folder(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "list") == (0, "There is no class here yet. Make one: classroom start\n", "")
    status, _, err = run(capsys, "export", "Waves")
    assert status == 1
    assert "There is no class 'Waves' here" in err
    assert len(err.strip().splitlines()) == 1


def test_list_and_export_ask_the_server_that_holds_a_class(
    beside: JupyterChild, capsys: pytest.CaptureFixture[str]
) -> None:
    lesson(beside, "Held")
    status, out, _ = run(capsys, "list")
    assert status == 0
    assert re.search(r"Held +[a-z2-9]{10} +20[0-9-]+ [0-9:]+ +open at http://127.0.0.1", out)
    status, out, err = run(capsys, "export", "Held", "-o", "board.png", "--scale", "0.5")
    assert (status, err) == (0, "")
    for name in ("board-1.png", "board-2.png"):
        assert picture(name).size == (800, 450)
    status, _, err = run(capsys, "export", "Held", "-o", "one.webp", "--pages", "2", "--scale", "1", "--theme", "dark")
    assert (status, err) == (0, "")
    assert picture("one.webp").size == (1600, 900)
    assert sum(picture("one.webp").getpixel((5, 5))) < 300, "dark"
    assert run(capsys, "export", "Held", "-o", "board.pdf") == (0, "Wrote board.pdf\n", "")
    with pypdfium2.PdfDocument("board.pdf") as document:
        assert [document[n].get_size() for n in range(len(document))] == [(960, 540)] * 2
        assert document.get_metadata_dict()["Title"] == "Held"
    assert run(capsys, "export", "Held", "-o", "board.zip", "--scale", "0.1") == (0, "Wrote board.zip\n", "")
    with zipfile.ZipFile("board.zip") as archive:
        assert archive.namelist() == ["board-1.png", "board-2.png"]


def test_pictures_copies_and_the_lesson_from_a_server_and_from_a_file(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = JupyterChild(home)
    try:
        with classroom.start("Drawn", url=other.url, token=TOKEN) as teacher:
            sheet = teacher.board.add_page("Try it", audience="each")
            teacher.board.image(Image.new("RGB", (40, 30), (0, 200, 0)), x=0, y=0, width=400)
            with classroom.join(teacher.link, "Ana") as ana:
                ana.board.draw([(200, 700), (1400, 700)], width=60, page=sheet.id)
            teacher.push(code="x = 1")
        assert run(capsys, "export", "Drawn", "-o", "held.ipynb", "--scale", "0.5")[0] == 0
        assert run(capsys, "export", "Drawn", "-o", "held.png", "--pages", "2", "--copy", "Ana")[0] == 0
    finally:
        other.stop()
    assert run(capsys, "export", "Drawn", "-o", "alone.ipynb", "--scale", "0.5")[0] == 0
    assert Path("held.ipynb").read_bytes() == Path("alone.ipynb").read_bytes()
    cells = json.loads(Path("alone.ipynb").read_text("utf-8"))["cells"]
    assert [cell["source"].split("(")[0] for cell in cells] == ["# Drawn", "![Board, page 2: Try it]", "x = 1"]
    assert run(capsys, "export", "Drawn", "-o", "alone.png", "--pages", "2", "--copy", "Ana")[0] == 0
    assert Path("held.png").read_bytes() == Path("alone.png").read_bytes()
    assert run(capsys, "export", "Drawn", "-o", "sheet.png", "--pages", "2")[0] == 0
    spots = [(200, 200), (1600, 1400)]
    assert [picture("alone.png").getpixel(spot) for spot in spots] == [(0, 200, 0), (0x1D, 0x1E, 0x23)]
    assert [picture("sheet.png").getpixel(spot) for spot in spots] == [(0, 200, 0), (255, 255, 255)]
    status, out, _ = run(capsys, "export", "Drawn", "-o", "week.md", "--scale", "0.1")
    assert (status, out) == (0, "Wrote week.md\nWrote week-pictures/page-1.png\n")
    status, _, err = run(capsys, "export", "Drawn", "-o", "x.png", "--copy", "Bo")
    assert (status, "Copies: Ana." in err) == (1, True)


def frames(name: str) -> tuple[tuple[int, int], int, Image.Image]:
    """Size, number of frames, the last of them."""
    with Image.open(name) as opened:
        count = getattr(opened, "n_frames", 1)
        opened.seek(count - 1)
        return opened.size, count, opened.convert("RGB")


def test_a_replay_from_a_server_and_from_a_file(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = JupyterChild(home)
    try:
        lesson(other, "Played")
        assert run(capsys, "replay", "Played", "-o", "held.gif", "--page", "1") == (0, "Wrote held.gif\n", "")
    finally:
        other.stop()
    assert run(capsys, "replay", "Played", "-o", "alone.gif", "--page", "1") == (0, "Wrote alone.gif\n", "")
    assert Path("held.gif").read_bytes() == Path("alone.gif").read_bytes()
    size, count, last = frames("alone.gif")
    assert (size, count > 2) == ((800, 450), True)
    assert run(capsys, "export", "Played", "-o", "page.png", "--pages", "1", "--scale", "0.5")[0] == 0
    differing = ImageChops.difference(last, picture("page.png")).convert("L").point(lambda v: 255 * (v > 16))
    assert differing.getbbox() is None
    assert run(capsys, "replay", "Played", "-o", "all.webp", "--theme", "dark", "--width", "400")[0] == 0
    assert frames("all.webp")[0] == (400, 225)
    for options, told in (
        (["-o", "x.mp4"], "gif, webp or png"),
        (["--page", "9"], "2 pages"),
        (["--speed", "0"], "speed"),
    ):
        status, _, err = run(capsys, "replay", "Played", *options)
        assert (status, told in err, len(err.strip().splitlines())) == (1, True, 1)


def test_export_reads_a_file_that_nobody_holds(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = JupyterChild(home)
    try:
        lesson(other, "Alone")
    finally:
        other.stop()
    (known,) = places.known_classes()
    assert known.state == ""
    before = known.path.read_bytes()
    status, _, err = run(capsys, "export", known.id, "-o", "by-id.svg", "--pages", "1")
    assert (status, err) == (0, "")
    assert "<svg" in Path("by-id.svg").read_text("utf-8")
    shutil.copy(known.path, "copy.classroom")
    assert run(capsys, "export", "copy.classroom", "-o", "copy.svg", "--pages", "1")[0] == 0
    assert Path("copy.svg").read_bytes() == Path("by-id.svg").read_bytes()
    assert known.path.read_bytes() == before


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["-o", "board"], "suffix"),
        (["-o", "board.docx"], "docx"),
        (["--pages", "7"], "2 pages"),
        (["--pages", "x"], "1,3 or 2-4"),
        (["-o", "no/such/folder/board.png"], "no folder no/such/folder."),
        (["--scale", "-1"], "scale"),
    ],
)
def test_export_says_what_is_wrong(
    beside: JupyterChild, capsys: pytest.CaptureFixture[str], options: list[str], told: str
) -> None:
    lesson(beside, "Wrong") if not places.find("Wrong") else None
    status, _, err = run(capsys, "export", "Wrong", *options)
    assert status == 1
    assert told in err
    assert len(err.strip().splitlines()) == 1
    assert os.listdir(".") == []


def test_a_file_that_is_no_class(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("x.classroom").write_text("hello")
    status, _, err = run(capsys, "export", "x.classroom")
    assert status == 1
    assert "not a class file" in err
    assert Path("x.classroom").read_text() == "hello"


def test_page_numbers() -> None:
    assert cli.numbers("1,3", 3) == [1, 3]
    assert cli.numbers("2-4, 1", 4) == [2, 3, 4, 1]
    for bad in ("0", "4", "a", "1-", "-1", ",", "3-2"):
        with pytest.raises(ValueError, match="--pages"):
            cli.numbers(bad, 3)


def test_unknown_words(capsys: pytest.CaptureFixture[str]) -> None:
    for argv in ([], ["dance"], ["list", "--loud"], ["export"]):
        with pytest.raises(SystemExit) as caught:
            cli.main(argv)
        assert caught.value.code == 2
    capsys.readouterr()
    with pytest.raises(SystemExit) as caught:
        cli.main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"classroom {classroom.__version__}\n"


# -- doctor -------------------------------------------------------------------------------------------------------


def found(subject: str, url: str = "", token: str = "") -> list[doctor.Finding]:
    return [f for f in doctor.examine(url, token) if f.subject == subject]


def test_a_healthy_server(beside: JupyterChild) -> None:
    (server,) = found("Server", beside.url, TOKEN)
    assert (server.state, server.advice) == ("good", ""), server.found
    assert found("Folder of classes")[0].state == "good"


def test_a_server_that_does_not_let_doctor_in(beside: JupyterChild) -> None:
    (server,) = found("Server", beside.url, "wrong")
    assert server.state == "bad"
    assert "--token" in server.advice
    (gone,) = found("Server", "http://127.0.0.1:9/")
    assert (gone.state, gone.advice, gone.found.count("127.0.0.1:9/")) == ("bad", "", 1)


def test_doctor_says_how_to_mend_it(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    switch = home / "config" / "jupyter_server_config.d" / "classroom.json"
    assert found("Server extension")[0].state == "good"
    switch.write_text('{"ServerApp": {"jpserver_extensions": {"classroom": false}}}')
    (off,) = found("Server extension")
    assert off.state == "bad"
    assert "enable classroom" in off.advice
    status, out, _ = run(capsys, "doctor", "--url", "http://127.0.0.1:9/")
    assert status == 1
    assert "Something needs mending" in out
    assert "is switched off by" in out
    assert "127.0.0.1:9" in out


def test_doctor_knows_network_disks_and_files_in_the_way(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "file_system", lambda path: "nfs4")
    assert "network disk" in found("Folder of classes")[0].found
    (home / "data").write_text("a file where a folder belongs")
    (bad,) = [f for f in doctor.examine() if f.subject in ("Folder of classes", "folder")]
    assert bad.state != "good"


def test_doctor_survives_its_own_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> str:
        raise ZeroDivisionError("of all things")

    monkeypatch.setattr(doctor.shutil, "disk_usage", broken)
    (odd,) = found("disk")
    assert odd.state == "odd"
    assert "of all things" in odd.found


def test_the_file_system_of_a_path() -> None:
    if not Path("/proc/self/mounts").exists():
        assert doctor.file_system(Path("/")) == ""
    else:
        assert doctor.file_system(Path("/proc/self")) == "proc"


def test_no_class_of_that_name(home: Path) -> None:
    with pytest.raises(NoSuchClass, match="classroom list"):
        places.table_of("nothing")
