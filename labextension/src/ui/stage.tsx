/**
 * The place of the board in a panel: it puts the board in, tells the room of it, and takes it away again.
 */

import { useLayoutEffect, useRef, useState } from "preact/hooks";

import type { Insets } from "../board";
import { createBoard } from "../board";
import { Clipping } from "./clipping";
import { BoardMenu } from "./context";
import { Button, Empty, Icon } from "./controls";
import { CopyBar } from "./gallery";
import { Importing } from "./import";
import { keysOff } from "./keys_off";
import { Describing, DropZone, mediaOf } from "./pictures";
import { put } from "./put";
import {
  RoomContext,
  useBoardState,
  useCell,
  useClass,
  usePages,
  usePeople,
  useRoom,
  useStatus,
} from "./room";
import { SelectionBar } from "./selection";
import { callTeacher, t } from "./words";
import { WriteBar } from "./write";

/** Is this element shown dark? The tokens follow `color-scheme`, so that is what is asked. */
export function themeOf(node: Element): "light" | "dark" {
  const scheme = getComputedStyle(node).colorScheme;
  if (scheme === "dark" || scheme === "light") return scheme;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** CSS pixels that the bar of an opened copy takes at the top of the stage. */
const BAR = 64;

export function BoardStage({ insets, fills }: { insets: Insets; fills?: boolean }) {
  const room = useRoom();
  const host = useRef<HTMLDivElement>(null);
  const [node, hold] = useState<HTMLElement | null>(null);
  const { left, top, right, bottom } = insets;
  useLayoutEffect(() => {
    const node = host.current;
    if (!node) return;
    hold(node);
    const board = createBoard({
      session: room.session,
      host: node,
      theme: () => themeOf(node),
      onState: (state) => {
        room.boardState.set(state);
        room.chosen.keep(state);
      },
      chosen: room.chosen.get(),
      insets: { left, top, right, bottom },
      fills,
      media: mediaOf(room),
      keyOff: (key) => keysOff.stops(key),
      fonts: `${room.door.base}classroom/static/fonts/board/`,
      formula: (source, display) => room.door.formula(source, display),
      bar: (into, writing) =>
        put(
          into,
          <RoomContext.Provider value={room}>
            <WriteBar writing={writing} />
          </RoomContext.Provider>,
        ),
    });
    room.board.set(board);
    room.boardState.set(board.state);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const restyle = () => board.restyle();
    dark.addEventListener("change", restyle);
    return () => {
      dark.removeEventListener("change", restyle);
      // What was chosen in this very moment has not been told yet.
      room.chosen.keep(board.state);
      room.board.set(null);
      room.boardState.set(null);
      board.destroy();
    };
  }, [room]);
  const board = useCell(room.board);
  // Nothing is laid over a student's work: the page makes room for the bar of an opened copy.
  const opened = room.staff && (useBoardState()?.copy ?? "") !== "";
  const over = opened ? Math.max(top, BAR) : top;
  useLayoutEffect(
    () => board?.setInsets({ left, top: over, right, bottom }),
    [board, left, over, right, bottom],
  );
  return (
    <>
      <div ref={host} class="cr-stage__board" data-region="board" />
      <Clipping stage={node} />
      <BoardMenu stage={node} />
      <DropZone stage={node} />
      <SelectionBar stage={node} insets={{ left, top: over, right, bottom }} />
      <CleanPage insets={insets} />
      <WayBack insets={insets} />
      <Describing />
      <Importing />
    </>
  );
}

/** On an endless page one can go where nothing is: the way back to what is drawn. */
function WayBack({ insets: { left, right, bottom } }: { insets: Insets }) {
  const room = useRoom();
  const state = useBoardState();
  if (!state?.lost) return null;
  return (
    <div class="cr-stage__back" style={{ left: `${left}px`, right: `${right}px`, bottom: `${bottom + 8}px` }}>
      <Button
        icon="left"
        kind="line"
        keys="0"
        title={`${t("page.back")} (0)`}
        onPress={() => {
          room.board.get()?.fit();
          // The button goes with the press: the keys go on at the board.
          room.board.get()?.focus();
        }}
      >
        {t("page.back")}
      </Button>
    </div>
  );
}

/** What to do with a page that nothing is on, for those who may draw. It is not part of the page: nothing exports it. */
function CleanPage({ insets: { left, top, right, bottom } }: { insets: Insets }) {
  const room = useRoom();
  const state = useBoardState();
  if (!state?.page || !state.blank || state.writing || !state.canDraw || !state.fitted) return null;
  return (
    <div
      class="cr-stage__clean"
      aria-hidden={room.staff ? undefined : "true"}
      style={{ left: `${left}px`, top: `${top}px`, right: `${right}px`, bottom: `${bottom}px` }}
    >
      <Empty
        doodle="page"
        title={t("page.first")}
        text={t(room.staff ? "page.first.staff" : "page.first.text")}
      >
        {room.staff ? (
          <Button kind="soft s" onPress={() => room.importing.set("")}>
            {t("import.button")}
          </Button>
        ) : null}
      </Empty>
    </div>
  );
}

/** Whom this window follows, or the button that leads back there; `quiet`: the button only. */
export function Following({ quiet }: { quiet?: boolean }) {
  const room = useRoom();
  const state = useBoardState();
  const people = usePeople();
  if (!state?.canFollow) return null;
  const name = callTeacher(people.get(state.leader)?.name);
  if (state.following && quiet) return null;
  if (state.following) {
    return (
      <span class="cr-chip cr-chip--bare" title={t("follow.now", { name })}>
        <Icon name="follow" small />
        <span class="cr-one-line">{t("follow.now", { name })}</span>
      </span>
    );
  }
  return (
    <button
      type="button"
      class="cr-btn cr-btn--soft cr-btn--s"
      title={`${t("follow.back", { name })} (G)`}
      onClick={() => room.board.get()?.follow()}
    >
      <Icon name="follow" small />
      <span class="cr-one-line">{t("follow.back", { name })}</span>
    </button>
  );
}

/** "Only Ngozi draws now", once the class is known; nothing while one may draw. Staff are told of a locked page alone. */
export function DrawingChip() {
  const room = useRoom();
  const state = useBoardState();
  const people = usePeople();
  const pages = usePages();
  const live = useStatus() !== "connecting";
  const klass = useClass();
  if (!state || !live || !klass) return null;
  const page = pages.find((one) => one.id === state.page);
  if (page?.audience === "each" && state.canDraw && !room.staff) {
    return (
      <span class="cr-chip cr-chip--over">
        <Icon name="eye" small />
        {t("draw.copy.seen")}
      </span>
    );
  }
  if (page?.audience === "each" && room.staff) {
    if (state.copy) return <CopyBar page={page} person={state.copy} />;
    return (
      <button
        type="button"
        class="cr-chip cr-chip--over cr-chip--press"
        title={`${t("walk.open.it")} (W)`}
        onClick={() => room.walking.set(page.id)}
      >
        <Icon name={page.locked ? "lock" : "people"} small />
        <span class="cr-chip__wide">{t(page.locked ? "copies.sheet.locked" : "copies.sheet")}</span>
        <b>{t("walk.open.it")}</b>
      </button>
    );
  }
  // Staff draw on a locked page too, and must know that nobody else can.
  if (room.staff ? !page?.locked : state.canDraw) return null;
  const name = people.get(state.leader)?.name;
  const text = page?.locked
    ? t("page.locked")
    : name && klass.draw === "none"
      ? t("draw.off.by", { name: callTeacher(name) })
      : "";
  if (!text) return null;
  return (
    <span class="cr-chip cr-chip--over">
      <Icon name="lock" small />
      {text}
    </span>
  );
}
