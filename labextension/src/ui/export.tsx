/**
 * Exporting the board: which pages, which format, then progress in words with Cancel.
 *
 * The server draws; this asks for it, shows how far it is, and hands the file to the browser.
 */

import { useEffect, useRef, useState } from "preact/hooks";

import { DoorError } from "../client/door";
import { Button, Segmented } from "./controls";
import { Dialog } from "./layers";
import { Thumbnail } from "./pages";
import { usePages, useRoom } from "./room";
import { t } from "./words";

const FORMATS = [
  { value: "pdf", label: "PDF" },
  { value: "png", label: "PNG" },
  { value: "jpeg", label: "JPEG" },
  { value: "webp", label: "WebP" },
  { value: "svg", label: "SVG" },
] as const;

type Format = (typeof FORMATS)[number]["value"];

/** Lets the browser save a file. */
export function save(file: Blob, name: string, near: HTMLElement): void {
  const link = near.ownerDocument.createElement("a");
  const url = URL.createObjectURL(file);
  link.href = url;
  link.download = name;
  near.append(link);
  link.click();
  link.remove();
  // The download has its own hold on the data once it has begun.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

export function ExportDialog({ onClose }: { onClose: () => void }) {
  const room = useRoom();
  const pages = usePages();
  const [format, choose] = useState<Format>("png");
  const [left, leave] = useState<ReadonlySet<string>>(() => new Set());
  const [progress, report] = useState<{ done: number; total: number } | null>(null);
  const [problem, complain] = useState("");
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);
  const chosen = pages.filter((page) => !left.has(page.id));

  const run = async () => {
    if (!chosen.length) return complain(t("export.none"));
    const job = new AbortController();
    running.current = job;
    complain("");
    report({ done: 0, total: chosen.length });
    try {
      const ids = chosen.map((page) => page.id);
      const { file, name } = await room.door.export(
        { format, pages: ids, scale: 2, theme: "light" },
        { signal: job.signal, progress: (done, total) => report({ done, total }) },
      );
      if (job.signal.aborted) return;
      save(file, name, room.root ?? document.body);
      room.notices.show({ text: t("export.done"), icon: "export" });
      onClose();
    } catch (error) {
      if (job.signal.aborted) return;
      complain(error instanceof DoorError && error.sentence ? error.sentence : t("export.failed"));
    } finally {
      if (running.current === job) {
        running.current = null;
        report(null);
      }
    }
  };

  const cancel = () => {
    if (!running.current) return onClose();
    running.current.abort();
    running.current = null;
    report(null);
  };

  const share = progress?.total ? Math.round((100 * progress.done) / progress.total) : 0;
  return (
    <Dialog title={t("export.title")} wide onClose={onClose}>
      <div class="cr-thumbs" role="group" aria-label={t("page.all")}>
        {pages.map((page, index) => {
          const on = !left.has(page.id);
          return (
            <button
              key={page.id}
              type="button"
              class={on ? "cr-thumb cr-on" : "cr-thumb"}
              aria-pressed={on}
              aria-label={t("export.pick", { number: index + 1 })}
              disabled={progress !== null}
              onClick={() => {
                const next = new Set(left);
                if (on) next.add(page.id);
                else next.delete(page.id);
                leave(next);
              }}
            >
              <Thumbnail page={page} />
              <span class="cr-thumb__name cr-one-line">
                <b>{index + 1}</b> {page.title}
              </span>
            </button>
          );
        })}
      </div>
      <div class="cr-row cr-export__row">
        <Segmented
          name={t("export.format")}
          value={format}
          choices={FORMATS}
          onChange={choose}
          disabled={progress !== null}
        />
        <span class="cr-small cr-muted">
          {chosen.length === pages.length
            ? t("export.pages", { count: pages.length })
            : t("export.chosen", { count: chosen.length, all: pages.length })}
        </span>
      </div>
      {progress ? (
        <div class="cr-export__progress" role="status">
          <div class="cr-row cr-small">
            <span class="cr-grow">
              {t("export.drawing", {
                number: Math.min(progress.done + 1, progress.total || chosen.length),
                count: progress.total || chosen.length,
              })}
            </span>
            <span class="cr-muted cr-num">{share}%</span>
          </div>
          <div class="cr-bar">
            <i style={{ width: `${share}%` }} />
          </div>
        </div>
      ) : null}
      {problem ? (
        <p class="cr-problem" role="alert">
          {problem}
        </p>
      ) : null}
      <div class="cr-dialog__foot">
        <Button onPress={cancel}>{t("cancel")}</Button>
        <Button kind="main" disabled={progress !== null || !chosen.length} onPress={() => void run()}>
          {t(progress ? "export.busy" : "export.go")}
        </Button>
      </div>
    </Dialog>
  );
}
