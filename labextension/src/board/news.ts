/**
 * What the session tells one board: changes of the table, others' strokes, cursors and writing, refusals, the connection.
 *
 * It promises that the board leaves a page that is gone, shows the copy that is meant from then on, and that a hand stops
 * when its person may draw no more. It must never draw: it says to the parts what has come.
 */

import type { SessionEvents, TableNews } from "../client/contract";
import { DRAWABLE, type Drawable } from "../core/schema";
import type { ClassBoard } from "./board";
import { liesOn } from "./copies";
import { pageAfter, startPage } from "./follow";
import { thingOf } from "./thing";

export class News {
  private readonly off: (() => void)[] = [];
  /** Where this window began, until it is known that nothing is on its way any more. */
  private readonly began: string;
  private known: boolean;

  constructor(private readonly board: ClassBoard) {
    const { session, picture, gallery, writers, following } = board;
    this.began = board.page;
    this.known = session.status === "live";
    const on = <K extends keyof SessionEvents>(event: K, listener: (news: SessionEvents[K]) => void) =>
      this.off.push(session.on(event, listener));
    on("table", (news) => this.table(news));
    on("status", (status) => {
      if (status === "live") {
        picture.materials.images.retry();
        board.mender.again();
        this.arrived();
      }
      board.ask();
    });
    on("live", (stroke) => {
      picture.live(stroke);
      gallery.live(stroke);
    });
    on("draft", ({ person }) => picture.draft(person));
    on("undo", () => board.ask());
    on("here", () => board.ask());
    on("presence", ({ person, presence }) => {
      if (picture.cursors.update(person, presence, board.page, picture.copy, performance.now())) board.ask();
      if (presence?.view) following.viewed(person);
      if (writers.update(person, presence)) {
        picture.moved = true;
        board.ask();
      }
    });
    on("refused", (change) => this.refused(change));
  }

  destroy(): void {
    for (const off of this.off) off();
  }

  private table(news: TableNews): void {
    const { board } = this;
    const { session, picture } = board;
    board.gallery.news(news);
    const { page } = board;
    const record = session.table.get(page);
    if (news.reset) {
      if (page && record?.type === "page" && !record.gone) board.pages.reload();
      else board.showPage(startPage(session));
      picture.cursors.rename();
      board.following.note();
      board.following.now(false);
    } else {
      if (page === "" || (record?.type === "page" && record.gone) || record === undefined) {
        const next = pageAfter(session, page);
        if (next !== page) this.leave(next);
      }
      if (!board.pages.recopy()) picture.news(news);
      if (news.put.has(board.page)) board.camera.resized();
      if (news.put.has("class")) board.following.classChanged();
      picture.cursors.rename();
    }
    if (!board.mayDraw()) {
      if (board.acting) board.input.cancel();
      board.tool.drop?.();
    }
    board.selecting.news(news);
    board.editor.check();
    board.repoint();
    board.describe();
    board.ask();
  }

  /** The first table may have been an old one, with the changes since on their way: then the class has gone on. */
  private arrived(): void {
    if (this.known) return;
    this.known = true;
    const { board } = this;
    const start = startPage(board.session);
    if (board.page === this.began && start !== board.page && start !== "") board.showPage(start);
  }

  /** The page that was shown is gone. */
  private leave(next: string): void {
    const { session } = this.board;
    this.board.showPage(next);
    if (session.me?.role === "teacher" && next)
      session.change([{ op: "patch", ids: ["class"], fields: { page: next } }]);
  }

  /** What was drawn and is not taken fades. */
  private refused({ ops }: SessionEvents["refused"]): void {
    const { board } = this;
    const { picture } = board;
    board.editor.refused(ops);
    for (const op of ops) {
      if (op.op !== "put" || !DRAWABLE.has(op.record.type)) continue;
      const record = op.record as Drawable;
      const here = record.page === board.page && liesOn(record, picture.copy);
      const thing = here ? thingOf(record, picture.materials) : null;
      if (!thing) continue;
      picture.fade({ box: thing, alpha: 1, draw: (context, inks) => thing.draw(context, inks) });
    }
  }
}
