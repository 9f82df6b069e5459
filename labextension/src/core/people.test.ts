import { expect, it } from "vitest";
import { firstName, personColour } from "./people";

it("gives people who enter one after another different inks, and nobody the board's own", () => {
  const some = ["p1", "p2", "p6", "p7", "", "x"].map(personColour);
  expect(some).toEqual(["amber", "green", "red", "amber", "grey", "grey"]);
});

it("shortens a name to the first one", () => {
  expect([" Ngozi Okafor", "Ana", "李 明", ""].map(firstName)).toEqual(["Ngozi", "Ana", "李", ""]);
});
