"""Clean ends and signs of life: goodbye on shutdown, the kernel's key, the server's last activity."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

from classroom.core import messages as m
from tests.server.peer import note


async def test_stopping_says_goodbye_with_everything_saved(server: Any) -> None:
    entered = await server.enter()
    teacher = await server.connect(entered)
    ana = await server.connect(await server.join(entered, "Ana"))
    path = server.hub(entered).store.path
    await teacher.say(*(m.Change(n, (note(f"n{n}"),)) for n in range(1, 30)))
    await teacher.decided(29)
    await server.extension.stop_extension()
    for peer in (teacher, ana):
        bye, code = await peer.bye()
        assert (bye.code, code, bye.again) == ("going-away", 1001, True)
    assert ana.table.get("n29") is not None
    assert sorted(p.name for p in path.parent.glob(path.stem + "*")) == [path.name]


def connection() -> tuple[Path, Any]:
    """The file that kernels inherit the path of, and what is in it."""
    file = Path(os.environ["CLASSROOM_CONNECTION"])
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    return file, json.loads(file.read_text())


async def test_the_kernels_key(server: Any) -> None:
    file, told = connection()
    assert str(file.parent) == server.app.runtime_dir
    assert told["url"].endswith("/user/ann/")
    assert told["key"] not in str(dict(os.environ))
    entered = await server.call("classroom/api/enter", {"title": "From a kernel"}, X_Classroom_Key=told["key"])
    assert entered["role"] == "teacher"
    assert (await server.enter("From a kernel"))["person"] == entered["person"]
    assert await server.call("classroom/api/classes", method="GET", X_Classroom_Key=told["key"])
    await server.call("classroom/api/enter", {"title": "No"}, status=403, X_Classroom_Key="wrong")
    await server.extension.stop_extension()
    assert file.name not in os.listdir(server.app.runtime_dir)
    assert "CLASSROOM_CONNECTION" not in os.environ


async def test_last_activity_moves_while_people_are_present_only(server: Any) -> None:
    times = server.app.web_app.settings["last_activity_times"]
    entered = await server.enter()
    await server.extension._sweep()
    assert "classroom" not in times
    teacher = await server.connect(entered)
    await server.extension._sweep()
    first = times["classroom"]
    await server.extension._sweep()
    assert times["classroom"] > first
    teacher.close()
    await server.when(lambda: not server.hub(entered).members)
    last = times["classroom"]
    await server.extension._sweep()
    assert times["classroom"] == last


async def test_a_class_that_nobody_uses_is_closed_and_opens_again(server: Any, monkeypatch: Any) -> None:
    entered = await server.enter()
    teacher = await server.connect(entered)
    monkeypatch.setattr("classroom.server.classes.IDLE_SECONDS", -1.0)
    await server.extension._sweep()
    assert server.extension.school.hubs
    teacher.close()
    await teacher.bye()
    await server.when(lambda: not server.hub(entered).members)
    await server.extension._sweep()
    assert not server.extension.school.hubs
    assert (await server.connect(entered)).table.get("class") is not None


async def test_silent_connections_are_ended(server: Any, monkeypatch: Any) -> None:
    entered = await server.enter()
    teacher = await server.connect(entered)
    monkeypatch.setattr("classroom.server.hub.SILENT_SECONDS", -1.0)
    await server.extension._sweep()
    bye, code = await teacher.bye()
    assert (bye.code, code, bye.again) == ("stalled", 4006, True)


async def test_those_who_never_say_hello(server: Any, monkeypatch: Any) -> None:
    entered = await server.enter()
    teacher = await server.connect(entered)
    door = server.extension.door
    silent = [await server.socket() for _ in range(3)]
    assert len(door._waiting) == 3
    monkeypatch.setattr(door, "_most_waiting", 3)
    fourth = await server.socket()
    assert (await silent[0].read_message()) is not None
    assert (await silent[0].read_message()) is None
    assert silent[0].close_code == 4008
    monkeypatch.setattr("classroom.server.door.HELLO_SECONDS", -1.0)
    await server.extension._sweep()
    for socket in (*silent[1:], fourth):
        while await socket.read_message() is not None:
            pass
        assert socket.close_code == 4003
    await teacher.decided(await teacher.change(note("n1")))


async def test_sockets_leave_file_descriptors_for_jupyter(server: Any, monkeypatch: Any) -> None:
    entered = await server.enter()
    teacher = await server.connect(entered)
    monkeypatch.setattr(server.extension.door, "_most", 1)
    second = await server.connect(entered, settle=False)
    bye, code = await second.bye()
    assert (bye.code, code, bye.again) == ("crowded", 4008, True)
    await teacher.decided(await teacher.change(note("n1")))
