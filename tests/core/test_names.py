"""Names: what is shown of them, and which look like one another."""

from __future__ import annotations

import unicodedata

import pytest

from classroom.core.errors import Refusal
from classroom.core.messages import Patch
from classroom.core.names import MARKS, clean_name, likeness
from classroom.core.policy import NAMES, check
from classroom.core.records import Person
from tests.core.class_of import ANA, small_class


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Ana", "Ana"), ("  Ana  Lena ", "Ana Lena"),
        ("Zoe\u0308", "Zo\u00eb"), ("a\x00b\x1bc", "a b c"),
        ("\u202eevil", "evil"), ("a\u2066b\u2069", "ab"), ("\u200b\u200d", ""),
        ("\u3164", ""), ("\ud800", ""), ("", ""),
        ("李小龍", "李小龍"), ("محمد", "محمد"), ("👩\u200d👧", "👩\u200d👧"), ("a\u2028b", "a b"), ("\u0301", ""),
    ],
)  # fmt: skip
def test_names(given: str, shown: str) -> None:
    assert clean_name(given) == shown


def test_cleaning_twice_changes_nothing() -> None:
    for number in range(0x3000):
        once = clean_name("a" + chr(number) + "b")
        assert clean_name(once) == once


def test_accents_do_not_cover_what_stands_around() -> None:
    cleaned = clean_name("Z" + "\u0335\u0321\u0322" * 200 + "oe")
    assert len(cleaned) <= MARKS + 3
    assert clean_name("Nguye\u0302\u0303n") == unicodedata.normalize("NFC", "Nguye\u0302\u0303n")


NGOZI = [
    "Ngozi",
    "NGOZI",
    " ngozi ",
    "Ng\u043ezi",
    "Ngozi\u200d",
    "Ngo\u200bzi",
    "\uff2e\uff47\uff4f\uff5a\uff49",
    "Ngoz\u0456",
]
NGOZI += ["Ngozi\ufe0f", "Ng\u03bfzi", "\u202eNgozi", "Ngo\u034fzi", "\u039dgozi", "Ngoz\u0131", "Ngozi\n"]


@pytest.mark.parametrize("name", NGOZI)
def test_nobody_passes_for_the_teacher(name: str) -> None:
    assert likeness(name) == likeness("Ngozi")
    with pytest.raises(Refusal) as refused:
        check(small_class(), ANA, (Patch((ANA,), {"name": name}),), 5)
    assert refused.value.reason == "name-taken"


def test_names_that_differ_stay_different() -> None:
    names = [
        "Ian",
        "Lan",
        "Ana",
        "An",
        "Anna",
        "Vera",
        "\u0412\u0435\u0440\u0430",
        "Zoe",
        "Zo\u00eb",
        "Ali",
        "All",
        "\u674e",
        "\u0645\u062d\u0645\u062f",
        "Jos\u00e9",
        "Jose",
    ]
    assert len({likeness(name) for name in names}) == len(names)
    for name in names:
        assert likeness(name) == likeness(likeness(name))


@pytest.mark.parametrize(
    ("given", "kept"),
    [("\u202eAna \u0000 Lena\u2066", "Ana Lena"), ("Ana\nLena", "Ana Lena"), ("A\u200bna Lena", "Ana Lena")],
)
def test_a_changed_name_is_cleaned_as_a_new_one_is(given: str, kept: str) -> None:
    overlay = check(small_class(), ANA, (Patch((ANA,), {"name": given}),), 5)
    person = overlay.get(ANA)
    assert isinstance(person, Person)
    assert person.name == kept
    assert overlay.ops == [Patch((ANA,), {"name": kept})]


@pytest.mark.parametrize("given", ["", "\u200b", "\u202e", "\u3164", " \n ", "\u0301", "x" * 41, 7, None, ["a"]])
def test_what_is_no_name(given: object) -> None:
    with pytest.raises(Refusal) as refused:
        check(small_class(), ANA, (Patch((ANA,), {"name": given}),), 5)
    assert refused.value.reason == "name-length"


def test_very_many_names_at_once_are_not_compared() -> None:
    with pytest.raises(Refusal) as refused:
        check(small_class(), ANA, tuple(Patch((ANA,), {"name": f"Ana {i}"}) for i in range(NAMES + 1)), 5)
    assert refused.value.reason == "too-large"
