"""The door without a network: who waits, who is slowed and by how much, frames taken apart."""

from __future__ import annotations

from typing import Any

import pytest

from classroom.core import messages as m
from classroom.core import wire
from classroom.core.errors import Farewell
from classroom.server.door import BURST_SECONDS, HELLO_SECONDS, Bucket, Door, Rates, batches, price
from tests.server.peer import note


class Caller:
    def __init__(self) -> None:
        self.told: Farewell | None = None

    def say_bye(self, error: Farewell) -> None:
        self.told = error


def test_the_oldest_goes_when_too_many_wait() -> None:
    door = Door(lambda: 0.0, waiting=2, sockets=100)
    callers = [Caller() for _ in range(4)]
    for caller in callers:
        door.come(caller)
    assert [c.told.code if c.told else None for c in callers] == ["crowded", "crowded", None, None]
    door.known(callers[2])
    door.come(Caller())
    assert callers[3].told is None


def test_hello_must_come_in_time() -> None:
    now = [0.0]
    door = Door(lambda: now[0], sockets=100)
    early, late = Caller(), Caller()
    door.come(early)
    now[0] = HELLO_SECONDS - 1
    door.come(late)
    now[0] = HELLO_SECONDS + 0.1
    door.sweep()
    assert early.told is not None
    assert early.told.code == "bad-hello"
    assert late.told is None


def test_a_bucket_lets_a_burst_through_and_then_its_rate() -> None:
    bucket = Bucket(10, at=0)
    assert bucket.take(10 * BURST_SECONDS, 0) == 0
    assert bucket.take(5, 0) == pytest.approx(0.5)
    assert bucket.take(0, 0) == 0
    assert bucket.take(5, 1.0) == 0
    assert bucket.take(10, 1.0) == pytest.approx(1.0)
    bucket.take(0, 1000)
    assert bucket.take(10 * BURST_SECONDS, 1000) == 0, "no more than a burst is saved up"


def test_everything_that_is_paid_for_in_the_end_keeps_the_rate() -> None:
    limits = m.Limits(changes_per_second=50)
    rates, now, sent = Rates(limits, 0.0), 0.0, 0
    frame = wire.write(m.Change(1, (note("n"),)))
    while now < 20:
        now += rates.pay(price(frame), len(frame), now) + 0.001
        sent += 1
    assert 50 * 20 <= sent <= 50 * (20 + BURST_SECONDS) + 2


def test_prices() -> None:
    change, ping = wire.write(m.Change(1, ())), wire.write(m.Ping(1))
    assert price(change * 3 + ping * 2) == (3, 2, False, 0)
    assert price(ping + wire.write(m.Presence(typing=True))) == (0, 2, True, 0)
    assert price(change + b"\x02") == (1, 0, False, 0)
    assert price(b"") == (0, 1, False, 0)
    assert price(wire.write(m.LivePoints(1, 0, b"1" * 60))).passing == 1
    assert price(wire.write(m.LivePoints(1, 0, b"1" * 4_000))).passing >= 16


@pytest.mark.parametrize("blank", [b"", b" ", b"\n\t"])
def test_a_change_is_paid_for_by_what_it_touches(blank: bytes) -> None:
    ids = (b"," + blank).join(b'"n%d"' % i + blank for i in range(1_000))
    patch = wire.message(wire.PATCH, b'{"ids":[' + ids + b'],"fields":{"x":2}}')
    change = wire.message(wire.CHANGE, wire.varint(1) + patch * 3)
    assert 3_000 <= price(change).records <= 3_010
    rates, waited = Rates(m.Limits(), 0.0), 0.0
    for _ in range(20):
        waited += rates.pay(price(change), 0, waited)
    assert waited >= 20
    assert price(wire.write(m.Change(1, (note("n1"), note("n2"))))).records == 2


def test_a_frame_of_very_many_messages_is_taken_apart() -> None:
    frame = b"".join(wire.write(m.Ping(i)) for i in range(1000))
    parts = batches(frame)
    assert b"".join(parts) == frame
    assert len(parts) == 4
    broken = batches(frame + b"\x02\x7f")
    assert b"".join(broken[:-1]) == frame
    with pytest.raises(Farewell):
        list(wire.split(broken[-1]))
    assert batches(b"") == []


