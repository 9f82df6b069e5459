/** The laser pointer's hand: it leaves a light that fades and nothing else. Hovering shows it too (`board.ts`). */

import type { Bench, Tool, Touch } from "./tool";

export class Laser implements Tool {
  readonly name = "laser";
  readonly acts = true;
  private bench: Bench | null = null;

  begin(bench: Bench, at: Touch): void {
    this.bench = bench;
    bench.shine([at], true);
  }

  move(touches: readonly Touch[]): void {
    this.bench?.shine(touches, true);
  }

  end(): void {
    this.bench?.shine([], false);
    this.bench = null;
  }

  cancel(): void {
    this.end();
  }
}
