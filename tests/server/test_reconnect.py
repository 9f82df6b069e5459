"""Coming back: exactly once over reconnects, resume, watershed, a lost tail, a restarted server."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from classroom.core import messages as m
from classroom.core import table
from classroom.core.records import Item, Note, Page, Response
from tests.server.peer import Peer, client_id, note


async def test_a_resumed_window_gets_only_what_it_missed(server: Any) -> None:
    entered = await server.enter()
    teacher = await server.connect(entered)
    ana = await server.connect(await server.join(entered, "Ana"))
    ticket = {"token": entered["token"]}
    await ana.sync(2)
    ana.close()
    for i in range(5):
        await teacher.decided(await teacher.change(note(f"n{i}")))
    again = Peer(await server.socket(), ana.client)
    again.table, again.upto, again.mark = ana.table, ana.upto, ana.mark
    ticket = await server.join(entered, "Bob")
    assert ticket["person"] == "p3"
    tokens = await server.call("classroom/api/people/p2/invite", {}, X_Classroom_Token=entered["token"])
    await again.say(m.Hello(m.PROTOCOL, ana.client, tokens["token"], ana.last))
    await again.until(lambda v: isinstance(v, m.Here) and v.all is not None)
    await again.sync(teacher.upto)
    assert again.welcome.resumed
    assert again.snapshots == 0
    assert [e.seq for e in again.entries] == sorted({e.seq for e in again.entries})
    await teacher.sync(server.hub(entered).room.seq)
    await again.sync(server.hub(entered).room.seq)
    assert table.equal(again.table, teacher.table)


async def test_3_6_a_resume_from_an_unknown_mark_gets_a_snapshot(server: Any) -> None:
    entered = await server.enter()
    teacher = await server.connect(entered)
    await teacher.decided(await teacher.change(note("n1")))
    for last in (
        m.Last(teacher.upto, "00" * 8),
        m.Last(teacher.upto + 5, teacher.mark.hex()),
        m.Last(2**53 - 1, "ff" * 8),
    ):
        window = await server.connect(entered, last=last)
        assert not window.welcome.resumed
        assert window.snapshots == 1
        assert table.equal(window.table, teacher.table)


async def test_4_7_a_resume_across_a_change_of_sight_gets_a_snapshot(server: Any) -> None:
    entered = await server.enter()
    teacher = await server.connect(entered)
    ticket = await server.join(entered, "Ana")
    ana = await server.connect(ticket)
    await teacher.decided(
        await teacher.change(m.Put(Page(id="page2", order="a2", audience="staff")), note("n2", page="page2"))
    )
    await ana.sync(teacher.upto)
    assert ana.table.get("page2") is None
    assert ana.table.get("n2") is None
    ana.close()
    await teacher.decided(await teacher.change(m.Patch(("page2",), {"audience": "all"})))
    again = await server.connect(ticket, client=ana.client, last=ana.last)
    assert not again.welcome.resumed
    assert again.table.get("n2") is not None


async def test_who_is_made_staff_sees_as_staff_at_once(server: Any) -> None:
    entered = await server.enter()
    teacher = await server.connect(entered)
    ana = await server.connect(await server.join(entered, "Ana"))
    await teacher.decided(await teacher.change(m.Put(Item(id="i1", kind="exercise", order="a1", solution="42"))))
    await ana.sync(teacher.upto)
    assert ana.table.get("i1").solution == ""
    await teacher.decided(await teacher.change(m.Patch(("p2",), {"role": "assistant"})))
    await ana.until(m.Reset)
    await ana.sync(teacher.upto)
    assert ana.table.get("i1").solution == "42"
    await teacher.decided(await teacher.change(m.Patch(("p2",), {"role": "student"})))
    await ana.until(m.Reset)
    await ana.sync(teacher.upto)
    await ana.until(lambda v: isinstance(v, m.Snapshot) and v.last)
    assert ana.table.get("i1").solution == ""
    await teacher.decided(await teacher.change(note("n1")))
    await ana.sync(teacher.upto)
    assert ana.table.get("n1") is not None


async def test_who_is_demoted_while_a_snapshot_is_made_gets_none_of_it(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered = await server.enter()
    teacher = await server.connect(entered)
    ticket = await server.join(entered, "Ana")
    await teacher.decided(await teacher.change(m.Put(Item(id="i1", kind="exercise", order="a1", solution="42"))))
    await teacher.decided(await teacher.change(m.Patch(("p2",), {"role": "assistant"})))
    snapshots = server.hub(entered).snapshots
    real, going, asked = snapshots.frames, asyncio.Event(), []

    async def slow(staff: bool, person: str) -> Any:
        made = await real(staff, person)
        asked.append(staff)
        await going.wait()
        return made

    monkeypatch.setattr(snapshots, "frames", slow)
    ana = await server.connect(ticket, settle=False)
    await server.when(lambda: asked)
    await teacher.decided(await teacher.change(m.Patch(("p2",), {"role": "student"})))
    going.set()
    await ana.until(lambda v: isinstance(v, m.Here) and v.all is not None)
    assert asked == [True, False]
    assert ana.snapshots == 1
    assert ana.table.get("i1").solution == ""
    await teacher.decided(await teacher.change(note("n1")))
    await ana.sync(teacher.upto)
    assert ana.table.get("n1") is not None


async def test_5_9_a_snapshot_holds_what_is_for_oneself_and_nothing_that_is_not(server: Any) -> None:
    entered = await server.enter()
    teacher = await server.connect(entered)
    tickets = [await server.join(entered, name) for name in ("Ana", "Bob")]
    await teacher.decided(await teacher.change(m.Put(Item(id="i1", kind="poll", order="a1", solution="secret"))))
    for ticket, id in zip(tickets, ("r-ana", "r-bob"), strict=True):
        window = await server.connect(ticket)
        await window.decided(await window.change(m.Put(Response(id=id, item="i1", text="mine"))))
    for ticket, mine, other in ((tickets[0], "r-ana", "r-bob"), (tickets[1], "r-bob", "r-ana")):
        for _ in range(2):  # the second is given the shared picture
            window = await server.connect(ticket)
            assert window.table.get(mine).text == "mine"
            assert window.table.get(other) is None
            assert window.table.get("i1").solution == ""


async def test_every_change_exactly_once_over_random_hangups(server: Any) -> None:
    """A client that keeps and resends, connections that are cut at any moment, two windows that watch."""
    seed = random.randrange(10**6)
    rng = random.Random(seed)
    entered = await server.enter()
    watcher = await server.connect(entered)
    client = client_id()
    pending: dict[int, m.Op] = {}
    done: dict[int, int] = {}
    number, last, held, hangups = 0, None, table.Table(), 0
    while len(done) < 60:
        peer = Peer(await server.socket(), client)
        peer.table = held
        if last is not None:
            peer.upto, peer.mark = last.seq, bytes.fromhex(last.mark)
        await peer.say(m.Hello(m.PROTOCOL, client, entered["token"], last, min(pending, default=number + 1)))
        for _ in range(rng.randrange(1, 12)):
            number += 1
            pending[number] = note(f"k{number}")
        for n, op in pending.items():
            await peer.say(m.Change(n, (op,)))
        for _ in range(rng.randrange(0, 8)):
            try:
                found = await asyncio.wait_for(peer.read(), 0.2)
            except asyncio.TimeoutError:
                break  # everything was read
            assert found is not None, seed
            for value in found:
                if isinstance(value, m.Confirm):
                    assert done.setdefault(value.number, value.seq) == value.seq, seed
                    pending.pop(value.number, None)
                assert not isinstance(value, m.Refuse), (seed, value)
                if isinstance(value, m.Changes):
                    for entry in value.entries:
                        if entry.tag == peer.welcome.tag:
                            assert done.setdefault(entry.number, entry.seq) == entry.seq, seed
                            pending.pop(entry.number, None)
        if peer.upto:
            last, held = peer.last, peer.table
        hangups += 1
        if rng.random() < 0.5:
            peer.socket.protocol.stream.close()
        else:
            peer.close()
    peer = await server.connect(entered, client=client, last=None, pending=min(pending, default=number + 1))
    for n, op in sorted(pending.items()):
        await peer.say(m.Change(n, (op,)))
        await peer.decided(n)
    room = server.hub(entered).room
    await watcher.sync(room.seq)
    await peer.sync(room.seq)
    assert hangups > 3, seed
    mine = [e for e in watcher.entries if e.tag == peer.welcome.tag]
    assert sorted(e.number for e in mine) == list(range(1, number + 1)), seed
    assert {f"k{n}" for n in range(1, number + 1)} <= {r.id for r in room.table}, seed
    assert table.equal(watcher.table, room.table), seed
    assert table.equal(peer.table, room.table), seed


async def test_the_same_window_twice_ends_the_older_one(server: Any) -> None:
    entered = await server.enter()
    one = await server.connect(entered)
    two = await server.connect(entered, client=one.client)
    bye, code = await one.bye()
    assert (bye.code, code) == ("replaced", 4005)
    await two.decided(await two.change(note("n1")))


async def test_3_1_another_persons_client_id_is_another_window(server: Any) -> None:
    """Who learns the id of a teacher's window can neither end that window nor use up its numbers."""
    entered = await server.enter()
    teacher = await server.connect(entered)
    thief = await server.connect(await server.join(entered, "Ana"), client=teacher.client)
    assert thief.welcome.tag != teacher.welcome.tag
    await thief.decided(await thief.change(m.Patch(("p2",), {"hand": 1})))
    await teacher.decided(await teacher.change(note("n1")))
    await thief.sync(teacher.upto)
    assert thief.table.get("n1") is not None


