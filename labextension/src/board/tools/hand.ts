/** The hand: it does nothing to the page, so that dragging pans. */

import type { Tool } from "./tool";

export class Hand implements Tool {
  readonly name = "hand";
  readonly acts = false;
  begin(): void {}
  move(): void {}
  end(): void {}
  cancel(): void {}
}
