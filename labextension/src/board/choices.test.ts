import { describe, expect, it } from "vitest";

import { Choices, KEPT } from "./choices";

const TOOLS = { pen: 1, shape: 1, highlighter: 1, eraser: 1, laser: 1, hand: 1 };

function kept(choices: Choices): Record<string, unknown> {
  const all: Record<string, unknown> = { tool: choices.tool, ...choices.choice };
  return JSON.parse(JSON.stringify(Object.fromEntries(KEPT.map((key) => [key, all[key]]))));
}

describe("what was chosen", () => {
  it("is found again, for every tool", () => {
    const before = new Choices();
    before.setColour("red");
    before.setWidth(14);
    before.tool = "eraser";
    before.setWidth(40);
    before.choice.eraserPart = true;
    before.setShape({ kind: "ellipse", fill: true });
    before.setShape({ dash: "dotted" });
    before.choice.snap = false;
    before.choice.lasso = true;
    before.tool = "note";
    before.setColour("green");
    before.stepWidth(1);
    before.setText({ align: "right" });
    before.tool = "highlighter";
    before.setColour("sky");
    before.choice.pace = false;
    before.setWidth(44);
    const after = new Choices();
    after.restore(kept(before), TOOLS);
    expect(kept(after)).toEqual(kept(before));
    expect(kept(after)).toEqual({
      tool: "highlighter",
      colour: "red",
      width: 14,
      hlColour: "sky",
      hlWidth: 44,
      eraserSize: 40,
      eraserPart: true,
      pace: false,
      shape: "ellipse",
      shapeFill: true,
      shapeDash: "dotted",
      snap: false,
      lasso: true,
      textSize: 48,
      textAlign: "right",
      noteColour: "green",
    });
  });

  it("is taken up only as far as it is sound, and a light is not found switched on", () => {
    const fresh = kept(new Choices());
    for (const odd of [
      {},
      { tool: "laser" },
      {
        tool: "toString",
        colour: "url(x)",
        width: -1,
        hlColour: "ink",
        hlWidth: 1e9,
        eraserSize: "20",
        eraserPart: "no",
        shape: "star",
        shapeFill: 1,
        shapeDash: "wavy",
        snap: "no",
        textSize: 33,
        textAlign: "top",
        noteColour: "beige",
      },
      { tool: 3, colour: null, width: Number.NaN, hlColour: {}, hlWidth: [], eraserSize: null },
    ]) {
      const choices = new Choices();
      choices.restore(odd, TOOLS);
      expect(kept(choices)).toEqual(fresh);
    }
  });
});
