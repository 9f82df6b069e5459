/**
 * Texts that were kept before their formulas were here: laid out anew when the outlines come, by the window that wrote
 * them. No step of undo: it is the same text.
 */

import type { Session } from "../../client/contract";
import { equal } from "../../core/table";
import type { Written } from "./draw";
import type { Fonts } from "./fonts";
import type { FormulaBook } from "./formulas";
import { mathOf } from "./markup";
import { laid } from "./writing";

const AGAIN = 6_000;

export class Mender {
  private readonly waiting = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly session: Session,
    private readonly formulas: FormulaBook,
    private readonly fonts: () => Fonts,
  ) {}

  add(id: string): void {
    this.waiting.add(id);
    void this.mend();
  }

  /** The connection may be back. */
  again(): void {
    if (this.waiting.size) void this.mend();
  }

  destroy(): void {
    clearTimeout(this.timer);
    this.waiting.clear();
  }

  private async mend(): Promise<void> {
    clearTimeout(this.timer);
    for (const id of [...this.waiting]) {
      const before = this.record(id);
      if (!before) {
        this.waiting.delete(id);
        continue;
      }
      await this.formulas.want(mathOf(before.text));
      const now = this.record(id);
      if (!this.waiting.has(id) || !now) continue;
      if (mathOf(now.text).some(({ source, display }) => this.formulas.lacks(source, display))) continue;
      this.waiting.delete(id);
      const fonts = this.fonts();
      const align = now.type === "text" ? now.align : "left";
      const { lines, formulas, h } = laid(
        { kind: now.type, ...now, align },
        this.formulas.get,
        (words, look, size) => fonts.measure(words, look, size),
      );
      if (equal(formulas, now.formulas)) continue;
      this.session.change([{ op: "patch", ids: [id], fields: { lines, formulas, h } }]);
    }
    if (this.waiting.size) this.timer = setTimeout(() => void this.mend(), AGAIN);
  }

  private record(id: string): Written | null {
    const record = this.session.table.get(id);
    return record?.type === "text" || record?.type === "note" ? record : null;
  }
}