async def test_several_windows_of_one_person(server: Any) -> None:
    entered = await server.enter()
    ticket = await server.join(entered, "Ana")
    one, two = await server.connect(ticket), await server.connect(ticket)
    assert one.welcome.person == two.welcome.person == "p2"
    assert one.welcome.tag != two.welcome.tag
    await one.decided(await one.change(m.Patch(("p2",), {"hand": 1})))
    await two.sync(one.upto)
    assert two.table.get("p2").hand > 1
    one.close()
    assert "p2" in server.hub(entered).room.here


async def test_live_and_presence_reach_the_others(server: Any) -> None:
    entered = await server.enter()
    teacher = await server.connect(entered)
    ana = await server.connect(await server.join(entered, "Ana"))
    await teacher.say(m.LiveStart(3, "s1", "page1", "", "pen", "red", 3, 4), m.Presence(cursor=("page1", 1, 2, "pen")))
    start = await ana.until(m.LiveStart)
    assert (start.person, start.id) == ("p1", "s1")
    presence = await ana.until(m.Presence)
    assert presence.person == "p1"
    await teacher.say(m.LiveEnd(3, False))
    assert not (await ana.until(m.LiveEnd)).kept


async def test_after_closing_and_opening_everything_is_there_and_windows_resume(server: Any) -> None:
    entered = await server.enter()
    ticket = await server.join(entered, "Ana")
    teacher, ana = await server.connect(entered), await server.connect(ticket)
    await teacher.decided(await teacher.change(m.Patch(("class",), {"draw": "all"})))
    number = await ana.change(note("n1", "kept"))
    await ana.decided(number)
    await teacher.sync(ana.upto)
    before = server.hub(entered).room.table
    school = server.extension.school
    await school.close()
    for peer in (teacher, ana):
        bye, code = await peer.bye()
        assert (bye.code, bye.again, code) == ("going-away", True, 1001)
    school._closed = False
    again = await server.connect(ticket, client=ana.client, last=ana.last, pending=number)
    assert again.welcome.resumed
    await again.say(m.Change(number, (note("n1", "again"),)))
    assert isinstance(await again.decided(number), m.Confirm)
    room = server.hub(entered).room
    assert table.equal(before, room.table)
    assert room.table.get("n1").text == "kept"
    fresh = await server.connect(entered)
    assert table.equal(fresh.table, room.table)
    assert (await server.enter())["person"] == "p1"


