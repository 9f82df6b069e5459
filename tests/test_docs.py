"""The documents say what there is: a public name, option, kind, type, code or setting that none mentions fails here."""

from __future__ import annotations

import argparse
import inspect
import re
from pathlib import Path

import pytest
import traitlets

import classroom
from classroom import api, board, cli, lesson
from classroom.core import wire
from classroom.core.errors import REFUSALS, Farewell
from classroom.core.records import TYPES
from classroom.server.extension import ClassroomApp
from classroom.widgets.panel import Panel

ROOT = Path(__file__).parents[1]
PAGES = {path.name: path.read_text("utf-8") for path in [*sorted((ROOT / "docs").glob("*.md")), *ROOT.glob("*.md")]}
ALL = "\n".join(PAGES.values())


def public(cls: type) -> list[str]:
    return [name for name in vars(cls) if not name.startswith("_")]


def said(name: str, where: str = ALL) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", where) is not None


@pytest.mark.parametrize("cls", [api.Seat, api.Teacher, api.Student, board.Board, board.Page])
def test_every_public_name(cls: type) -> None:
    names = public(cls)
    assert names
    assert [name for name in names if not said(name)] == []


@pytest.mark.parametrize("cls", [api.Seat, api.Teacher, api.Student, board.Board, board.Page, api.Desk])
def test_every_public_name_has_a_docstring(cls: type) -> None:
    for name in public(cls):
        member = inspect.getattr_static(cls, name)
        if callable(member) or isinstance(member, property):
            assert inspect.getdoc(member), f"{cls.__name__}.{name}"


def test_the_package_s_own_names() -> None:
    for name in ("start", "join"):
        assert said(f"classroom.{name}")
        assert inspect.getdoc(getattr(classroom, name))


def options(parser: argparse.ArgumentParser) -> set[str]:
    found: set[str] = set()
    for action in parser._actions:
        found |= set(action.option_strings)
        if isinstance(action, argparse._SubParsersAction):
            for name, sub in action.choices.items():
                found |= {f"classroom {name}"} | options(sub)
    return found


def test_every_command_and_option() -> None:
    found = options(cli.parser())
    assert {"classroom start", "--port", "-o"} <= found
    assert [name for name in found if not said(name, PAGES["teacher.md"])] == []


def test_every_message_kind() -> None:
    assert [n for number, n in wire.KINDS.items() if f"| {number} | `{n}` |" not in PAGES["protocol.md"]] == []


@pytest.mark.parametrize("name", sorted(TYPES))
def test_every_record_type_and_field(name: str) -> None:
    page = PAGES["protocol.md"]
    row = re.search(rf"^\| `{name}` \| (.*) \|$", page, re.MULTILINE)
    assert row is not None
    head = page[: row.start()]
    missing = [f for f in TYPES[name].__struct_fields__ if f"`{f}`" not in row[1] and f"`{f}`" not in head]
    assert missing == []


def test_every_refusal_and_farewell() -> None:
    page = PAGES["protocol.md"]
    assert [code for code, text in REFUSALS.items() if f"| `{code}` | {text} |" not in page] == []
    assert [e.code for e in Farewell.__subclasses__() if f"| `{e.code}` | {e.close} |" not in page] == []


def test_every_setting() -> None:
    names = [
        name
        for name, trait in ClassroomApp.class_own_traits(config=True).items()
        if isinstance(trait, traitlets.TraitType)
    ]
    assert "folder" in names
    assert [name for name in names if f"`{name}`" not in PAGES["administrator.md"]] == []


def test_every_trait_of_a_panel_says_what_it_is() -> None:
    for name in ("class_id", "base_url", "role", "title", "height"):
        assert Panel.class_own_traits()[name].help


def test_readme_has_the_two_commands_as_they_are_run() -> None:
    lines = PAGES["README.md"].splitlines()
    assert "    pip install '.[lab]' && classroom start" in lines
    assert "    pip install '.[lab,test]' && pytest" in lines


def test_links_between_the_documents_lead_somewhere() -> None:
    found = 0
    for folder in (ROOT, ROOT / "docs"):
        for path in folder.glob("*.md"):
            for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text("utf-8")):
                if target.startswith(("docs/img/", "img/")):
                    continue  # pictures are made from the running program
                found += 1
                assert (folder / target).exists(), f"{path.name} -> {target}"
    assert found > 8


def test_what_a_docstring_promises_of_plain_data() -> None:
    for cls in (lesson.Person, lesson.Item, lesson.Answer, lesson.Line, lesson.Stroke, lesson.Thing):
        assert inspect.getdoc(cls)
