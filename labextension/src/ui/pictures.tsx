/**
 * Pictures and files on their way onto the board: chosen, dropped, pasted, or taken with a phone's camera.
 *
 * It promises that every file given is either used or answered with a sentence that says what to do next, and that who may
 * not draw is offered nothing. What becomes of a picture is the board's; what becomes of a PDF is `import.tsx`'s.
 */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import type { Media, Trouble } from "../board";
import { editing } from "../board";
import { DoorError } from "../client/door";
import { DRAWINGS, importObjects, isDrawing } from "./clipping";
import { Button, Icon, IconButton } from "./controls";
import { Dialog, Menu } from "./layers";
import type { Room } from "./room";
import { useBoardState, useCell, useRoom } from "./room";
import { t } from "./words";

/** Where on the window, in CSS pixels. */
type Place = { readonly clientX: number; readonly clientY: number };

/** What the board uses for its pictures. */
export function mediaOf(room: Room): Media {
  return {
    load: (asset) => room.assets.get(asset),
    send: (file, options) => room.assets.send(file, options),
    choose: () => choose(room),
    trouble: (trouble) => room.notices.show({ text: troubleText(room, trouble), icon: "image" }),
    // It is seen, and selected: the bar at it asks for a description.
    placed: (ids) => room.said.set(t("picture.placed", { count: ids.length })),
    words: {
      cancel: t("cancel"),
      sending: (count, percent) => t("picture.sending", { count, percent }),
    },
  };
}

/** Bytes as whole megabytes. */
export function megabytes(bytes: unknown): string {
  return String(Math.max(1, Math.round(Number(bytes) / 1_000_000)));
}

function troubleText(room: Room, trouble: Trouble): string {
  const name = trouble.name || t("picture.this");
  if (trouble.kind !== "refused") return t(`picture.${trouble.kind}`, { name });
  const { error } = trouble;
  if (!(error instanceof DoorError)) return t("picture.failed");
  if (error.code === "offline") return t("picture.offline");
  if (error.code === "too-large") {
    const { size, limit = room.session.limits.asset } = error.parameters;
    return size
      ? t("picture.large", { size: megabytes(size), most: megabytes(limit) })
      : t("picture.large.any", { most: megabytes(limit) });
  }
  if (error.code === "not-a-picture") return t("picture.unreadable", { name });
  return error.sentence || t("picture.failed");
}

/** Opens the browser's file chooser; `how` is the camera, one file, or as many as are wanted. */
export function pick(
  room: Room,
  accept: string,
  how: "camera" | "one" | "many",
  chosen: (files: readonly File[]) => void,
): void {
  const input = (room.root?.ownerDocument ?? document).createElement("input");
  input.type = "file";
  input.accept = accept;
  if (how === "camera") input.setAttribute("capture", "environment");
  input.multiple = how === "many";
  input.addEventListener("change", () => chosen([...(input.files ?? [])]));
  input.click();
}

/** Pictures are chosen, or taken. */
export function choose(room: Room, camera = false): void {
  pick(room, "image/*", camera ? "camera" : "many", (files) => take(room, files));
}

/** Anything is chosen that the board can show; it goes to a place of the window, or where there is room. */
export function chooseAny(room: Room, at?: Place): void {
  const accept = ["image/*", ...(room.staff ? [PDF] : []), DRAWINGS].join();
  pick(room, accept, "many", (files) => take(room, files, at));
}

/** What a file chooser takes for a PDF. */
export const PDF = "application/pdf,.pdf";

const isPdf = (file: File) => file.type === "application/pdf" || /\.pdf$/i.test(file.name);
const isPicture = (file: File) =>
  file.type.startsWith("image/") || /\.(png|jpe?g|gif|webp|svg|avif|heic|heif|bmp)$/i.test(file.name);

/** Whatever files somebody has chosen, dropped or pasted. */
export function take(room: Room, files: readonly File[], at?: Place): void {
  const board = room.board.get();
  if (!board || !files.length) return;
  const pictures: File[] = [];
  const pdfs: File[] = [];
  for (const file of files) {
    if (isPdf(file)) pdfs.push(file);
    else if (isDrawing(file)) void importObjects(room, file, at);
    else if (isPicture(file)) pictures.push(file);
    else room.notices.show({ text: t("picture.other", { name: file.name }), icon: "image" });
  }
  if (pictures.length) void board.place(pictures, at);
  const [pdf, next] = pdfs;
  if (!pdf) return;
  if (room.staff) room.importing.set(pdf);
  else room.notices.show({ text: t("import.staff"), icon: "lock" });
  if (room.staff && next) room.notices.show({ text: t("import.one", { name: next.name }), icon: "folder" });
}

function filesIn(transfer: DataTransfer | null): boolean {
  return Boolean(transfer && [...transfer.types].includes("Files"));
}

