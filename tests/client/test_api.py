"""Teacher, Student and Board against a real Jupyter server in another process."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, is_dataclass
from pathlib import Path

import numpy as np
import pytest

import classroom
from classroom import entrance, lesson
from classroom.api import Seat, Student, Teacher
from classroom.changes import copy_of
from classroom.core import ink
from classroom.core import messages as m
from classroom.core.errors import BadInk, BadRecord, BadToken, ClassroomError, Refusal, Removed
from classroom.core.records import Ink
from classroom.core.table import equal
from classroom.entrance import BadLink, NoServer, NotAdmitted, Unreachable
from classroom.keyring import Keyring
from tests.client.jupyter_child import TOKEN, JupyterChild

PATIENCE = 15.0
Open = Callable[..., Teacher]
Join = Callable[..., Student]


@pytest.fixture
def seats() -> Iterator[list[Seat]]:
    seats: list[Seat] = []
    yield seats
    for seat in seats:
        seat.close()
    assert not [t.name for t in threading.enumerate() if t.name == "classroom-client"]


@pytest.fixture
def start(at_home: JupyterChild, seats: list[Seat], request: pytest.FixtureRequest) -> Open:
    def start(title: str = "") -> Teacher:
        seats.append(classroom.start(title or request.node.name, url=at_home.url, token=TOKEN))
        return seats[-1]

    return start


@pytest.fixture
def join(seats: list[Seat]) -> Join:
    def join(teacher: Teacher, name: str = "Ana") -> Student:
        seats.append(classroom.join(teacher.link, name=name))
        return seats[-1]

    return join


def wave(n: int = 60) -> np.ndarray:
    x = np.linspace(100, 900, n)
    return np.column_stack([x, 300 + 100 * np.sin(x / 60), np.linspace(0.2, 0.9, n)])


# -- in and out


def test_the_same_title_is_the_same_class(start: Open) -> None:
    first = start("Waves")
    first.push("Read chapter 3.")
    again = start("Waves")
    assert again.admission.class_id == first.admission.class_id
    assert again.me.id == first.me.id
    assert [item.text for item in again.feed] == ["Read chapter 3."]
    assert start("Particles").admission.class_id != first.admission.class_id


def test_links_and_code(start: Open, join: Join) -> None:
    teacher = start()
    base, class_id, _ = entrance.read_link(teacher.link)
    assert class_id == teacher.admission.class_id
    assert base.endswith("/at/home/")
    assert teacher.staff_link != teacher.link
    assert re.fullmatch(r"[a-z]+ [a-z]+ [0-9]{2}", teacher.code)
    server = entrance.Server(teacher.admission.server.url)
    assert entrance.call(server, "join", {"code": teacher.code, "name": "Bo"})["class"] == class_id
    old = teacher.link
    assert teacher.new_link() == teacher.link != old
    with pytest.raises(NotAdmitted) as caught:
        classroom.join(old, name="Cy")
    assert caught.value.reason == "bad-link"
    assert join(teacher, "Cy").me.name == "Cy"


def test_joining_again_is_the_same_person(start: Open, join: Join, at_home: JupyterChild) -> None:
    teacher = start()
    ana = join(teacher, "Ana")
    me = ana.me.id
    ana.close()
    assert join(teacher, "Ana").me.id == me
    mode = Keyring().path.stat().st_mode & 0o777
    assert mode == 0o600
    Keyring().path.unlink()
    with pytest.raises(NotAdmitted) as caught:
        join(teacher, "ana ")
    assert caught.value.reason == "name-taken"
    assert "Add an initial" in str(caught.value)


@pytest.mark.parametrize("name", ["", "   ", "x" * 10_000])
def test_names_that_are_none(start: Open, name: str) -> None:
    teacher = start()
    with pytest.raises(NotAdmitted) as caught:
        classroom.join(teacher.link, name=name)
    assert caught.value.reason == "name-length"


@pytest.mark.parametrize(
    "link", ["", "hello", "http://localhost:1/lab", "http://localhost:1/classroom/#a.b", "ftp://x/classroom/"]
)
def test_links_that_are_none(link: str) -> None:
    with pytest.raises(BadLink, match="copy all of it"):
        classroom.join(link, name="Ana")


@pytest.mark.parametrize(
    ("given", "url", "token"),
    [
        ("http://localhost:8888", "http://localhost:8888/", ""),
        ("http://localhost:8888/lab?token=abc", "http://localhost:8888/", "abc"),
        ("https://hub.example/user/ana/lab/tree/x.ipynb", "https://hub.example/user/ana/", ""),
        ("http://127.0.0.1:1/at/home/", "http://127.0.0.1:1/at/home/", ""),
    ],
)
def test_addresses_as_people_copy_them(given: str, url: str, token: str) -> None:
    server = entrance.server_at(given)
    assert (server.url, server.token) == (url, token)


def test_nobody_at_the_address(at_home: JupyterChild) -> None:
    with pytest.raises(Unreachable, match="running"):
        classroom.join("http://127.0.0.1:9/classroom/#abcdefghij.secret", name="Ana")


def test_a_wrong_jupyter_token(at_home: JupyterChild) -> None:
    with pytest.raises(NotAdmitted) as caught:
        classroom.start("Waves", url=at_home.url, token="wrong")
    assert caught.value.reason == "not-signed-in"
    assert "wrong" not in repr(caught.value)


def test_finds_the_server_that_owns_the_kernel(
    at_home: JupyterChild, monkeypatch: pytest.MonkeyPatch, seats: list[Seat]
) -> None:
    with pytest.raises(NoServer, match="url="):
        classroom.start("Owned")
    assert at_home.process is not None
    monkeypatch.setenv("JPY_PARENT_PID", str(at_home.process.pid))
    seats.append(classroom.start("Owned"))
    monkeypatch.delenv("JPY_PARENT_PID")
    assert at_home.connection.stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("CLASSROOM_CONNECTION", str(at_home.connection))
    seats.append(classroom.start("Owned"))
    assert seats[0].admission.class_id == seats[1].admission.class_id


def test_no_secret_in_a_repr(start: Open, join: Join) -> None:
    teacher = start()
    student = join(teacher)
    for seat in (teacher, student):
        for shown in (repr(seat), repr(seat.admission), repr(seat.client), repr(seat.board), repr(seat.people)):
            assert seat.admission.token not in shown
            assert teacher.link.split("#")[1] not in shown
            assert TOKEN not in shown


# -- a lesson


def test_a_lesson(start: Open, join: Join) -> None:
    teacher = start()
    ana = join(teacher, "Ana")
    bo = join(teacher, "Bo")
    item = teacher.push("Find the eigenvalues of $A$.")
    code = teacher.push(code="A = 1\nprint('```')", title="Try")
    ana.wait_for(lambda s: len(s.feed) == 2, PATIENCE)
    assert [i.kind for i in ana.feed] == ["note", "code"]
    assert ana.feed[-1].code == code.text
    assert ana.feed[0].code == ""
    assert "````python" in code._repr_markdown_()

    ana.answer(item, "2 and 3")
    ana.answer(item, "2, 3")
    bo.answer(item.id, choice=1)
    teacher.wait_for(lambda t: len(t.responses(item)) == 2 and t.responses(item)[0].text == "2, 3", PATIENCE)
    assert [(a.name, a.text, a.choice) for a in teacher.responses(item)] == [("Ana", "2, 3", ()), ("Bo", "", (1,))]
    assert [a.author for a in bo.client.read(lambda view: view.of_type("response"))] == [bo.me.id]

    ana.raise_hand()
    teacher.wait_for(lambda t: [p.name for p in t.people if p.hand] == ["Ana"], PATIENCE)
    teacher.lower_hands()
    ana.wait_for(lambda s: s.me.hand is None, PATIENCE)

    ana.say("Is it 3?")
    bo.say("I am lost", to="staff")
    teacher.say("Yes.")
    ana.wait_for(lambda s: len(s.chat) == 2, PATIENCE)
    assert [(line.name, line.text) for line in ana.chat] == [("Ana", "Is it 3?"), (teacher.me.name, "Yes.")]
    assert [line.to for line in teacher.chat] == ["all", "staff", "all"]
    teacher.lock("chat")
    with pytest.raises(Refusal, match="closed"):
        ana.say("Hello?")
    teacher.withdraw(code)
    ana.wait_for(lambda s: len(s.feed) == 1, PATIENCE)


def test_lists_are_rows(start: Open, join: Join) -> None:
    """What a data frame is made from: a list of dataclasses of one kind."""
    teacher = start()
    join(teacher, "Ana").say("Hello")
    teacher.push("x")
    teacher.client.wait(lambda view: view.of_type("message"), PATIENCE)
    assert [asdict(p)["role"] for p in teacher.people] == ["teacher", "student"]
    for rows in (teacher.people, teacher.feed, teacher.chat):
        assert rows
        assert all(is_dataclass(row) and type(row) is type(rows[0]) for row in rows)


def test_texts_that_cannot_be_sent_change_nothing(start: Open, join: Join) -> None:
    teacher = start()
    ana = join(teacher)
    for push in (teacher.push, teacher.say, ana.say):
        with pytest.raises(ValueError, match="half a character"):
            push("broken \ud83d emoji")
        with pytest.raises(TypeError):
            push(7)
    with pytest.raises(BadRecord, match="65536"):
        teacher.push("x" * 70_000)
    with pytest.raises(Refusal) as caught:
        ana.say("x" * 70_000)
    assert caught.value.reason == "bad-record"
    with pytest.raises(Refusal) as caught:
        ana.say("x" * 400_000)
    assert caught.value.reason == "too-large"
    assert teacher.feed == []
    assert teacher.chat == []
    ana.say("Still here")
    assert (ana.client.state, ana.client.pending) == ("open", 0)


def test_drawing_rights(start: Open, join: Join) -> None:
    teacher = start()
    ana = join(teacher, "Ana")
    with pytest.raises(Refusal) as caught:
        ana.board.draw(wave())
    assert caught.value.reason == "draw-locked"
    teacher.allow_drawing("Ana")
    assert teacher.draw == "chosen"
    ana.wait_for(lambda s: s.me.draw == "yes", PATIENCE)
    ana.board.draw(wave(), color="red")
    teacher.draw = "none"
    with pytest.raises(Refusal):
        ana.board.draw(wave())
    teacher.unlock()
    assert teacher.draw == "all"
    teacher.allow_drawing("Ana", allowed=False)
    with pytest.raises(Refusal):
        ana.board.draw(wave())
    with pytest.raises(LookupError, match="Ana"):
        teacher.allow_drawing("Nobody")
    with pytest.raises(Refusal) as caught:
        ana.client.change([m.Patch(("class",), {"draw": "all"})])
    assert caught.value.reason == "forbidden"


def test_sent_away(start: Open, join: Join) -> None:
    teacher = start()
    ana = join(teacher, "Ana")
    teacher.remove("Ana")
    with pytest.raises((Removed, BadToken)):
        ana.client.wait(lambda view: False, PATIENCE)
    assert ana.client.state == "closed"


# -- the board


def test_strokes_come_back_as_arrays(start: Open) -> None:
    board = start().board
    (one,) = board.draw(wave(), color="#1E1E1E", width=5)
    (two,) = board.draw([(0, 0), (10, 20)], color="blue", tool="highlighter", width=24)
    first, second = board.objects
    assert (first.id, first.color, first.width, first.tool) == (one, "#1e1e1e", 5, "pen")
    assert (second.id, second.color, second.tool) == (two, "blue", "highlighter")
    assert np.abs(first.points - wave()).max() <= 1 / 32
    assert second.points.tolist() == [[0, 0, 0.5], [10, 20, 0.5]]


def test_shapes_are_drawn_listed_and_undone(start: Open) -> None:
    board = start().board
    stroke = board.draw(wave())
    one = board.shape("rectangle", 100, 120, -50, 30.5, color="#1E1E1E", width=5.03, fill=True)
    corners = [(0.5, 0), (1, 1), (0, 1)]
    two = board.shape("polygon", 0, 0, 90, 80, color="red", fill="sky", dash="dotted", corners=corners)
    _, box, star = board.objects
    assert isinstance(box, lesson.Thing)
    assert isinstance(star, lesson.Thing)
    assert (box.id, box.type, star.id) == (one, "shape", two)
    assert box.fields == {
        "kind": "rectangle", "x": 100, "y": 120, "w": -50, "h": 30.5, "colour": "#1e1e1e", "fill": "#1e1e1e",
        "width": 5, "dash": "solid", "corners": (), "transform": None, "copy": "", "group": "", "locked": False,
    }  # fmt: skip
    assert (star.fields["fill"], star.fields["dash"], len(star.fields["corners"])) == ("sky", "dotted", 3)
    assert board.undo()
    assert [thing.id for thing in board.objects] == [*stroke, one]
    for wrong in (
        {"kind": "blob"}, {"kind": "line", "dash": "wavy"}, {"kind": "line", "w": float("nan")}, {"kind": "polygon"},
        {"kind": "line", "width": -1}, {"kind": "ellipse", "fill": "transparent"}, {"kind": "line", "x": 1e9},
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"\w"):
            board.shape(**{"x": 0, "y": 0, "w": 1, "h": 1, **wrong})
    assert len(board.objects) == 2


def test_words_and_notes_are_written_listed_shown_and_undone(start: Open) -> None:
    board = start().board
    one = board.text("# Hi\nof $x^2$, **bold**", 100, 50.5, w=400, size=24, color="#f00", align="center")
    two = board.note("- one\n- two", 600, 100, color="green")
    words, note = board.objects
    assert isinstance(words, lesson.Thing)
    assert isinstance(note, lesson.Thing)
    assert (words.id, words.type, note.id, note.type) == (one, "text", two, "note")
    fields = words.fields
    assert (fields["x"], fields["y"], fields["w"], fields["size"]) == (100, 50.5, 400, 24)
    assert (fields["text"], fields["colour"], fields["align"]) == ("# Hi\nof $x^2$, **bold**", "#ff0000", "centre")
    assert [[run[2:] for run in runs] for _, _, runs in fields["lines"]] == [
        [("b", "Hi")], [("", "of "), ("math", "x^2"), ("", ", "), ("b", "bold")],
    ]  # fmt: skip
    assert [formula["source"] for formula in fields["formulas"]] == ["x^2"]
    assert fields["h"] > 1.35 * 24 * 2
    assert note.fields["colour"] == "green"
    shown = board.page
    assert shown is not None
    assert (shown._repr_png_() or b"").startswith(b"\x89PNG")
    assert board.undo()
    assert [thing.id for thing in board.objects] == [one]
    for wrong in (
        {"size": 2}, {"align": "justify"}, {"w": -1}, {"color": "none"}, {"text": "\n".join("x" * 501)}, {"x": 1e9},
        {"text": "x" * 20_001},
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"\w"):
            board.text(**{"text": "a", "x": 0, "y": 0, **wrong})
    with pytest.raises(ValueError, match="at least 40"):
        board.note("a", 0, 0, w=10)
    with pytest.raises(ClassroomError, match=r"\\nosuch is not known"):
        board.text(r"$\nosuch$", 0, 0)
    assert len(board.objects) == 1


def test_1_8_long_strokes_are_split(start: Open) -> None:
    board = start().board
    ids = board.draw(wave(4_500))
    assert len(ids) == 3
    first, second, third = (o.points for o in board.objects)
    assert (len(first), len(second), len(third)) == (2_000, 2_000, 502)
    assert (first[-1] == second[0]).all(), "no gap"
    assert (second[-1] == third[0]).all()
    parts = board._client.read(lambda view: [s.part for s in view.on_page(board.page.id)])
    assert parts == ["", ids[0], ids[0]]
    assert board.undo()
    assert board.objects == []


def test_pages(start: Open, join: Join) -> None:
    teacher = start()
    board = teacher.board
    first = board.page
    assert first is not None
    second = board.add_page("Proof", pattern="ruled")
    assert board.page == second
    assert [p.title for p in board.pages] == [first.title, "Proof"]
    second.rename("The proof")
    second.move(1)
    assert [p.title for p in board.pages] == ["The proof", first.title]
    board.goto(2)
    assert board.page == first
    board.draw(wave(), page="The proof")
    assert (len(first.objects), len(second.objects)) == (0, 1)
    with pytest.raises(LookupError, match="The proof"):
        board.goto("Lemma")
    second.remove()
    assert board.pages == [first]
    second.restore()
    assert len(second.objects) == 1
    first.locked = True
    teacher.unlock("draw")
    ana = join(teacher, "Ana")
    with pytest.raises(Refusal) as caught:
        ana.board.draw(wave())
    assert caught.value.reason == "page-locked"


def test_private_copies_are_read_shown_and_taken_back(start: Open, join: Join) -> None:
    teacher = start()
    ana, ben = join(teacher, "Ana"), join(teacher, "Ben")
    board = teacher.board
    first = board.page
    page = board.add_page("Alone", audience="each")
    board.draw(wave(), page=page)
    for student, z in ((ana, "a1"), (ben, "a2")):
        me = student.me.id
        student.wait_for(lambda s: s.client.read(lambda view: view.get(page.id)), PATIENCE)
        mine = Ink(id=f"of-{me}", page=page.id, z=z, copy=me, points=ink.pack(wave(), 4))
        student.client.change([m.Put(mine)])
    teacher.wait_for(lambda t: len(page.copies) == 2, PATIENCE)
    assert {name: len(work) for name, work in page.copies.items()} == {"Ana": 1, "Ben": 1}
    ana.board.draw(wave(), page=page.id)
    teacher.wait_for(lambda t: len(page.copies["Ana"]) == 2, PATIENCE)
    assert [one.author for one in page.copies["Ana"]] == ["Ana", "Ana"]
    shown = page.show("Ana", name=False)
    assert (board.page, shown.title) == (shown, "Someone’s work")
    assert len(shown.objects) == 3
    assert {one.author for one in shown.objects} == {teacher.me.name}
    ben.wait_for(lambda s: len(s.client.read(lambda view: list(view.on_page(shown.id)))) == 3, PATIENCE)
    seen = ben.client.read(lambda view: view.get(shown.id))
    assert seen.shows == ()
    assert not {one.id for one in shown.objects} & {f"of-{ana.me.id}"}
    shown.take_back()
    assert board.page == page
    assert shown not in board.pages
    named = page.show("Ben")
    assert named.title == "Ben’s work"
    named.take_back()
    with pytest.raises(LookupError, match="'Ana', 'Ben'"):
        page.show("Zoe")
    with pytest.raises(ValueError, match="Nobody"):
        page.take_back()
    assert first is not None
    with pytest.raises(LookupError):
        first.show("Ana")
    before = teacher.client.read(lambda view: view.get("class")).called
    teacher.call_back()
    ben.wait_for(lambda s: s.client.read(lambda view: view.get("class")).called > before, PATIENCE)


def test_clear_undo_redo(start: Open) -> None:
    board = start().board
    board.draw(wave())
    board.draw_many([wave(), wave()], color=["red", "blue"])
    before = [o.id for o in board.objects]
    board.clear()
    assert board.objects == []
    assert board.undo()
    assert [o.id for o in board.objects] == before
    assert not board.undo(), "what was drawn before a clear is not undone across it"
    assert board.redo()
    assert board.objects == []
    board.draw(wave())
    assert board.undo()
    assert board.redo()
    assert len(board.objects) == 1


def test_bad_strokes_change_nothing(start: Open) -> None:
    board = start().board
    for points in ([], [(1, 2, 3, 4)], [(float("nan"), 0)], [(1e9, 0)]):
        with pytest.raises(BadInk):
            board.draw(points)
    with pytest.raises(ValueError, match="magenta"):
        board.draw(wave(), color="octarine")
    assert board.objects == []


def test_reads_are_plain_data(start: Open) -> None:
    teacher = start()
    assert json.dumps([p.name for p in teacher.people])
    with pytest.raises(AttributeError):
        teacher.people[0].name = "other"  # type: ignore[misc]


def test_a_script_that_just_ends_has_said_everything(at_home: JupyterChild, start: Open) -> None:
    script = f"""
