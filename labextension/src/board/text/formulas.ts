/**
 * The outlines of mathematics, as the server makes them: asked for once, kept by source.
 *
 * It promises that what it holds is bounded, that a source which cannot be read is asked for once and said why, and that
 * one which could not be asked for (no connection) is asked for again later.
 */

import type { Formula } from "../../core/schema";

/** @throws an error whose `sentence` is for people where the mathematics cannot be read; any other: ask again later */
export type AskFormula = (source: string, display: boolean) => Promise<Formula>;

const MOST = 500;
/** Milliseconds before what was not answered is asked for again. */
const AGAIN = 5_000;

type Known = { formula: Formula } | { problem: string } | { failed: number };

const keyOf = (source: string, display: boolean) => `${display ? "$$" : "$"}${source}`;

export class FormulaBook {
  private readonly known = new Map<string, Known>();
  private readonly asked = new Map<string, Promise<void>>();

  constructor(private readonly ask: AskFormula | undefined) {}

  /** What a record brought with it need not be asked for. */
  learn(formulas: readonly Formula[]): void {
    for (const formula of formulas) this.keep(keyOf(formula.source, formula.display), { formula });
  }

  readonly get = (source: string, display: boolean): Formula | undefined => {
    const known = this.known.get(keyOf(source, display));
    return known && "formula" in known ? known.formula : undefined;
  };

  /** Why it cannot be read; "" where it can, or where nobody knows yet. */
  problem(source: string, display: boolean): string {
    const known = this.known.get(keyOf(source, display));
    return known && "problem" in known ? known.problem : "";
  }

  /** Is it yet to be had? */
  lacks(source: string, display: boolean): boolean {
    const known = this.known.get(keyOf(source, display));
    return this.ask !== undefined && (!known || "failed" in known);
  }

  /** Resolves when each of them is here, cannot be read, or could not be asked for. */
  async want(all: readonly { source: string; display: boolean }[]): Promise<void> {
    await Promise.all(all.map(({ source, display }) => this.fetch(source, display)));
  }

  private fetch(source: string, display: boolean): Promise<void> {
    const key = keyOf(source, display);
    const known = this.known.get(key);
    const { ask } = this;
    if (!ask || (known && !("failed" in known && performance.now() - known.failed > AGAIN)))
      return Promise.resolve();
    let asked = this.asked.get(key);
    if (!asked) {
      asked = ask(source, display)
        .then(
          (formula) => this.keep(key, { formula }),
          (error: unknown) => {
            const { sentence = "", status = 0 } = (error ?? {}) as { sentence?: string; status?: number };
            // A refusal of the source itself stays; a server that is away, or busy, is asked again.
            const final = (status === 400 || status === 422) && sentence !== "";
            this.keep(key, final ? { problem: sentence } : { failed: performance.now() });
          },
        )
        .finally(() => this.asked.delete(key));
      this.asked.set(key, asked);
    }
    return asked;
  }

  private keep(key: string, known: Known): void {
    this.known.delete(key);
    this.known.set(key, known);
    for (const oldest of this.known.keys()) {
      if (this.known.size <= MOST) break;
      this.known.delete(oldest);
    }
  }
}
