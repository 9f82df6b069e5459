"""Mathematics over HTTP: who may ask, what comes back, and that nobody's formula holds up the others."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from classroom.core.records import Formula
from classroom.render.formula import CannotRead, Workshop
from classroom.server import formulas, problems


async def test_a_formula_is_made_for_whoever_may_write(server: Any) -> None:
    entered = await server.enter()
    ana = await server.join(entered, "Ana")
    for token in (entered["token"], ana["token"]):
        told = await server.call(
            "classroom/api/formula", {"source": r"\frac{1}{2}", "display": True}, X_Classroom_Token=token
        )
        made = msgspec.convert(told, Formula)
        assert made.source == r"\frac{1}{2}"
        assert made.display
        assert made.ascent > 1
        assert made.path.startswith("M")
    await server.call("classroom/api/formula", {"source": "x"}, status=401)
    await server.call("classroom/api/formula", {"source": "x"}, status=401, X_Classroom_Token="a.b.c")


async def test_what_is_no_formula_is_told_in_a_sentence(server: Any) -> None:
    key = {"X_Classroom_Token": (await server.enter())["token"]}
    for source, words in (
        (r"\nosuch x", r"\nosuch is not known"),
        ("{x", "a } is missing"),
        ("", "empty"),
        ("x" * 4_001, "longer than 4000"),
        (r"\def\a{\a\a}\a", "cannot be defined"),
        (r"\left(x", "\\left"),
    ):
        told = await server.call("classroom/api/formula", {"source": source}, status=422, **key)
        assert told["code"] == "bad-formula"
        assert words in told["sentence"]
    for bad in ({"source": 5}, {"display": True}, {"source": "x", "display": "yes"}):
        await server.call("classroom/api/formula", bad, status=400, **key)


async def test_who_spends_too_much_waits_and_nobody_else_does(monkeypatch: pytest.MonkeyPatch) -> None:
    gate, made = asyncio.Event(), formulas.Formulas()
    loop = asyncio.get_running_loop()

    class Slow:
        def formula(self, source: str, display: bool) -> str:
            if source == "bad":
                raise CannotRead()
            if source == "slow":
                asyncio.run_coroutine_threadsafe(gate.wait(), loop).result()
            return source

        def close(self) -> None: ...

    monkeypatch.setattr("classroom.render.formula.Workshop", Slow)
    ana, ben, teacher = ("c", "p2"), ("c", "p3"), ("c", "p1")
    waiting = [asyncio.ensure_future(made.make(ana, False, "slow", False)) for _ in range(formulas.OWN)]
    await asyncio.sleep(0)
    with pytest.raises(problems.Problem) as refused:
        await made.make(ana, False, "x", False)
    assert refused.value.code == "busy"
    assert await made.make(teacher, True, "x", False) == "x", "staff do not stand in that line"
    gate.set()
    assert await asyncio.gather(*waiting) == ["slow"] * formulas.OWN
    made._spend(ana, loop.time(), formulas.SPENT + 1)
    with pytest.raises(problems.Problem):
        await made.make(ana, False, "x", False)
    assert await made.make(ben, False, "x", False) == "x"
    made._spent[ana] = (loop.time() - 60, formulas.SPENT + 1)
    assert await made.make(ana, False, "x", False) == "x", "it comes back with time"
    with pytest.raises(problems.Problem) as refused:
        await made.make(ben, False, "bad", False)
    assert refused.value.status == 422
    await made.close()


def test_a_formula_that_does_not_end_is_ended_and_the_next_is_made() -> None:
    workshop = Workshop(seconds=1)
    try:
        first = workshop.formula("x")
        process = workshop._process
        assert process is not None
        with pytest.raises(CannotRead, match="takes too long"):
            workshop.formula("a" * 3_900)
        assert process.poll() is not None, "it was ended"
        with pytest.raises(CannotRead, match="takes too long"):
            workshop.formula("a" * 3_900)
        assert workshop._process is None, "what was tried is remembered, and not tried again"
        assert workshop.formula("y").path != first.path
        assert workshop.formula("x") is first
    finally:
        workshop.close()
    with pytest.raises(CannotRead, match="cannot be made now"):
        workshop.formula("z")
    assert workshop._process is None
