/**
 * Exporting the board: what of it, as what, then progress in words with Cancel.
 *
 * The server draws; this asks for it, shows how far it is, and hands the file to the browser. What is asked for most is in
 * sight, the rest is folded away; nothing is offered that the person may not have.
 */

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { DoorError, type ExportRequest } from "../client/door";
import type { Page } from "../core/schema";
import { Button, type Choice, Segmented, Switch } from "./controls";
import { Dialog } from "./layers";
import { Thumbnail } from "./pages";
import { useBoardState, usePages, usePeople, useRoom } from "./room";
import { type Key, t } from "./words";

type What = "pages" | "page" | "selection";
type Kind = "pdf" | "png" | "svg" | "notebook" | "replay";

/** What each kind can be written as; the first is what it is unless one says otherwise. */
const TYPES: Readonly<Record<Kind, readonly Choice<string>[]>> = {
  pdf: [{ value: "pdf", label: "PDF" }],
  png: [
    { value: "png", label: "PNG" },
    { value: "jpeg", label: "JPEG" },
    { value: "webp", label: "WebP" },
  ],
  svg: [
    { value: "svg", label: "SVG" },
    { value: "excalidraw", label: "Excalidraw" },
  ],
  notebook: [
    { value: "ipynb", label: "Jupyter" },
    { value: "md", label: "Markdown" },
  ],
  replay: [
    { value: "gif", label: "GIF" },
    { value: "webp", label: "WebP" },
    { value: "apng", label: "APNG" },
  ],
};
const SCALES = ["1", "2", "4"] as const;
const WIDTHS = ["480", "800", "1280", "1920"] as const;
const SPEEDS = ["1", "2", "4", "8", "16"] as const;
/** Seconds that a pause is cut to, and what stands for not cutting it. */
const CUT = 2;
const UNCUT = 3_600;
/** Characters without a font that are named one by one. */
const NAMED = 12;