import logging
logging.getLogger("asyncio").setLevel("ERROR")  # not how long a step took: only what went wrong
import classroom
from classroom.core.messages import Put
from classroom.core.records import Message
teacher = classroom.start("Script", url={at_home.url!r}, token={TOKEN!r})
for i in range(60):
    teacher.client.change_soon([Put(Message(id=f"m{{i}}", text=str(i)))])
"""
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", script]
    done = subprocess.run(command, env=at_home.env, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(int(line.text) for line in start("Script").chat) == list(range(60))


def test_reprs_say_what_there_is(start: Open) -> None:
    teacher = start("Waves and repr")
    page = teacher.board.add_page("Proof")
    assert repr(teacher) == "<Teacher of 'Waves and repr': 1 here>"
    assert repr(teacher.board) == "<Board: 2 pages, showing <Page 2 'Proof'>>"
    page.remove()
    assert repr(page) == "<Page: removed>"
    assert repr(teacher.board.pages) == "[<Page 1>]"
    teacher.close()
    assert repr(teacher) == "<Teacher of 'Waves and repr': closed>"


def test_survives_a_killed_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child = JupyterChild(tmp_path)
    for name in ("JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, child.env[name])
    try:
        with (
            classroom.start("Crash", url=child.url, token=TOKEN) as teacher,
            classroom.join(teacher.link, name="Ana") as ana,
        ):
            teacher.board.draw(wave())
            child.kill()
            teacher.client.wait(lambda view: teacher.client.state != "open", PATIENCE)
            page = teacher.board.page
            assert page is not None
            futures = [
                teacher.client.change_soon(
                    [m.Put(Ink(id=f"away{i}", page=page.id, z=f"b{i:02}5", points=ink.pack(wave(), 4)))]
                )
                for i in range(20)
            ]
            assert len(teacher.board.objects) == 21
            child.start()
            seqs = [future.result(30) for future in futures]
            assert len(set(seqs)) == 20
            ana.wait_for(lambda s: len(s.board.objects) == 21, 30)

            assert equal(copy_of(teacher.client), copy_of(ana.client))
    finally:
        child.stop()


def test_drawings_of_excalidraw_are_loaded_and_written(start: Open, tmp_path: Path) -> None:
    from tests.foreign.test_excalidraw import FEATURES, drawing, element

    teacher = start()
    teacher.board.add_page("Drawings")
    source = tmp_path / "in.excalidraw"
    source.write_text(drawing(*FEATURES, element("embeddable")))
    with pytest.warns(UserWarning, match="Not brought along: Embedded pages"):
        ids = teacher.board.load(source)
    assert len(ids) == len(FEATURES)
    (written,) = teacher.board.export(tmp_path / "out.excalidraw", teacher.board.page)
    kinds = [one["type"] for one in json.loads(written.read_text())["elements"]]
    assert kinds == [one["type"] for one in FEATURES]
    teacher.board.undo()
    assert teacher.board.page.objects == []
    source.write_text("hello")
    with pytest.raises(ValueError, match="no drawing"):
        teacher.board.load(source)
