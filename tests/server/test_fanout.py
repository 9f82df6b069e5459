"""The shared log without a network: ticks, cursors, laggards, limits, with a clock and sockets of the test's own."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable
from typing import Any

import pytest

from classroom.core.errors import Farewell
from classroom.server import fanout as f
from classroom.server import sharedlog
from classroom.server.fanout import Connection, Fanout
from classroom.server.outlet import framed, payload_of


class FakeClock:
    """A loop whose time stands still until `run`."""

    def __init__(self) -> None:
        self.now = 100.0
        self._soon: list[tuple[float, int, Any]] = []
        self._order = itertools.count()

    class Handle:
        def __init__(self, call: Callable[[], Any]) -> None:
            self.call: Callable[[], Any] | None = call

        def cancel(self) -> None:
            self.call = None

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, callback: Any, *args: Any) -> Any:
        handle = self.Handle(lambda: callback(*args))
        heapq.heappush(self._soon, (when, next(self._order), handle))
        return handle

    def call_soon(self, callback: Any, *args: Any) -> Any:
        return self.call_at(self.now, callback, *args)

    def run(self, seconds: float = 0.0) -> None:
        until = self.now + seconds
        while self._soon and self._soon[0][0] <= until:
            when, _, handle = heapq.heappop(self._soon)
            self.now = max(self.now, when)
            if handle.call is not None:
                handle.call()
        self.now = until


class FakeOutlet:
    """A socket that takes `room` bytes; the rest waits, as in Tornado's stream, until `drain`."""

    def __init__(self, room: int = 10**9, plain: bool = True) -> None:
        self.room = room
        self.plain = plain
        self.taken = bytearray()
        self.waiting = bytearray()
        self.peak = 0
        self.sends = 0
        self.then: list[Callable[[], None]] = []
        self.closed: Farewell | None = None
        self.broken = False

    def send(self, data: bytes) -> int:
        assert not self.waiting, "wrote past what was waiting"
        if self.broken:
            raise OSError("reset by peer")
        self.sends += 1
        count = min(self.room, len(data))
        if not count:
            raise BlockingIOError
        self.room -= count
        self.taken += data[:count]
        return count

    def writing(self) -> bool:
        return bool(self.waiting)

    def keep(self, rest: memoryview, then: Callable[[], None]) -> None:
        self.waiting += rest
        self.peak = max(self.peak, len(self.waiting))
        self.then.append(then)

    def progress(self) -> int:
        return len(self.taken)

    def close(self, error: Farewell) -> None:
        self.closed = error

    def drain(self, count: int) -> None:
        self.room += count
        count = min(self.room, len(self.waiting))
        self.taken += self.waiting[:count]
        del self.waiting[:count]
        self.room -= count
        if not self.waiting:
            then, self.then = self.then, []
            for call in then:
                call()

    def frames(self) -> list[bytes]:
        """The whole frames that arrived, without their heads; the rest of one that is cut stays out."""
        out, data = [], bytes(self.taken)
        while len(data) >= 2:
            head = {126: 4, 127: 10}.get(data[1], 2)
            size = data[1] if head == 2 else int.from_bytes(data[2:head], "big")
            if len(data) < head + size:
                break
            out.append(data[head : head + size])
            data = data[head + size :]
        return out

    def got(self) -> bytes:
        return b"".join(self.frames())


class Bench:
    def __init__(self, **options: Any) -> None:
        self.clock = FakeClock()
        self.lost: list[Connection] = []
        self.stalled: list[Connection] = []
        self.gone: list[Connection] = []
        self.fanout = Fanout(self.clock, self.lost.append, self.stalled.append, self._gone, **options)
        self._number = itertools.count(1)

    def _gone(self, connection: Connection) -> None:
        self.gone.append(connection)
        self.fanout.drop(connection)

    def join(self, person: str = "p2", staff: bool = False, room: int = 10**9) -> tuple[Connection, FakeOutlet]:
        outlet = FakeOutlet(room)
        connection = self.fanout.attach(next(self._number), person, staff, outlet)
        self.fanout.start(connection, [], self.fanout.log.head)
        self.clock.run()
        return connection, outlet


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 70_000])
def test_frames(size: int) -> None:
    payload = bytes(size)
    assert payload_of(framed(payload)) == payload
    assert framed(payload)[0] == 0x82


def test_the_first_message_after_a_quiet_time_goes_out_at_once_but_never_from_within(bench: Bench) -> None:
    _, outlet = bench.join()
    bench.fanout.publish("all", b"one")
    assert outlet.got() == b""
    bench.clock.run()
    assert outlet.got() == b"one"


