"""Keys without a server: codes, tokens, throttling, the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from classroom.server.access import Access, Throttle, code_key, split_token
from classroom.server.words import WORDS


def access(tmp_path: Path) -> Access:
    return Access(tmp_path / "keys" / "abcdefghij.json", "abcdefghij")


async def test_what_is_saved_opens_and_what_is_revoked_does_not(tmp_path: Path) -> None:
    keys = access(tmp_path)
    ana, second, bob = keys.mint("p2"), keys.mint("p2"), keys.mint("p3")
    await keys.save()
    again = Access.load(tmp_path / "keys", "abcdefghij")
    assert again is not None
    assert [again.person(t) for t in (ana, second, bob)] == ["p2", "p2", "p3"]
    assert again.links == keys.links
    again.revoke("p2")
    assert [again.person(t) for t in (ana, second, bob)] == [None, None, "p3"]
    assert again.person(bob.replace("p3", "p2")) is None
    assert again.person(bob.replace("abcdefghij", "bbcdefghij")) is None


async def test_an_unreadable_file_opens_nothing(tmp_path: Path) -> None:
    keys = access(tmp_path)
    await keys.save()
    for text in ("", "{", "[]", '{"links": 3}', '{"tokens": [1]}'):
        keys.path.write_text(text)
        assert Access.load(tmp_path / "keys", "abcdefghij") is None, text
    assert Access.load(tmp_path / "keys", "../abcdefgh") is None


def test_links_have_roles_and_can_be_changed(tmp_path: Path) -> None:
    keys = access(tmp_path)
    old = keys.links["student"]
    assert keys.link_role(old) == "student"
    assert keys.link_role(keys.links["staff"]) == "staff"
    keys.rotate("student")
    assert keys.link_role(old) is None
    assert keys.link_role("") is None


def test_6_2_a_code_holds_while_it_is_shown(tmp_path: Path) -> None:
    keys = access(tmp_path)
    assert not keys.is_code("", 0)
    code = keys.show_code(1000)
    assert keys.show_code(1001) == code
    assert keys.is_code(code_key(code.upper()), 1002)
    assert not keys.is_code(code_key(code), 1001 + 4 * 3600)
    keys.hide_code()
    assert not keys.is_code(code_key(code), 1002)
    assert not keys.is_code("", 1002)


@pytest.mark.parametrize("said", ["maple river 27", " Maple, River 27.", "maple-river-27", "MAPLE RIVER27"])
def test_a_code_as_people_type_it(said: str) -> None:
    assert code_key(said) == "maple river 27"


def test_words_are_plain_and_different() -> None:
    assert len(set(WORDS)) == len(WORDS) >= 240
    assert all(word.isascii() and word.isalpha() and word.islower() and 3 <= len(word) <= 8 for word in WORDS)


def test_throttle_says_how_long_and_keeps_its_word() -> None:
    throttle = Throttle(tries=3, seconds=60)
    for at in (0.0, 10.0, 20.0):
        assert throttle.wait(at) == 0
        throttle.note(at)
    wait = throttle.wait(21.0)
    assert throttle.wait(21.0 + wait - 2) > 0
    assert throttle.wait(21.0 + wait) == 0


@pytest.mark.parametrize("token", ["", "a", "a.b", "a.b.c.d", "x" * 500, "." * 300])
def test_6_1_what_is_no_token(token: str) -> None:
    assert split_token(token) == ("", "", "")
