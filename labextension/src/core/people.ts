/** How people are told apart everywhere: one ink of the palette each, which cursors and avatars share, and a short name. */

import { PALETTE } from "./schema";

/** The palette's name of the ink that stands for a person; grey for nobody that is known. `ink` and `grey` are left out:
 * they are what most is written with. */
export function personColour(person: string): string {
  const names = PALETTE.slice(2);
  return /^p\d+$/.test(person) ? names[Number(person.slice(1)) % names.length]! : "grey";
}

/** The first of a person's names: what a cursor or a short sentence has room for. */
export function firstName(name: string): string {
  return name.trim().split(/\s+/)[0] ?? name;
}