def test_what_comes_within_a_tick_is_one_send_for_each(bench: Bench) -> None:
    outlets = [bench.join()[1] for _ in range(5)]
    bench.fanout.publish("all", b"0")
    bench.clock.run()
    for i in range(1, 9):
        bench.fanout.publish("all", b"%d" % i)
        bench.clock.run(0.0005)
    bench.clock.run(0.1)
    assert [o.got() for o in outlets] == [b"012345678"] * 5
    assert [o.sends for o in outlets] == [2] * 5


def test_ticks_grow_with_the_cost_of_a_fan_out_up_to_a_limit(bench: Bench) -> None:
    bench.join()
    bench.fanout.publish("all", b"x")
    bench.clock.run()
    for took, wait in ((0.0, 0.008), (0.001, 0.008), (0.010, 0.025), (0.5, 0.050)):
        bench.fanout._took = took
        assert bench.fanout.due() - bench.fanout._last == pytest.approx(wait)


def test_each_gets_only_what_it_may_see(bench: Bench) -> None:
    teacher, ana, bob = bench.join("p1", True)[1], bench.join("p2")[1], bench.join("p3")[1]
    for audience in ("all", "staff", "others", "p2", "p3", "all"):
        bench.fanout.publish(audience, f"<{audience}>".encode())
    bench.clock.run(0.1)
    assert teacher.got() == b"<all><staff><p2><p3><all>"
    assert ana.got() == b"<all><others><p2><all>"
    assert bob.got() == b"<all><others><p3><all>"
    assert len(teacher.frames()) == 1
    bench.fanout.publish("staff", b"secret")
    bench.clock.run(0.1)
    assert ana.sends == 1, "a tick that shows nothing costs nothing"


def test_a_message_for_one_travels_with_the_rest_of_its_tick(bench: Bench) -> None:
    (one, first), (_, second) = bench.join(), bench.join()
    bench.fanout.publish("all", b"news")
    bench.fanout.post(one, b"+pong")
    bench.clock.run()
    assert first.frames() == [b"news+pong"]
    assert second.frames() == [b"news"]
    bench.fanout.post(one, b"alone")
    bench.clock.run(0.1)
    assert first.frames()[1:] == [b"alone"]
    assert second.sends == 1


def test_what_comes_first_comes_before_the_log_and_what_is_posted(bench: Bench) -> None:
    outlet = FakeOutlet()
    connection = bench.fanout.attach(9, "p2", False, outlet)
    bench.fanout.post(connection, b"here")
    bench.fanout.publish("all", b"before")
    place = bench.fanout.log.head
    bench.fanout.publish("all", b"after")
    bench.fanout.start(connection, [framed(b"welcome"), framed(b"snapshot")], place)
    bench.fanout.publish("all", b"later")
    bench.clock.run(0.1)
    assert outlet.got() == b"welcome" + b"snapshot" + b"after" + b"later" + b"here"
    bench.fanout.publish("all", b"live")
    bench.clock.run(0.1)
    assert outlet.got().endswith(b"live")


def test_who_starts_ahead_of_the_tick_gets_nothing_twice(bench: Bench) -> None:
    bench.join()
    bench.fanout.publish("all", b"x")
    bench.clock.run()
    bench.fanout.publish("all", b"old")  # waits for its tick
    outlet = FakeOutlet()
    connection = bench.fanout.attach(9, "p2", False, outlet)
    bench.fanout.start(connection, [], bench.fanout.log.head)
    bench.fanout.publish("all", b"new")
    bench.clock.run(0.1)
    assert outlet.got() == b"new"


def test_a_laggard_keeps_its_place_and_catches_up_in_order(bench: Bench) -> None:
    _, slow = bench.join(room=10)
    _, quick = bench.join()
    expected = b""
    for i in range(200):
        part = b"%05d-" % i + b"." * 500
        expected += part
        bench.fanout.publish("all", part)
        bench.clock.run(0.02)
    assert quick.got() == expected
    assert slow.got() != expected
    for _ in range(100):
        slow.drain(5_000)
        bench.clock.run(0.01)
    assert slow.got() == expected
    assert slow.peak <= sharedlog.FRAME_BYTES + 16
    bench.fanout.publish("all", b"live again")
    bench.clock.run(0.1)
    assert slow.frames()[-1] == b"live again"


