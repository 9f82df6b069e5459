"""Frames of a page with 10,000 real strokes, in a real browser: opening it, panning, zooming and drawing.

Chromium draws on a software canvas (no GPU), in a window of 1440 x 900. Its own trace says when each frame began and
how long the page's main thread worked for it, canvas painting included; what other processes did to the clock
meanwhile is in the intervals, and is why work is counted in processor time of that one thread.

    python benchmarks/frames.py                 # 10,000 strokes; the figures of README.md
    python benchmarks/frames.py --things        # and 200 shapes, texts and notes on top
    python benchmarks/frames.py --strokes 500 --seconds 0.3   # a quick look

Needs what the browser tests need: Chromium, Playwright, and the browser's part installed (npm ci in labextension).
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Page, sync_playwright  # noqa: E402

from hatch_build import node_commands  # noqa: E402
from tests.browser.chromium import FLAGS, chromium_path  # noqa: E402

BUDGET = 1000 / 60
"""Milliseconds of a frame."""
CATEGORIES = ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline", "blink.user_timing"]


class Frame(NamedTuple):
    """One frame: milliseconds since the one before, and of the main thread's work for it."""

    interval: float
    work: float


class Figures(NamedTuple):
    """What is told of one movement; milliseconds, but for the counts."""

    name: str
    frames: int
    work_median: float
    work_p95: float
    work_worst: float
    over: int
    interval_median: float
    interval_p95: float
    interval_worst: float


