"""The client against the room on a real socket, with every fault it must live through."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from classroom.client import WINDOW, Client, Closed, NotConfirmed, Unreachable
from classroom.core import ink, order
from classroom.core import messages as m
from classroom.core.errors import BadToken, Refusal
from classroom.core.records import Ink, Item, Message, Page, Person
from classroom.core.table import Table, equal
from tests.client.room_server import RoomServer

PATIENCE = 10.0


@pytest.fixture
def server() -> Iterator[RoomServer]:
    server = RoomServer(students=2)
    yield server
    server.stop()


@pytest.fixture
def enter(server: RoomServer) -> Iterator[Callable[[str], Client]]:
    clients: list[Client] = []

    def enter(token: str = "p1") -> Client:
        clients.append(Client(server.url, token))
        return clients[-1].wait_ready(PATIENCE)

    yield enter
    for client in clients:
        client.close()


def stroke(id: str, z: str = "a1", page: str = "first") -> Ink:
    points = np.column_stack([np.linspace(0, 300, 40), 50 * np.sin(np.linspace(0, 9, 40))])
    return Ink(id=id, page=page, z=z, points=ink.pack(points, 4))


def note(id: str, text: str) -> m.Put:
    return m.Put(Item(id=id, kind="note", order="a1", text=text))


def texts(client: Client) -> list[str]:
    return client.read(lambda view: [r.text for r in view.of_type("item") if isinstance(r, Item)])


def same(client: Client, table: Table) -> bool:
    return client.read(lambda view: isinstance(view.base, Table) and equal(view.base, table))


def test_enters_and_reads(enter: Callable[[str], Client]) -> None:
    client = enter("p1")
    assert client.person == "p1"
    assert client.welcome.role == "teacher"
    assert client.state == "open"
    assert client.read(lambda view: view.get("class")) is not None
    client.wait(lambda view: client.here == {"p1"}, PATIENCE)


def test_a_change_is_in_the_log_when_it_returns(server: RoomServer, enter: Callable[[str], Client]) -> None:
    teacher, student = enter("p1"), enter("p2")
    assert teacher.change([note("n1", "Waves")]) == 1
    assert [entry.seq for entry in server.log] == [1]
    assert teacher.pending == 0
    student.wait(lambda view: view.get("n1"), PATIENCE)
    assert same(teacher, server.room.table)


def test_a_refusal_is_raised_and_taken_back(server: RoomServer, enter: Callable[[str], Client]) -> None:
    student = enter("p2")
    with pytest.raises(Refusal) as caught:
        student.change([m.Put(stroke("s1"))])
    assert caught.value.reason == "draw-locked"
    assert "Drawing is off" in str(caught.value)
    assert student.read(lambda view: view.get("s1")) is None
    assert server.log == []
    student.change([m.Put(Message(id="m1", text="May I draw?"))])
    assert student.pending == 0


def test_pending_changes_are_seen_at_once(server: RoomServer, enter: Callable[[str], Client]) -> None:
    client = enter("p1")
    server.silent = True
    future = client.change_soon([note("n1", "Waves")])
    mine = client.read(lambda view: view.get("n1"))
    assert mine is not None
    assert mine.author == "p1"
    assert not future.done()
    assert client.pending == 1
    with pytest.raises(NotConfirmed):
        client.change([note("n2", "Later")], timeout=0.05)
    server.silent = False
    server.cut()
    assert future.result(PATIENCE) == 1
    client.wait(lambda view: client.pending == 0, PATIENCE)
    assert same(client, server.room.table)


@pytest.mark.parametrize("fault", ["cut", "lost answer"])
def test_each_change_once_after_a_reconnect(server: RoomServer, enter: Callable[[str], Client], fault: str) -> None:
    client = enter("p1")
    server.lose_answers = fault == "lost answer"
    futures = [client.change_soon([note(f"n{i}", str(i))]) for i in range(5)]
    if fault == "cut":
        server.cut()
    client.wait(lambda view: len(server.hellos) > 1, PATIENCE)
    server.lose_answers = False
    seqs = [future.result(PATIENCE) for future in futures]
    assert seqs == sorted(set(seqs))
    assert len(seqs) == 5
    pairs = [(entry.client, entry.number) for entry in server.log]
    assert len(pairs) == 5 == len(set(pairs))
    assert same(client, server.room.table)


def test_survives_a_server_that_is_away(server: RoomServer, enter: Callable[[str], Client]) -> None:
    client, states = enter("p1"), []
    client.on("state", states.append)
    client.change([note("n1", "before")])
    server.away()
    client.wait(lambda view: client.state != "open", PATIENCE)
    futures = [client.change_soon([note(f"w{i}", "meanwhile")]) for i in range(20)]
    assert len(texts(client)) == 21
    server.back()
    for future in futures:
        future.result(PATIENCE)
    assert len(server.log) == 21
    assert same(client, server.room.table)
    assert server.hellos[-1].last is not None
    assert server.hellos[-1].last.seq == 1
    assert "waiting" in states
    assert states[-1] == "open"


def test_a_lost_log_gives_a_snapshot(server: RoomServer, enter: Callable[[str], Client]) -> None:
    client = enter("p1")
    client.change([note("n1", "kept by nobody")])
    loaded: list[int] = []
    client.on("loaded", loaded.append)

    def restore() -> None:
        server.room.table = Table()
        for record in (Page(id="other", order="a1"), Person(id="p1", name="Ana", role="teacher", author="p1")):
            server.room.table.apply(m.Put(record))
        server.room.seq, server.room.mark, server.marks = 0, b"restored", {0: b"restored"}

    server.on_loop(restore)
    server.cut()
    client.wait(lambda view: view.get("other") and not view.get("n1"), PATIENCE)
    assert loaded == [0]
    assert same(client, server.room.table)


def test_nothing_written_is_refused(server: RoomServer, enter: Callable[[str], Client]) -> None:
    client = enter("p1")
    server.refuse_writing = "disk-full"
    with pytest.raises(Refusal) as caught:
        client.change([note("n1", "no room")])
    assert caught.value.reason == "disk-full"
    assert texts(client) == []
    server.refuse_writing = ""
    assert client.change([note("n1", "room again")]) == 1


def test_a_stream_keeps_to_its_window(server: RoomServer, enter: Callable[[str], Client]) -> None:
    client = enter("p1")
    server.silent = True
    peak: list[int] = []
    keys = order.several(None, None, 300)

    def strokes() -> Iterator[list[m.Op]]:
        for i, key in enumerate(keys):
            peak.append(client.pending)
            if i == WINDOW:
                server.silent = False
                server.cut()  # what was said into the silence is said again
            yield [m.Put(stroke(f"s{i}", key))]

    seqs = client.stream(strokes())
    assert seqs == list(range(1, 301))
    assert max(peak) == WINDOW
    assert [r.id for r in client.read(lambda view: view.on_page("first"))] == [f"s{i}" for i in range(300)]


def test_a_stream_raises_its_first_refusal(server: RoomServer, enter: Callable[[str], Client]) -> None:
    client = enter("p1")
    with pytest.raises(Refusal) as caught:
        client.stream([[note("n1", "one")], [m.Remove(("p2",))], [note("n2", "two")]])
    assert caught.value.reason == "forbidden"
    assert len(server.log) == 2


def test_a_snapshot_in_many_pieces(server: RoomServer, enter: Callable[[str], Client]) -> None:
    teacher = enter("p1")
    rng = np.random.default_rng(1)
    puts: list[m.Op] = [
        m.Put(Ink(id=f"s{i}", page="first", z=key, points=ink.pack(rng.random((50, 3)) * 500, 4)))
        for i, key in enumerate(order.several(None, None, 400))
    ]
    teacher.change(puts)
    late = enter("p2")
    assert same(late, server.room.table)


def test_a_wrong_token_ends_it(server: RoomServer) -> None:
    client = Client(server.url, "nobody")
    with pytest.raises(BadToken):
        client.wait_ready(PATIENCE)
    assert client.state == "closed"
    with pytest.raises(BadToken):
        client.change([note("n1", "x")])
    assert len(server.hellos) == 1


def test_nobody_there() -> None:
    client = Client("ws://127.0.0.1:9/classroom/ws", "p1")
    with pytest.raises(Unreachable, match="cannot be reached"):
        client.wait_ready(0.5)
    client.close()


def test_closing_waits_for_what_is_pending(server: RoomServer, enter: Callable[[str], Client]) -> None:
    client = enter("p1")
    futures = [client.change_soon([note(f"n{i}", "x")]) for i in range(30)]
    client.close()
    assert [future.result(0) for future in futures] == list(range(1, 31))
    client.close()
    with pytest.raises(Closed):
        client.change([note("late", "x")])
    assert not [t for t in threading.enumerate() if t is client._thread]


def test_closing_frees_who_waits(server: RoomServer, enter: Callable[[str], Client]) -> None:
    client = enter("p1")
    server.silent = True
    future = client.change_soon([note("n1", "x")])
    client.close(timeout=0.05)
    assert isinstance(future.exception(PATIENCE), Closed)


def test_callbacks_may_change_but_not_wait(server: RoomServer, enter: Callable[[str], Client]) -> None:
    teacher, student = enter("p1"), enter("p2")
    caught: list[BaseException] = []
    done = threading.Event()

    def answer(entries: tuple[m.Seen, ...]) -> None:
        if entries[0].author == "p1":
            try:
                student.wait(lambda view: True)
            except RuntimeError as error:
                caught.append(error)
            student.change_soon([m.Put(Message(id="m1", text="Seen"))])
            done.set()

    off = student.on("changes", answer)
    teacher.change([note("n1", "x")])
    teacher.wait(lambda view: view.get("m1"), PATIENCE)
    assert done.is_set()
    assert "must not wait" in str(caught[0])
    off()


def test_passing_messages_reach_others(server: RoomServer, enter: Callable[[str], Client]) -> None:
    teacher, student = enter("p1"), enter("p2")
    heard: list[object] = []
    student.on("live", heard.append)
    start = m.LiveStart(1, "s1", "first", "", "pen", "ink", 3.0, 4)
    assert teacher.say(start)
    data, _ = ink.pack_delta(None, [(0, 0), (10, 10)], 4)
    teacher.say(m.LivePoints(1, 0, data))
    teacher.say(m.LiveEnd(1, True))
    limit = time.monotonic() + PATIENCE
    while len(heard) < 3 and time.monotonic() < limit:
        time.sleep(0.01)
    assert [type(message) for message in heard] == [m.LiveStart, m.LivePoints, m.LiveEnd]