def test_a_laggard_loses_what_may_be_dropped_and_nothing_else(bench: Bench) -> None:
    _, slow = bench.join(room=1)
    _, quick = bench.join()
    for i in range(300):
        bench.fanout.publish("all", b"[%d]" % i + b"k" * 500)
        bench.fanout.publish("all", b"cursor" * 50, droppable=True)
        bench.clock.run(0.02)
    assert quick.got().count(b"cursor") == 300 * 50
    for _ in range(400):
        slow.drain(2_000)
        bench.clock.run(0.01)
    got = slow.got()
    assert [got.count(b"[%d]" % i) for i in range(300)] == [1] * 300
    assert got.count(b"cursor") < 300 * 50 / 2


def test_who_falls_off_the_log_is_lost_once_and_starts_anew() -> None:
    bench = Bench(log_bytes=100_000)
    connection, slow = bench.join(room=1)
    _, quick = bench.join()
    for _ in range(100):
        bench.fanout.publish("all", bytes(5_000))
        bench.clock.run(0.02)
    assert sum(map(len, quick.frames())) == 500_000
    assert not bench.lost, "found out when it drains, not before"
    slow.drain(10**6)
    bench.clock.run(0.1)
    assert bench.lost == [connection]
    bench.fanout.start(connection, [framed(b"reset"), framed(b"snapshot")], bench.fanout.log.head)
    bench.fanout.publish("all", b"next")
    bench.clock.run(0.1)
    assert slow.frames()[-3:] == [b"reset", b"snapshot", b"next"]


def test_the_log_stays_within_its_bytes() -> None:
    bench = Bench(log_bytes=100_000)
    bench.join(room=1)
    for i in range(1_000):
        bench.fanout.publish("p9" if i % 3 else "all", bytes(1_000), droppable=i % 2 == 0)
        bench.clock.run(0.02)
        bench.fanout.log.close_tick(i, b"m")
    assert bench.fanout.log.kept <= 100_000
    assert bench.fanout.log.kept == sum(len(s.data) for s in bench.fanout.log.segments)
    assert len(bench.fanout.log.ticks) <= len(bench.fanout.log.segments) + 1
    assert bench.fanout.log.people["p9"] == sum(s.audience == "p9" for s in bench.fanout.log.segments)
    for _ in range(10_000):
        bench.fanout.publish("all", bytes(1_000), droppable=True)
    bench.clock.run(0.1)
    assert bench.fanout.log.passing_bytes <= sharedlog.PASSING_BYTES


def test_no_progress_ends_it_and_slow_progress_does_not(bench: Bench) -> None:
    stuck, _ = bench.join(room=1)
    _, slow = bench.join(room=1)
    bench.fanout.publish("all", bytes(60_000))
    for _ in range(20):
        bench.clock.run(1.0)
        slow.drain(100)
        bench.fanout.sweep()
    assert bench.stalled
    assert set(bench.stalled) == {stuck}


def test_a_broken_socket_harms_nobody(bench: Bench) -> None:
    broken, outlet = bench.join()
    others = [bench.join()[1] for _ in range(3)]
    outlet.broken = True
    bench.fanout.publish("all", b"x")
    bench.clock.run(0.1)
    assert bench.gone == [broken]
    assert [o.got() for o in others] == [b"x"] * 3
    bench.fanout.post(broken, b"y")
    bench.fanout.publish("all", b"z")
    bench.clock.run(0.1)
    assert [o.got() for o in others] == [b"xz"] * 3


def test_a_reader_that_does_not_take_its_answers_is_choked_then_ended(bench: Bench) -> None:
    connection, outlet = bench.join(room=0)
    bench.fanout.post(connection, b"first")
    bench.clock.run(0.1)
    count = 0
    while not bench.stalled:
        bench.fanout.post(connection, bytes(1_000))
        count += 1
        assert count < 1_000
        if connection.direct_bytes > f.DIRECT_BYTES:
            assert connection.choked
    assert outlet.peak < 100


def test_a_tick_larger_than_a_frame_is_cut_at_segments(bench: Bench) -> None:
    _, outlet = bench.join()
    parts = [bytes([i]) * 20_000 for i in range(10)]
    for part in parts:
        bench.fanout.publish("all", part)
    bench.clock.run(0.1)
    assert outlet.got() == b"".join(parts)
    assert max(map(len, outlet.frames())) <= sharedlog.FRAME_BYTES
    bench.fanout.publish("all", bytes(200_000))
    bench.clock.run(0.1)
    assert len(outlet.frames()[-1]) == 200_000