async def test_a_killed_server_lets_windows_resume_from_the_tail(server: Any) -> None:
    """As after kill -9: the log is read anew, without a compaction at the end."""
    entered = await server.enter()
    teacher = await server.connect(entered)
    await teacher.decided(await teacher.change(note("n1")))
    seen = teacher.last
    await teacher.decided(await teacher.change(note("n2")))
    hub = server.hub(entered)
    hub._compacted = hub.room.seq  # nothing to compact, it believes
    await server.extension.school.close()
    server.extension.school._closed = False
    late = Peer(await server.socket(), teacher.client)
    await late.say(m.Hello(m.PROTOCOL, teacher.client, entered["token"], seen))
    await late.until(lambda v: isinstance(v, m.Here) and v.all is not None)
    assert late.welcome.resumed
    assert [e.number for e in late.entries] == [2]
    assert server.hub(entered)._compacted == 0


@pytest.mark.slow
async def test_a_long_log_is_compacted_in_the_background(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("classroom.server.hub.COMPACT_ENTRIES", 20)
    entered = await server.enter()
    teacher = await server.connect(entered)
    for i in range(30):
        await teacher.decided(await teacher.change(m.Put(Note(id="n", page="page1", z="a1", x=i, y=0))))
    hub = server.hub(entered)
    await server.when(lambda: hub._compacted)
    assert hub._compacted >= 20


async def test_3_2_a_number_that_was_called_settled_spoils_nobody_elses_tick(server: Any) -> None:
    entered = await server.enter()
    teacher = await server.connect(entered)
    liar = await server.connect(entered)
    number = await liar.change(note("n1"))
    await liar.decided(number)
    liar.close()
    again = await server.connect(entered, client=liar.client, pending=number + 1)
    await again.say(m.Change(number, (note("n1", "twice"),)))
    refused = await again.decided(number)
    assert (type(refused), refused.code) == (m.Refuse, "bad-record")
    # In one tick with somebody else's change: that one is decided by itself.
    await again.say(m.Change(number, (note("n1", "twice"),)))
    assert isinstance(await teacher.decided(await teacher.change(note("n2"))), m.Changes)
    assert server.hub(entered).room.table.get("n1").text == "hello"
