/**
 * Importing a PDF: its pages become pages of the board, to write on.
 *
 * It promises that nothing is on the board until all pages are there, that they come as one change after the present page,
 * and that they can be taken out again from the toast. The server makes the pictures.
 */

import { useEffect, useRef, useState } from "preact/hooks";

import { DoorError, type PdfPage } from "../client/door";
import { several } from "../core/order";
import type { Op } from "../core/schema";
import { withDefaults } from "../core/schema";
import { Button } from "./controls";
import { Dialog } from "./layers";
import { megabytes, PDF, pick } from "./pictures";
import type { Room } from "./room";
import { useCell, useRoom } from "./room";
import { t } from "./words";

/** The dialog, while there is something to import. */
export function Importing() {
  const room = useRoom();
  const file = useCell(room.importing);
  if (file === null || !room.staff) return null;
  return <ImportDialog first={file || null} onClose={() => room.importing.set(null)} />;
}

interface Progress {
  readonly word: string;
  readonly share: number;
}

function ImportDialog({ first, onClose }: { first: File | null; onClose: () => void }) {
  const room = useRoom();
  const [progress, report] = useState<Progress | null>(null);
  const [problem, complain] = useState("");
  const running = useRef<AbortController | null>(null);

  const run = async (file: File) => {
    const job = new AbortController();
    running.current = job;
    const { name } = file;
    complain("");
    report({ word: t("import.sending", { name }), share: 0 });
    try {
      const pages = await room.door.importPdf(file, {
        signal: job.signal,
        sending: (done, total) =>
          report({
            word: t(done < total ? "import.sending" : "import.reading", { name }),
            share: total ? done / total : 0,
          }),
        making: (done, total) =>
          report({
            word: total
              ? t("import.page", { number: Math.min(done + 1, total), count: total })
              : t("import.reading", { name }),
            share: total ? done / total : 0,
          }),
      });
      if (job.signal.aborted) return;
      if (pages.length) {
        onClose();
        addPages(room, pages);
        return;
      }
      complain(t("import.none", { name }));
    } catch (error) {
      if (job.signal.aborted) return;
      complain(sentence(error, name));
    }
    report(null);
  };

  useEffect(() => {
    if (first) void run(first);
    return () => running.current?.abort();
  }, []);

  const ask = () => pick(room, PDF, "one", ([file]) => file && void run(file));

  const percent = progress ? Math.round(100 * progress.share) : 0;
  return (
    <Dialog title={t("import.title")} onClose={onClose}>
      {progress ? (
        <div class="cr-export__progress" role="status">
          <div class="cr-row cr-small">
            <span class="cr-grow cr-one-line">{progress.word}</span>
            <span class="cr-muted cr-num">{percent}%</span>
          </div>
          <div class="cr-bar">
            <i style={{ width: `${percent}%` }} />
          </div>
        </div>
      ) : problem ? (
        <p class="cr-problem" role="alert">
          {problem}
        </p>
      ) : (
        <p class="cr-muted cr-import__text">{t("import.text")}</p>
      )}
      <div class="cr-dialog__foot">
        <Button onPress={onClose}>{t("cancel")}</Button>
        {progress ? null : (
          <Button kind="main" onPress={ask}>
            {t(problem ? "import.again" : "import.choose")}
          </Button>
        )}
      </div>
    </Dialog>
  );
}

function sentence(error: unknown, name: string): string {
  if (!(error instanceof DoorError)) return t("import.failed", { name });
  if (error.code === "offline") return t("import.offline", { name });
  if (error.code === "not-a-pdf") return t("import.not", { name });
  const { size, limit } = error.parameters;
  if (error.code === "too-large" && size && limit)
    return t("import.large", { size: megabytes(size), most: megabytes(limit) });
  return error.sentence || t("import.failed", { name });
}

/** Puts the pages after the one that is shown, goes to the first, and offers to take them out again. */
function addPages(room: Room, made: readonly PdfPage[]): void {
  const { session } = room;
  const board = room.board.get();
  const before = board?.state.page ?? "";
  const pages = session.table.ofType("page");
  const at = pages.findIndex((page) => page.id === before);
  const low = pages[at < 0 ? pages.length - 1 : at];
  const high = at < 0 ? undefined : pages[at + 1];
  const orders = several(low?.order ?? null, high?.order ?? null, made.length);
  const ids = made.map(() => session.newId());
  session.change(
    made.map(
      (page, i): Op => ({
        op: "put",
        record: withDefaults({ type: "page", id: ids[i]!, order: orders[i]!, ...page }),
      }),
    ),
  );
  board?.goTo(ids[0]!);
  room.notices.show({
    text: t("import.done", { count: ids.length }),
    icon: "check",
    action: {
      label: t("undo"),
      run: () => {
        const gone = ids.filter((id) => session.table.get(id));
        const now = room.board.get();
        if (before && now && gone.includes(now.state.page)) now.goTo(before);
        if (gone.length) session.change([{ op: "patch", ids: gone, fields: { gone: true } }]);
        room.notices.show({ text: t("import.undone"), icon: "check" });
      },
    },
  });
}