def test_those_behind_in_the_same_place_share_their_bytes(bench: Bench) -> None:
    outlets = [bench.join(room=0)[1] for _ in range(20)]
    held: set[int] = set()

    for outlet in outlets:
        original = outlet.keep

        def keep(rest: memoryview, then: Any, original: Any = original) -> None:
            held.add(id(rest.obj))
            original(rest, then)

        outlet.keep = keep  # type: ignore[method-assign]
    bench.fanout.publish("all", bytes(30_000))
    bench.clock.run(0.1)
    assert len(held) == 1


def test_what_someone_else_wrote_is_taken_first(bench: Bench) -> None:
    connection, outlet = bench.join()
    outlet.room = 0
    outlet.waiting += framed(b"half a pong")
    bench.fanout.written(connection)
    bench.fanout.publish("all", b"news")
    bench.clock.run(0.1)
    assert outlet.taken == b""
    outlet.drain(1_000)
    bench.clock.run(0.1)
    assert outlet.frames() == [b"half a pong", b"news"]


def test_a_stream_that_takes_everything_is_asked_before_each_frame(bench: Bench) -> None:
    outlet = FakeOutlet(plain=False)
    connection = bench.fanout.attach(9, "p2", False, outlet)
    bench.fanout.start(connection, [], 0)
    bench.clock.run()
    bench.fanout.publish("all", b"one")
    bench.clock.run(0.1)
    outlet.room = 0
    outlet.waiting += framed(b"slow")
    bench.fanout.publish("all", b"two")
    bench.clock.run(0.1)
    outlet.drain(1_000)
    bench.clock.run(0.1)
    assert outlet.frames() == [b"one", b"slow", b"two"]


def test_places_of_states(bench: Bench) -> None:
    bench.fanout.publish("all", b"a")
    bench.fanout.log.close_tick(1, b"11111111")
    place = bench.fanout.log.head
    bench.fanout.publish("all", b"b")
    bench.fanout.log.close_tick(2, b"22222222")
    assert bench.fanout.log.place_of(1, b"11111111") == place
    assert bench.fanout.log.place_of(1, b"22222222") is None
    assert bench.fanout.log.place_of(3, b"22222222") is None


@pytest.mark.parametrize("seed", range(25))
def test_any_order_of_events_gives_everyone_everything_once(seed: int) -> None:
    """Random rooms of sockets, drains, joins and hang-ups: what is kept arrives whole, once, in order, or as a
    reset."""
    rng = random.Random(seed)
    bench = Bench(log_bytes=40_000)
    expected: dict[Connection, bytearray] = {}
    outlets: dict[Connection, FakeOutlet] = {}
    resets = 0
    for step in range(600):
        act = rng.random()
        if act < 0.05 and len(outlets) < 12:
            person = f"p{rng.randrange(1, 6)}"
            connection, outlet = bench.join(person, person == "p1", rng.choice([0, 1, 1_000, 10**9]))
            outlets[connection] = outlet
            expected[connection] = bytearray()
        elif act < 0.06 and outlets:
            gone = rng.choice(list(outlets))
            bench.fanout.drop(gone)
            del outlets[gone], expected[gone]
        elif act < 0.6:
            audience = rng.choice(["all", "all", "staff", "others", "p2", "p3"])
            data = b"(%d %s)" % (step, audience.encode()) + b"_" * rng.randrange(1_500)
            bench.fanout.publish(audience, data)
            for connection, kept in expected.items():
                staff = connection.staff
                if (
                    audience == "all"
                    or (staff and audience != "others")
                    or (not staff and audience in ("others", connection.person))
                ):
                    kept += data
        elif act < 0.8 and outlets:
            rng.choice(list(outlets.values())).drain(rng.choice([1, 100, 5_000]))
        else:
            bench.clock.run(rng.choice([0.0, 0.004, 0.03]))
        for connection in bench.lost:
            if connection in expected:
                expected[connection] = bytearray(outlets[connection].got())
                bench.fanout.start(connection, [framed(b"RESET")], bench.fanout.log.head)
                expected[connection] += b"RESET"
                resets += 1
        bench.lost.clear()
    for _ in range(500):
        for outlet in outlets.values():
            outlet.drain(10_000)
        bench.clock.run(0.01)
        for connection in bench.lost:
            expected[connection] = bytearray(outlets[connection].got() + b"RESET")
            bench.fanout.start(connection, [framed(b"RESET")], bench.fanout.log.head)
        bench.lost.clear()
    assert outlets
    for connection, outlet in outlets.items():
        assert outlet.got() == bytes(expected[connection]), (seed, connection.number, resets)
        assert outlet.peak <= sharedlog.FRAME_BYTES + 16