@pytest.fixture
def settings() -> list[str]:
    return ["--ClassroomApp.changes_per_second=20", "--ClassroomApp.max_records=100"]


async def test_who_is_faster_than_the_rate_is_slowed_and_loses_nothing(server: Any) -> None:
    entered = await server.enter()
    ticket = await server.join(entered, "Ana")
    teacher, ana = await server.connect(entered), await server.connect(ticket)
    assert ana.welcome.limits.changes_per_second == 20
    await teacher.decided(await teacher.change(m.Patch(("class",), {"draw": "all"})))
    await ana.sync(teacher.upto)
    for _ in range(90):
        await ana.change(note("same"))
    await teacher.decided(await teacher.change(note("meanwhile")))
    await ana.decided(90)
    mine = [e.number for e in ana.entries if e.tag == ana.welcome.tag]
    assert mine == list(range(1, 91))


async def test_past_the_quota_is_refused_and_taking_away_still_works(server: Any) -> None:
    entered = await server.enter()
    teacher = await server.connect(entered)
    ana = await server.connect(await server.join(entered, "Ana"))
    await teacher.decided(await teacher.change(m.Patch(("class",), {"draw": "all"})))
    await ana.sync(teacher.upto)
    await ana.decided(await ana.change(*(note(f"n{i}") for i in range(90))))
    refuse = await ana.decided(await ana.change(*(note(f"m{i}") for i in range(20))))
    assert (refuse.code, refuse.parameters["what"]) == ("quota", "records")
    await ana.decided(await ana.change(m.Remove(tuple(f"n{i}" for i in range(50)))))
    assert isinstance(await ana.decided(await ana.change(*(note(f"m{i}") for i in range(20)))), m.Changes)


async def test_coming_back_is_no_way_to_be_heard_faster(server: Any) -> None:
    entered = await server.enter()
    ticket = await server.join(entered, "Ana")
    ana = await server.connect(ticket)
    before = server.hub(entered)._rates[ticket["person"]]
    ana.close()
    await server.when(lambda: not server.hub(entered).room.conns_of(ticket["person"]))
    await server.connect(ticket)
    assert server.hub(entered)._rates[ticket["person"]] is before


async def test_one_person_has_so_many_windows_and_no_more(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("classroom.server.hub.WINDOWS", 3)
    entered = await server.enter()
    ticket, other = await server.join(entered, "Ana"), await server.join(entered, "Ben")
    ben = await server.connect(other)
    windows = [await server.connect(ticket) for _ in range(4)]
    bye, _ = await windows[0].bye()
    assert bye is not None
    assert bye.code == "crowded"
    await ben.say(m.Ping(1))
    await ben.until(m.Pong)
    assert len(server.hub(entered).room.conns_of(ticket["person"])) == 3


@pytest.mark.parametrize("entered", [True, False])
async def test_a_flood_of_pings_ends_its_own_connection(server: Any, entered: bool) -> None:
    opened = await server.enter()
    teacher = await server.connect(opened)
    socket = (await server.connect(opened)).socket if entered else await server.socket()
    for _ in range(1_000):
        socket.ping(b"")
    while await socket.read_message() is not None:
        pass
    await teacher.say(m.Ping(1))
    await teacher.until(m.Pong)
    await server.when(lambda: len(server.hub(opened).members) == 1)


async def test_a_few_pings_are_answered(server: Any) -> None:
    peer = await server.connect(await server.enter())
    for _ in range(10):
        peer.socket.ping(b"")
    await peer.say(m.Ping(1))
    await peer.until(m.Pong)


async def test_sockets_that_come_too_fast_for_one_person_do_not_wait_for_long(server: Any) -> None:
    entered = await server.enter()
    ticket, other = await server.join(entered, "Ana"), await server.join(entered, "Ben")
    for _ in range(60):
        await server.connect(ticket, settle=False)
    peer = await server.connect(ticket, settle=False)
    bye, _ = await peer.bye()
    assert bye is not None
    assert (bye.code, bye.again) == ("crowded", True)
    ben = await server.connect(other)
    await ben.say(m.Ping(1))
    await ben.until(m.Pong)
