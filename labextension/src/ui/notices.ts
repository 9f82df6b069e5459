/**
 * The toasts of one panel: one at a time, five seconds (ten with an action), waiting while someone points at it.
 *
 * It promises that a later notice waits until the one before has been shown for a moment, and that nothing is shown twice
 * in a row. It only keeps what is to be shown and when it goes; `toast.tsx` draws it.
 */

export interface Notice {
  text: string;
  icon?: string;
  action?: { label: string; run: () => void };
}

const PLAIN_MS = 5_000;
const ACTION_MS = 10_000;
const QUEUE = 3;

export class Notices {
  private readonly watchers = new Set<() => void>();
  private readonly waiting: Notice[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private held = false;
  current: Notice | null = null;

  /** Shows it now, in place of a plain one; after one that still offers an action. */
  show(notice: Notice): void {
    if (this.current?.text === notice.text && !notice.action) {
      this.start();
      return;
    }
    if (this.current?.action && !notice.action) {
      if (this.waiting.length < QUEUE) this.waiting.push(notice);
      return;
    }
    this.current = notice;
    this.start();
  }

  /** Takes the present one away. */
  dismiss(): void {
    clearTimeout(this.timer);
    this.current = this.waiting.shift() ?? null;
    if (this.current) this.start();
    else this.tell();
  }

  /** Takes it away if it is still this one: what it said is no longer so. */
  withdraw(text: string): void {
    if (this.current?.text === text) this.dismiss();
  }

  /** While held (hovered, focused), it stays. */
  hold(held: boolean): void {
    this.held = held;
    if (held) clearTimeout(this.timer);
    else if (this.current) this.start();
  }

  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  clear(): void {
    clearTimeout(this.timer);
    this.waiting.length = 0;
    this.current = null;
    this.tell();
  }

  private start(): void {
    clearTimeout(this.timer);
    if (!this.held)
      this.timer = setTimeout(() => this.dismiss(), this.current?.action ? ACTION_MS : PLAIN_MS);
    this.tell();
  }

  private tell(): void {
    for (const watcher of [...this.watchers]) watcher();
  }
}
