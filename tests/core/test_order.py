"""SPEC 1.6: a key between any two; keys stay short and never end so that nothing fits below them."""

from __future__ import annotations

import itertools
import json
import random
import re
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from classroom.core.order import between, several

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
sys.path.insert(0, str(VECTORS))
import make_order  # noqa: E402

sys.path.remove(str(VECTORS))

KEY = re.compile(r"[0-9A-Za-z]{1,80}")
keys = st.text("019AZaz", min_size=1, max_size=5) | st.text(make_order.DIGITS, min_size=1, max_size=80)


def nothing_fits(a: str | None, b: str | None) -> bool:
    """By the definition of byte order, not by the algorithm: only zeros lie between `a` and what continues it."""
    if b is None:
        return False
    return (a is None or b.startswith(a)) and not b[len(a or "") :].strip("0")


@given(st.none() | keys, st.none() | keys)
def test_1_6_lies_between_whenever_something_fits(a: str | None, b: str | None) -> None:
    if a is not None and b is not None and a > b:
        a, b = b, a
    key = between(a, b)
    assert KEY.fullmatch(key)
    assert (a or "") <= key
    assert b is None or key <= b
    if nothing_fits(a, b):
        assert key == (a if a is not None else b)
    elif max(len(a or ""), len(b or "")) < 79:
        assert key not in (a, b)
        assert not key.endswith("0")


@given(st.none() | keys, st.none() | keys, st.integers(0, 40))
@example("0", "10", 2)
@example("a1", "a200", 3)
def test_1_6_several_rise(a: str | None, b: str | None, n: int) -> None:
    if a is not None and b is not None and a > b:
        a, b = b, a
    made = several(a, b, n)
    assert len(made) == n
    chain = [*([] if a is None else [a]), *made, *([] if b is None else [b])]
    assert chain == sorted(chain)
    if not nothing_fits(a, b) and max(len(a or ""), len(b or "")) < 70:
        assert len(set(chain)) == len(chain)


def test_1_6_appending_and_prepending_keep_keys_short() -> None:
    rising = list(itertools.accumulate(range(4_000), lambda key, _: between(key, None), initial="a1"))
    falling = list(itertools.accumulate(range(4_000), lambda key, _: between(None, key), initial="a1"))
    for chain in (rising, falling[::-1]):
        assert chain == sorted(set(chain))
        assert max(map(len, chain)) <= 4
    assert rising[58:63] == ["ax", "ay", "az", "b01", "b02"]


def test_1_6_writing_into_one_place_again_and_again_grows_slowly() -> None:
    dice = random.Random(3)
    chain = ["a1", "a2"]
    for _ in range(200):
        at = dice.choice([1, len(chain) - 1])
        chain.insert(at, between(chain[at - 1], chain[at]))
    assert chain == sorted(set(chain))
    assert max(map(len, chain)) <= 45


@pytest.mark.parametrize(("a", "b"), [("b", "a"), ("", "a"), ("a-", None), (None, "é"), ("a1", "")])
def test_what_is_no_key_or_out_of_order_is_an_error(a: str | None, b: str | None) -> None:
    with pytest.raises(ValueError, match=r"not a key|does not come before"):
        between(a, b)


def test_the_vectors_are_fresh() -> None:
    text = (VECTORS / "order.json").read_text(encoding="utf-8")
    assert text == make_order.generate()
    assert len(json.loads(text)["between"]) > 900