def quantile(values: list[float], share: float) -> float:
    """The value below which `share` of all lie; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def figures(name: str, frames: list[Frame]) -> Figures:
    work = [frame.work for frame in frames]
    gaps = [frame.interval for frame in frames]
    return Figures(
        name,
        len(frames),
        quantile(work, 0.5),
        quantile(work, 0.95),
        max(work, default=0.0),
        sum(one > BUDGET for one in work),
        quantile(gaps, 0.5),
        quantile(gaps, 0.95),
        max(gaps, default=0.0),
    )


def frames_of(trace: dict[str, Any]) -> list[Frame]:
    """The frames between the marks `begin` and `end` of a trace: what each task of the page's main thread took, summed
    from one animation frame to the next."""
    events = trace["traceEvents"]
    marks = {event["name"]: event for event in events if event["name"] in ("bench-begin", "bench-end")}
    begin, end = marks["bench-begin"], marks["bench-end"]
    thread = (begin["pid"], begin["tid"])
    ours = [e for e in events if (e["pid"], e["tid"]) == thread and begin["ts"] <= e["ts"] <= end["ts"]]
    starts = sorted(e["ts"] for e in ours if e["name"] == "FireAnimationFrame")
    tasks = [e for e in ours if e["name"] == "RunTask" and e["ph"] == "X"]
    if not tasks:
        tasks = [e for e in ours if e["name"] == "ThreadControllerImpl::RunTask" and e["ph"] == "X"]
    # A frame begins with the task in which its animation callback runs: the browser's own work for it comes after.
    edges = []
    for start in starts:
        holder = [t["ts"] for t in tasks if t["ts"] <= start <= t["ts"] + t["dur"]]
        edges.append(holder[0] if holder else start)
    edges = sorted({begin["ts"], *edges})
    found = []
    for low, high in itertools.pairwise(edges):
        work = sum(t.get("tdur", t["dur"]) for t in tasks if low <= t["ts"] < high)
        found.append(Frame((high - low) / 1000, work / 1000))
    return found


def built(folder: Path) -> Path:
    """The page of the board tests, bundled into the folder."""
    source = ROOT / "tests" / "browser" / "pages"
    esbuild = ROOT / "labextension" / "node_modules" / "esbuild" / "bin" / "esbuild"
    node, _, env = node_commands()
    options = ["--bundle", "--format=iife", f"--outdir={folder}", "--log-level=error"]
    subprocess.run([node, str(esbuild), str(source / "board.ts"), *options], env=env, check=True, timeout=60)
    html = (source / "board.html").read_text().replace('type="module" src', "defer src")
    (folder / "board.html").write_text(html)
    return folder / "board.html"


@contextmanager
def window(address: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(address)
        yield page
        browser.close()


def measured(page: Page, name: str, act: Callable[[], None]) -> Figures:
    """The frames while `act` goes on, and until the board rests."""
    browser = page.context.browser
    assert browser is not None
    browser.start_tracing(page=page, categories=CATEGORIES)
    page.evaluate("() => { performance.mark('bench-begin'); }")
    act()
    page.evaluate("settled()")
    page.evaluate("() => { performance.mark('bench-end'); }")
    return figures(name, frames_of(json.loads(browser.stop_tracing())))


def moves(page: Page, seconds: float, at: Callable[[float], tuple[float, float]]) -> None:
    """Moves the pointer along `at(0..1)`, a place each 8 ms, as a mouse or a pen tablet tells of it."""
    begin = time.perf_counter()
    while (now := time.perf_counter() - begin) < seconds:
        page.mouse.move(*at(now / seconds))
        time.sleep(0.004)


def pan(page: Page, seconds: float) -> None:
    page.mouse.move(720, 450)
    page.mouse.down(button="middle")
    moves(page, seconds, lambda t: (720 + 500 * math.sin(9 * t), 450 + 300 * math.sin(7 * t)))
    page.mouse.up(button="middle")


def zoom(page: Page, seconds: float) -> None:
    page.mouse.move(700, 430)
    page.keyboard.down("Control")
    begin = time.perf_counter()
    while (now := time.perf_counter() - begin) < seconds:
        page.mouse.wheel(0, -20 if now < seconds / 2 else 20)
        time.sleep(0.008)
    page.keyboard.up("Control")


def draw(page: Page, seconds: float) -> None:
    for part in range(3):
        page.mouse.move(300, 200 + 200 * part)
        page.mouse.down()
        moves(page, seconds / 3, lambda t, y=200 + 200 * part: (300 + 800 * t, y + 60 * math.sin(40 * t)))  # type: ignore[misc]
        page.mouse.up()


THINGS = """count => Array.from({length: count}, (_, i) => {
  const [x, y] = [40 + (i % 20) * 76, 40 + Math.floor(i / 20) * 84];
  const base = {id: `thing${i}`, page: "page1", z: `z${String.fromCharCode(97 + i % 26)}${i}b`, x, y, author: "p1"};
  const line = (b, text) => [b, 16, [[0, 60, "", text]]];
  if (i % 3 === 0)
    return make({...base, type: "shape", kind: ["rectangle", "ellipse", "arrow"][i / 3 % 3], w: 60, h: 50,
                 fill: "sky", dash: i % 2 ? "dashed" : "solid"});
  if (i % 3 === 1)
    return make({...base, type: "text", w: 70, h: 44, size: 16, text: "Real words",
                 lines: [line(16, "Real"), line(38, "words")]});
  return make({...base, type: "note", w: 64, h: 64, size: 14, text: "A note", lines: [line(30, "A note")]});
})"""


def run(strokes: int = 10_000, seconds: float = 4.0, things: int = 0) -> list[Figures]:
    """Opens the page and does everything once; the figures in that order."""
    real = json.loads((ROOT / "tests" / "data" / "ink-real.json").read_text())
    real = real["strokes"] if isinstance(real, dict) else real
    found = []
    with tempfile.TemporaryDirectory() as folder, window(built(Path(folder)).as_uri()) as page:
        more = f"({THINGS})({things})" if things else "[]"
        page.evaluate("settled()")
        page.evaluate(f"strokes => prepare(strokes, {strokes}, {more})", real)
        found.append(measured(page, "open", lambda: page.evaluate("show()")))
        found.append(measured(page, "pan, whole page", lambda: pan(page, seconds)))
        found.append(measured(page, "zoom in and out", lambda: zoom(page, seconds)))
        found.append(measured(page, "draw", lambda: draw(page, seconds)))
        page.evaluate("board.zoomTo(4)")
        page.evaluate("settled()")
        found.append(measured(page, "pan at 400 %", lambda: pan(page, seconds)))
        found.append(measured(page, "draw at 400 %", lambda: draw(page, seconds)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--strokes", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each movement")
    parser.add_argument("--things", action="store_true", help="200 shapes, texts and notes too")
    options = parser.parse_args()
    rows = run(options.strokes, options.seconds, 200 if options.things else 0)
    print("| movement | frames | work: median | p95 | worst | over 16.7 ms | interval: median | p95 | worst |")
    print("|---|---|---|---|---|---|---|---|---|")
    for row in rows:
        cells = [f"{value:.1f}" if isinstance(value, float) else str(value) for value in row[1:]]
        print(f"| {row.name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