/** Takes what is dropped on `stage`, and says over the board that it will. */
export function DropZone({ stage }: { stage: HTMLElement | null }) {
  const room = useRoom();
  const [over, set] = useState(false);
  const may = useBoardState()?.canDraw ?? false;
  const latest = useRef(may);
  latest.current = may;
  useLayoutEffect(() => {
    if (!stage) return;
    let depth = 0;
    const enter = (event: DragEvent) => {
      if (!filesIn(event.dataTransfer)) return;
      event.preventDefault();
      depth++;
      set(true);
    };
    const move = (event: DragEvent) => {
      if (!filesIn(event.dataTransfer)) return;
      event.preventDefault(); // else the browser would leave the class for the file
      event.stopPropagation();
      if (event.dataTransfer) event.dataTransfer.dropEffect = latest.current ? "copy" : "none";
    };
    const leave = () => {
      depth = Math.max(0, depth - 1);
      if (depth === 0) set(false);
    };
    const drop = (event: DragEvent) => {
      depth = 0;
      set(false);
      if (!filesIn(event.dataTransfer)) return;
      event.preventDefault();
      event.stopPropagation();
      const { clientX, clientY } = event;
      if (latest.current) take(room, [...(event.dataTransfer?.files ?? [])], { clientX, clientY });
    };
    stage.addEventListener("dragenter", enter);
    stage.addEventListener("dragover", move);
    stage.addEventListener("dragleave", leave);
    stage.addEventListener("drop", drop);
    return () => {
      stage.removeEventListener("dragenter", enter);
      stage.removeEventListener("dragover", move);
      stage.removeEventListener("dragleave", leave);
      stage.removeEventListener("drop", drop);
    };
  }, [stage, room]);
  useLayoutEffect(() => {
    if (!stage) return;
    // Pictures pasted while the board has the keys: its focus, or the pointer over it and nothing else focused.
    const paste = (event: ClipboardEvent) => {
      if (event.defaultPrevented || editing(event.target) || !room.board.get()) return;
      const { activeElement } = stage.ownerDocument;
      const here = stage.contains(activeElement) || (stage.matches(":hover") && onBody(activeElement));
      const files = [...(event.clipboardData?.files ?? [])];
      if (!here || !files.length) return;
      event.preventDefault();
      take(room, files);
    };
    stage.ownerDocument.addEventListener("paste", paste);
    return () => stage.ownerDocument.removeEventListener("paste", paste);
  }, [stage, room]);
  if (!over) return null;
  return (
    <div class={may ? "cr-drop" : "cr-drop cr-drop--no"} role="status">
      <span class="cr-drop__word">
        <Icon name={may ? "image" : "lock"} />
        {t(may ? (room.staff ? "drop.staff" : "drop.here") : "drop.no")}
      </span>
    </div>
  );
}

function onBody(node: Element | null): boolean {
  return node === null || node === node.ownerDocument.body;
}

/** The button of the rail; under a finger it asks whether to choose a picture or take one. */
export function PictureButton({ keyName }: { keyName?: string }) {
  const room = useRoom();
  const [anchor, open] = useState<HTMLElement | null>(null);
  const coarse = matchMedia("(pointer: coarse)").matches;
  return (
    <>
      <IconButton
        icon="image"
        name={t("tool.image")}
        keyName={keyName}
        expanded={coarse ? anchor !== null : undefined}
        onPress={(event) => {
          if (coarse) open(anchor ? null : event.currentTarget);
          else room.board.get()?.choosePictures();
        }}
      />
      {anchor ? (
        <Menu
          anchor={anchor}
          name={t("tool.image")}
          side="right"
          entries={[
            { icon: "image", label: t("picture.library"), run: () => choose(room) },
            { icon: "camera", label: t("picture.camera"), run: () => choose(room, true) },
          ]}
          onClose={() => open(null)}
        />
      ) : null}
    </>
  );
}

/** What a picture shows, for those who do not see it. */
function DescribeDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const { session } = useRoom();
  const record = session.table.get(id);
  const before = record?.type === "image" ? record.alt : "";
  const [text, set] = useState(before);
  return (
    <Dialog title={t("picture.describe.title")} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const alt = text.trim().slice(0, 1_000);
          const now = session.table.get(id);
          if (now?.type === "image" && alt !== now.alt)
            session.change([{ op: "patch", ids: [id], fields: { alt } }], { undo: now.page });
          onClose();
        }}
      >
        <input
          data-first
          class="cr-field"
          value={text}
          maxLength={1000}
          aria-label={t("picture.describe.title")}
          aria-describedby="cr-describe-hint"
          onInput={(event) => set(event.currentTarget.value)}
        />
        <p class="cr-small cr-muted" id="cr-describe-hint" style={{ marginTop: "8px" }}>
          {t("picture.describe.hint")}
        </p>
        <div class="cr-dialog__foot">
          <Button onPress={onClose}>{t("cancel")}</Button>
          <Button kind="main" submit>
            {t("picture.describe.keep")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** The dialog, while somebody describes a picture. */
export function Describing() {
  const room = useRoom();
  const id = useCell(room.describing);
  const session = room.session;
  useEffect(
    () =>
      session.on("table", ({ removed, reset }) => {
        const now = room.describing.get();
        if (now && (removed.has(now) || (reset && !session.table.get(now)))) room.describing.set("");
      }),
    [session],
  );
  return id ? <DescribeDialog key={id} id={id} onClose={() => room.describing.set("")} /> : null;
}
