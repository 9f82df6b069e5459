/**
 * Which page, and whose copy of it, one window shows; going to another.
 *
 * It promises that what a hand was making ends where the page or the copy changes, and that a teacher who goes takes the
 * class along. Whom a window follows stands in `follow.ts`.
 */

import type { ClassBoard } from "./board";
import { copyFor } from "./copies";
import { classOf, pagesOf } from "./follow";

export class Pages {
  /** What is shown; "" before there is any. */
  page = "";
  /** Whose copy staff have chosen to look at; the picture's copy is what comes of it. */
  private opened = "";

  constructor(private readonly board: ClassBoard) {}

  /** The person goes there. */
  goTo(page: string): void {
    const { session } = this.board;
    if (!pagesOf(session).some(({ id }) => id === page)) return;
    if (session.me?.role === "teacher") {
      if (classOf(session)?.page !== page)
        session.change([{ op: "patch", ids: ["class"], fields: { page } }]);
    } else if (page !== this.page) this.board.stray();
    if (page !== this.page) this.show(page);
  }

  /** Pages onwards (1) or back (-1). */
  step(by: number): void {
    const pages = pagesOf(this.board.session);
    const next = pages[pages.findIndex(({ id }) => id === this.page) + by];
    if (next) this.goTo(next.id);
  }

  openCopy(copy: string): void {
    if (!this.board.session.staff) return;
    this.board.settle();
    this.opened = copy;
    this.recopy();
  }

  show(page: string): void {
    const { board } = this;
    board.editor.leave();
    board.putAway();
    board.selecting.leave();
    if (page !== this.page && this.opened !== "") {
      this.opened = "";
      board.session.show({ copy: "" });
    }
    this.page = page;
    this.reload();
    board.placing?.shown();
    board.camera.fit();
    board.editor.check();
    board.describe();
  }

  /** Takes up anew all that lies on the page. */
  reload(): void {
    const { session, picture } = this.board;
    picture.load(this.page, performance.now(), copyFor(session, this.page, this.opened));
  }

  /** Another copy of the page is meant now, or none: what a hand was drawing on the one before is not for this one. */
  recopy(): boolean {
    const { board } = this;
    const { session, picture } = board;
    const copy = copyFor(session, this.page, this.opened);
    if (copy === "") this.opened = "";
    if (copy === picture.copy) return false;
    board.editor.leave();
    board.input.cancel();
    board.tool.drop?.();
    board.selecting.leave();
    picture.load(this.page, performance.now(), copy);
    board.placing?.shown();
    // From now on what is said of this person is said of that copy, whatever comes first.
    session.show({ copy });
    board.hands.retell();
    board.describe();
    board.ask();
    return true;
  }
}
