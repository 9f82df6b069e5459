import { describe, expect, it } from "vitest";

import cases from "../../../tests/vectors/shapes.json";
import { DEFAULTS, type Shape } from "../core/schema";
import { shapePaths } from "../core/shapes";
import { Materials } from "./materials";
import { Scene } from "./scene";
import { figureBox, figureNear } from "./shapes";

const shape = (more: object): Shape =>
  ({ ...DEFAULTS.shape, type: "shape", id: "s", page: "a", z: "a1", author: "p1", ...more }) as Shape;
const box = { x: 100, y: 100, w: 200, h: 100, width: 4 };

it.each(cases)("is held by its box: $name", ({ shape: figure }) => {
  const { minX, minY, maxX, maxY } = figureBox(shape(figure));
  const out = shapePaths(shape(figure)).stroke.some((polygon) =>
    polygon.some((v, i) => (i % 2 ? v < minY || v > maxY : v < minX || v > maxX)),
  );
  expect(out).toBe(false);
});

describe("a shape", () => {
  const near = (more: object, x: number, y: number, reach = 1) =>
    figureNear(shape({ ...box, ...more }), x, y, x, y, reach);

  it("is touched on its line, and inside where it is filled", () => {
    for (const kind of ["rectangle", "ellipse", "polygon"]) {
      const corners =
        kind === "polygon"
          ? [
              [0.5, 0],
              [1, 1],
              [0, 1],
            ]
          : []; // prettier-ignore
      expect(near({ kind, corners }, 200, 150)).toBe(false);
      expect(near({ kind, corners, fill: "red" }, 200, 150)).toBe(true);
      expect(near({ kind, corners }, 200, kind === "polygon" ? 200 : 102)).toBe(true);
      expect(near({ kind, corners, fill: "red" }, 103, 103)).toBe(kind === "rectangle");
    }
    expect(near({ kind: "line", fill: "red" }, 120, 190)).toBe(false);
    expect(near({ kind: "line" }, 200, 152)).toBe(true);
    expect(near({ kind: "arrow" }, 294, 188)).toBe(true);
    expect(near({ kind: "line" }, 294, 188)).toBe(false);
  });

  it("is touched where its transform has laid it", () => {
    const transform = [0, 1, -1, 0, 500, 0];
    expect(near({ kind: "rectangle", transform }, 400, 200)).toBe(true);
    expect(near({ kind: "rectangle", transform }, 100, 150)).toBe(false);
    expect(near({ kind: "rectangle", fill: "red", transform }, 350, 200)).toBe(true);
  });

  it("lies in a scene like ink, and damages nothing when it comes back confirmed", () => {
    const scene = new Scene("a", new Materials());
    const first = shape({
      ...box,
      kind: "polygon",
      corners: [
        [0, 0],
        [1, 1],
        [0, 1],
      ],
      author: "",
    }); // prettier-ignore
    expect(scene.put(first).map(({ kind }) => kind)).toEqual(["top"]);
    expect(
      scene.put({
        ...first,
        corners: [
          [0, 0],
          [1, 1],
          [0, 1],
        ],
        author: "p1",
        time: 5,
      }),
    ).toEqual([]); // prettier-ignore
    expect(scene.put({ ...first, fill: "blue" })).toHaveLength(2);
    expect(scene.put({ ...first, fill: "blue", corners: [] })).toHaveLength(2);
    expect(scene.remove("s")).toHaveLength(1);
    expect(scene.size).toBe(0);
  });
});