const choices = <T extends string>(values: readonly T[], label: (value: T) => string): Choice<T>[] =>
  values.map((value) => ({ value, label: label(value) }));

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
  const state = useBoardState();
  const selection = useRef(room.board.get()?.selection ?? []).current;
  const [what, choose] = useState<What>(selection.length ? "selection" : "pages");
  const [kind, take] = useState<Kind>("pdf");
  const [type, write] = useState("");
  const [left, leave] = useState<ReadonlySet<string>>(() => new Set());
  const [scale, size] = useState<(typeof SCALES)[number]>("2");
  const [width, widen] = useState<(typeof WIDTHS)[number]>("800");
  const [theme, dress] = useState<"light" | "dark">("light");
  const [speed, hasten] = useState<(typeof SPEEDS)[number]>("4");
  const [cut, shorten] = useState(true);
  const [copy, pick] = useState(state?.copy ?? "");
  const [progress, report] = useState<{ done: number; total: number } | null>(null);
  const [problem, complain] = useState("");
  const [missing, lack] = useState("");
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);

  const kinds: Kind[] =
    what === "selection"
      ? ["pdf", "png", "svg"]
      : room.staff
        ? ["pdf", "png", "svg", "notebook", "replay"]
        : ["pdf", "png", "svg", "notebook"];
  const now = kinds.includes(kind) ? kind : "pdf";
  const types = TYPES[now];
  const format = types.find(({ value }) => value === type)?.value ?? types[0]!.value;
  const chosen =
    what === "page"
      ? pages.filter((page) => page.id === state?.page)
      : pages.filter((page) => what === "selection" || !left.has(page.id));
  const busy = progress !== null;
  const copied = what !== "selection" && chosen.some((page) => page.audience === "each");

  const request = (): ExportRequest => {
    const asked: ExportRequest = { format, theme };
    if (what === "selection") asked.ids = selection;
    else asked.pages = chosen.map((page) => page.id);
    if (now === "replay") {
      Object.assign(asked, {
        replay: true,
        speed: Number(speed),
        pause: cut ? CUT : UNCUT,
        width: Number(width),
      });
      // All pages of a replay are those that were shown, one after the other.
      if (chosen.length > 1) delete asked.pages;
    } else asked.scale = Number(scale);
    if (room.staff && copied) asked.copy = copy;
    return asked;
  };

  const run = async () => {
    if (!chosen.length) return complain(t("export.none"));
    const job = new AbortController();
    running.current = job;
    complain("");
    lack("");
    report({ done: 0, total: 0 });
    try {
      const made = await room.door.export(request(), {
        signal: job.signal,
        progress: (done, total) => report({ done, total }),
      });
      if (job.signal.aborted) return;
      save(made.file, made.name, room.root ?? document.body);
      if (made.missing) {
        lack(made.missing);
        return;
      }
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

  const whats: Choice<What>[] = [
    ...(selection.length
      ? [{ value: "selection" as const, label: t("export.selection", { count: selection.length }) }]
      : []),
    { value: "page", label: t("export.page") },
    { value: "pages", label: t("export.all") },
  ];
  return (
    <Dialog title={t("export.title")} wide onClose={onClose}>
      {pages.length > 1 || selection.length ? (
        <div class="cr-row cr-export__row cr-export__what">
          <Segmented name={t("export.what")} value={what} choices={whats} onChange={choose} disabled={busy} />
          <span class="cr-small cr-muted">
            {what !== "pages"
              ? ""
              : chosen.length === pages.length
                ? t("export.pages", { count: pages.length })
                : t("export.chosen", { count: chosen.length, all: pages.length })}
          </span>
        </div>
      ) : null}
      {what === "pages" || pages.length === 1 ? (
        <Pages pages={pages} left={left} disabled={busy} onChange={leave} />
      ) : null}
      <div class="cr-row cr-export__row">
        <Segmented
          name={t("export.format")}
          value={now}
          choices={choices(kinds, (value) => t(`export.kind.${value}` as Key))}
          onChange={(value) => {
            take(value);
            write("");
          }}
          disabled={busy}
        />
      </div>
      <details class="cr-export__more">
        <summary class="cr-small">{t("export.more")}</summary>
        <div class="cr-export__grid">
          {types.length > 1 ? (
            <Line label={t("export.type")}>
              <Segmented
                name={t("export.type")}
                value={format}
                choices={types}
                onChange={write}
                disabled={busy}
              />
            </Line>
          ) : null}
          {now === "replay" ? (
            <>
              <Line label={t("export.speed")}>
                <Segmented
                  name={t("export.speed")}
                  value={speed}
                  choices={choices(SPEEDS, (value) => t("export.times", { value }))}
                  onChange={hasten}
                  disabled={busy}
                />
              </Line>
              <Line label={t("export.cut")}>
                <Switch on={cut} name={t("export.cut")} onChange={shorten} />
              </Line>
              <Line label={t("export.width")}>
                <Segmented
                  name={t("export.width")}
                  value={width}
                  choices={choices(WIDTHS, (value) => value)}
                  onChange={widen}
                  disabled={busy}
                />
              </Line>
            </>
          ) : now === "png" || now === "notebook" ? (
            <Line label={t("export.size")}>
              <Segmented
                name={t("export.size")}
                value={scale}
                choices={choices(SCALES, (value) => t(`export.size.${value}`))}
                onChange={size}
                disabled={busy}
              />
            </Line>
          ) : null}
          <Line label={t("export.theme")}>
            <Segmented
              name={t("export.theme")}
              value={theme}
              choices={choices(["light", "dark"] as const, (value) => t(`export.theme.${value}`))}
              onChange={dress}
              disabled={busy}
            />
          </Line>
          {room.staff && copied ? <Copies copy={copy} disabled={busy} onChange={pick} /> : null}
        </div>
      </details>
      {progress ? <Progress {...progress} replay={now === "replay"} /> : null}
      {problem ? (
        <p class="cr-problem" role="alert">
          {problem}
        </p>
      ) : null}
      {missing ? (
        <p class="cr-note-warn" role="status">
          {t("export.missing", { glyphs: named(missing) })}
        </p>
      ) : null}
      <div class="cr-dialog__foot">
        <Button onPress={cancel}>{t(missing && !busy ? "close" : "cancel")}</Button>
        <Button kind="main" disabled={busy || !chosen.length} onPress={() => void run()}>
          {t(busy ? "export.busy" : "export.go")}
        </Button>
      </div>
    </Dialog>
  );
}

/** Characters one by one, as far as they are few. */
function named(missing: string): string {
  const all = [...new Set(missing.split(/\s+/))].filter(Boolean);
  return all.slice(0, NAMED).join(" ") + (all.length > NAMED ? " …" : "");
}

function Line({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <>
      <span class="cr-small cr-muted" aria-hidden="true">
        {label}
      </span>
      <span>{children}</span>
    </>
  );
}

/** The pages, each to be taken along or left out. */
function Pages(props: {
  pages: readonly Page[];
  left: ReadonlySet<string>;
  disabled: boolean;
  onChange: (left: ReadonlySet<string>) => void;
}) {
  const { pages, left, disabled, onChange } = props;
  return (
    <div class="cr-thumbs" role="group" aria-label={t("page.all")}>
      {pages.map((page, index) => {
        const on = !left.has(page.id);
        return (
          <button
            key={page.id}
            type="button"
            class={on ? "cr-thumb cr-on" : "cr-thumb"}
            aria-pressed={on}
            aria-label={`${t("export.pick", { number: index + 1 })} ${page.title}`.trim()}
            disabled={disabled}
            onClick={() => {
              const next = new Set(left);
              if (on) next.add(page.id);
              else next.delete(page.id);
              onChange(next);
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
  );
}

/** Whose work is shown on pages where each has a copy. */
function Copies(props: { copy: string; disabled: boolean; onChange: (copy: string) => void }) {
  const people = usePeople();
  const students = [...people.values()].filter(({ role }) => role === "student");
  return (
    <Line label={t("export.copy")}>
      <select
        class="cr-field cr-export__copy"
        aria-label={t("export.copy")}
        disabled={props.disabled}
        value={props.copy}
        onChange={(event) => props.onChange(event.currentTarget.value)}
      >
        <option value="">{t("export.copy.none")}</option>
        {students
          .sort((a, b) => a.name.localeCompare(b.name))
          .map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
      </select>
    </Line>
  );
}

function Progress({ done, total, replay }: { done: number; total: number; replay: boolean }) {
  const share = total ? Math.round((100 * done) / total) : 0;
  const number = Math.min(done + 1, total);
  return (
    <div class="cr-export__progress" role="status">
      <div class="cr-row cr-small">
        <span class="cr-grow">
          {total
            ? t(replay ? "export.frame" : "export.drawing", { number, count: total })
            : t("export.waiting")}
        </span>
        <span class="cr-muted cr-num">{share}%</span>
      </div>
      <div class="cr-bar">
        <i style={{ width: `${share}%` }} />
      </div>
    </div>
  );
}
