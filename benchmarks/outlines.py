"""Outlines of 1,058 real strokes in JavaScript: ours beside perfect-freehand, alternately in one run of node.

    python benchmarks/outlines.py [rounds]

perfect-freehand is fetched from npm into the user's cache the first time; it is no dependency of the project. Both get
the same points with their pressure and a width of 3, and end with an outline: ours with polygons in working memory,
theirs with a list of points. Theirs smooths and simplifies more, ours bends curves between points: what is compared is
what drawing one real stroke costs in either.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import platformdirs

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from hatch_build import node_commands  # noqa: E402

PEER = "perfect-freehand@1.2.3"
SOURCES = ROOT / "labextension"
SCRIPT = """
import { readFileSync } from "node:fs";
import { getStroke } from "perfect-freehand";
import { Outliner } from "./src/core/outline";

const [, , file, rounds] = process.argv;
const strokes = JSON.parse(readFileSync(file, "utf8")).strokes.map(({ points }) => points);
const flat = strokes.map((points) => Float64Array.from(points.flat()));
const count = strokes.reduce((sum, points) => sum + points.length, 0);
const outliner = new Outliner();
const options = { size: 3, simulatePressure: false, last: true };
const ways = {
  "classroom": () => flat.reduce((sum, points) => sum + outliner.trace(points, 3, 4, "pen").polygons, 0),
  "perfect-freehand": () =>
    strokes.reduce((sum, points) => sum + getStroke(points, options).length, 0),
};
const times = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
let seen = 0;
for (let round = -3; round < Number(rounds); round++)
  for (const [name, way] of Object.entries(ways)) {
    const begun = performance.now();
    for (let again = 0; again < 4; again++) seen += way();
    if (round >= 0) times[name].push((performance.now() - begun) / 4);
  }
if (!(seen > 0)) throw new Error("nothing was drawn");
const middle = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const [mine, other] = Object.values(times);
const ratio = middle(mine.map((ms, round) => other[round] / ms));
const [ours, theirs] = [middle(mine), middle(other)];
const rate = (ms) => (count / ms / 1000).toFixed(1);
console.log(`${strokes.length} strokes, ${count} points`);
console.log(`classroom ${ours.toFixed(1)} ms (${rate(ours)} million points a second)`);
console.log(`perfect-freehand ${theirs.toFixed(1)} ms (${rate(theirs)} million points a second)`);
console.log(`ratio ${ratio.toFixed(2)} (median of the rounds' own)`);
"""


def main(rounds: int) -> None:
    """Prints both times and their ratio."""
    node, npm, env = node_commands()
    place = Path(platformdirs.user_cache_dir("classroom-benchmarks"))
    if not (place / "node_modules" / "perfect-freehand").is_dir():
        place.mkdir(parents=True, exist_ok=True)
        subprocess.run([*npm, "install", "--no-save", "--prefix", str(place), PEER], env=env, check=True)
    bundle = place / "outlines.mjs"
    options = ["--bundle", "--format=esm", "--platform=node", "--loader=ts", f"--outfile={bundle}", "--log-level=error"]
    subprocess.run(
        [node, str(SOURCES / "node_modules" / "esbuild" / "bin" / "esbuild"), *options],
        cwd=SOURCES, env={**env, "NODE_PATH": str(place / "node_modules")}, input=SCRIPT, text=True, check=True,
    )  # fmt: skip
    data = ROOT / "tests" / "data" / "ink-real.json"
    subprocess.run([node, str(bundle), str(data), str(rounds)], env=env, check=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
