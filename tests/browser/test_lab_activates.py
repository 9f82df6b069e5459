"""The hand-written federated extension works in the real JupyterLab and Notebook 7: it is activated, its commands are
in the palette, its card in the launcher, its button in the notebook's toolbar, and its tab opens."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Page, expect

from tests.browser.jupyter_process import TOKEN, JupyterProcess

SLOW = 45_000  # ms; the first page of a cold JupyterLab on a small machine


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[JupyterProcess]:
    server = JupyterProcess(tmp_path_factory.mktemp("jupyter"))
    lesson = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("1 + 1"), nbformat.v4.new_markdown_cell("# Two")],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(lesson, server.folder / "lesson.ipynb")
    yield server
    server.stop()


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the page writes to its console as errors that name us."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def ours(complaints: list[str]) -> list[str]:
    return [text for text in complaints if "classroom" in text.lower()]


def keep(page: Page, name: str) -> None:
    """Keeps a picture where CLASSROOM_SHOTS says, for people to look at."""
    folder = os.environ.get("CLASSROOM_SHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(folder, f"{name}.png")))


def feed(jupyter: JupyterProcess, title: str) -> object:
    """What a script that is another client of the class sees in its feed."""
    code = (
        "import json, sys, time, classroom\n"
        "teacher = classroom.start(sys.argv[1], url=sys.argv[2], token=sys.argv[3])\n"
        "deadline = time.monotonic() + 20\n"
        "while not teacher.feed and time.monotonic() < deadline: time.sleep(0.05)\n"
        "print(json.dumps([[item.kind, item.text, item.language] for item in teacher.feed]))"
    )
    command = [sys.executable, "-c", code, title, jupyter.url, TOKEN]
    done = subprocess.run(command, env=jupyter.env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_launcher_card_opens_the_board(jupyter: JupyterProcess, page: Page, complaints: list[str]) -> None:
    page.goto(jupyter.page("lab?reset"))
    card = page.locator(".jp-LauncherCard", has_text=re.compile(r"^\s*Classroom\s*$"))
    expect(card).to_be_visible(timeout=SLOW)
    keep(page, "lab-launcher")
    card.click()
    expect(page.locator("#classroom-board .cr-lab-view")).to_be_visible()
    expect(page.locator(".lm-TabBar-tabLabel", has_text="Board")).to_be_visible()
    keep(page, "lab-board")
    assert not ours(complaints)


def test_palette_opens_the_board_once(jupyter: JupyterProcess, page: Page) -> None:
    page.goto(jupyter.page("lab?reset"))
    expect(page.locator(".jp-LauncherCard", has_text="Classroom")).to_be_visible(timeout=SLOW)
    for _ in range(2):
        page.keyboard.press("Control+Shift+C")
        page.locator(".lm-CommandPalette-input, #command-palette input").first.fill("Classroom: Open board")
        page.locator(".lm-CommandPalette-item", has_text="Classroom: Open board").first.click()
        expect(page.locator("#classroom-board")).to_have_count(1)
        expect(page.locator("#classroom-board .cr-lab-view")).to_be_visible()


def test_push_stands_in_the_notebook_toolbar(jupyter: JupyterProcess, page: Page, complaints: list[str]) -> None:
    page.goto(jupyter.page("lab/tree/lesson.ipynb?reset"))
    button = page.locator('.jp-NotebookPanel-toolbar [data-jp-item-name="classroom-push"]')
    expect(button).to_be_visible(timeout=SLOW)
    expect(button).to_contain_text("Push")
    expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(2, timeout=SLOW)
    keep(page, "lab-notebook")
    assert not ours(complaints)


def open_board(page: Page) -> None:
    """By the palette, which may open before all of its commands are there."""
    item = page.locator(".lm-CommandPalette-item", has_text="Classroom: Open board").first
    field = page.locator(".lm-CommandPalette-input, #command-palette input").first
    for _ in range(10):
        if not field.is_visible():
            page.keyboard.press("Control+Shift+C")
        field.fill("")
        field.fill("Classroom: Open board")
        page.wait_for_timeout(1_000)
        if item.is_visible():
            break
    item.click()


def test_notebook_7_has_push_and_the_board(jupyter: JupyterProcess, page: Page, complaints: list[str]) -> None:
    page.goto(jupyter.page("notebooks/lesson.ipynb"))
    expect(page.locator('[data-jp-item-name="classroom-push"]')).to_be_visible(timeout=SLOW)
    open_board(page)
    expect(page.locator("#classroom-board .cr-lab-view")).to_be_visible()
    keep(page, "notebook7")
    assert not ours(complaints)


def test_push_reaches_the_class_that_is_open(jupyter: JupyterProcess, page: Page, complaints: list[str]) -> None:
    """Before a class is open the button says so; afterwards the same button pushes, and the board bears its name."""
    page.goto(jupyter.page("lab/tree/lesson.ipynb?reset"))
    button = page.locator('.jp-NotebookPanel-toolbar [data-jp-item-name="classroom-push"] jp-button')
    expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(2, timeout=SLOW)
    button.click()
    expect(page.locator(".Toastify__toast--error")).to_be_visible()

    made = jupyter.ask("POST", "classroom/api/enter", {"title": "Linear algebra"})
    assert made["title"] == "Linear algebra"
    page.locator(".jp-Notebook .jp-CodeCell .cm-content").click()
    button.click()
    expect(page.locator(".Toastify__toast--success")).to_contain_text("Pushed to the class")
    keep(page, "lab-pushed")
    assert feed(jupyter, "Linear algebra") == [["code", "1 + 1", "python"]]

    open_board(page)
    expect(page.locator(".lm-TabBar-tabLabel", has_text="Board: Linear algebra")).to_be_visible()
    expect(button).to_be_visible()  # however narrow the board makes the notebook
    page.locator('.jp-SideBar [data-id="classroom-panel"]').click()
    expect(page.locator("#classroom-panel")).to_contain_text("Linear algebra")
    keep(page, "lab-board-open")
    assert not ours(complaints)


def test_a_class_is_started_from_the_empty_tab(tmp_path: Path, page: Page, complaints: list[str]) -> None:
    server = JupyterProcess(tmp_path)
    try:
        page.goto(server.page("lab?reset"))
        card = page.locator(".jp-LauncherCard", has_text=re.compile(r"^\s*Classroom\s*$"))
        expect(card).to_be_visible(timeout=SLOW)
        page.locator('.jp-SideBar [data-id="classroom-panel"]').click()
        expect(page.locator("#classroom-panel").get_by_label("What is it called?")).to_be_visible()
        card.click()
        tab = page.locator("#classroom-board")
        expect(tab.get_by_label("What is it called?")).to_be_visible()
        keep(page, "lab-begin")
        tab.get_by_role("button", name="Start the class").click()
        expect(tab.get_by_role("alert")).to_contain_text("Give it a name")
        tab.get_by_label("What is it called?").fill("Biology")
        page.keyboard.press("Enter")
        expect(page.locator(".lm-TabBar-tabLabel", has_text="Board: Biology")).to_be_visible()
        expect(page.locator("#classroom-panel")).to_contain_text("Biology")
        keep(page, "lab-begun")
        assert not ours(complaints)
    finally:
        server.stop()
