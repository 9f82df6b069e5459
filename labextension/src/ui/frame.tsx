/**
 * What every panel has around its parts: the root with its tokens, the toast, what is said to screen readers, the notices
 * of refusals, and the screens before and after the class.
 */

import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { Closed, Opening } from "./banner";
import { Toast } from "./layers";
import type { Layout, Room } from "./room";
import { RoomContext, useBoardState, useClass, useLayout, usePages, useRoom, useStatus } from "./room";
import { callTeacher, lasts, refusal, t } from "./words";

export interface FrameProps {
  room: Room;
  kind: string;
  name: string;
  /** Widths below which the layout changes. */
  phone: number;
  narrow: number;
  /** The panel stands in a notebook: its keys must not be the notebook's. */
  inside?: boolean;
  /** The page is nothing but this panel: its main part. */
  page?: boolean;
  height?: string;
  onAgain?: () => void;
  onReload?: () => void;
  children: (layout: Layout, root: HTMLElement) => ComponentChildren;
}

/** The outermost element of a panel. */
export function Frame(props: FrameProps) {
  const { room } = props;
  const Tag = props.page ? "main" : "section";
  const [root, hold] = useState<HTMLElement | null>(null);
  const layout = useLayout(root, props.phone, props.narrow);
  useLayoutEffect(() => {
    room.root = root;
  }, [root, room]);
  useLayoutEffect(() => {
    if (!root || !props.inside) return;
    // JupyterLab cancels Enter's `beforeinput` on whatever stands in a cell: no chat line could be sent, no line begun.
    const ours = (event: Event) => event.stopPropagation();
    root.addEventListener("beforeinput", ours, true);
    return () => root.removeEventListener("beforeinput", ours, true);
  }, [root, props.inside]);
  return (
    <RoomContext.Provider value={room}>
      <Tag
        ref={(node) => {
          room.root = node;
          if (node) hold(node);
        }}
        class={`cr ${props.kind}`}
        aria-label={props.name}
        data-layout={layout}
        data-lm-suppress-shortcuts={props.inside ? "true" : undefined}
        style={props.height ? { height: props.height } : undefined}
      >
        {root ? <Inside {...props} layout={layout} root={root} /> : null}
        <Toast />
        <Said />
      </Tag>
    </RoomContext.Provider>
  );
}

function Inside(props: FrameProps & { layout: Layout; root: HTMLElement }) {
  const status = useStatus();
  const klass = useClass();
  const { notices } = props.room;
  useEffect(() => {
    if (status === "closed") notices.clear();
  }, [status, notices]);
  if (status === "closed") return <Closed onAgain={props.onAgain} onReload={props.onReload} />;
  if (!klass) return <Opening />;
  return (
    <>
      <Watch />
      {props.children(props.layout, props.root)}
    </>
  );
}

/** Milliseconds within which a second thing is said after the first and not in its place. */
const TOGETHER = 800;

function Said() {
  const { said } = useRoom();
  const [shown, show] = useState("");
  const latest = useRef({ text: "", at: Number.NEGATIVE_INFINITY });
  useLayoutEffect(
    () =>
      said.watch(() => {
        const now = performance.now();
        const before = latest.current;
        const text = said.get();
        const together = now - before.at < TOGETHER && before.text !== "" && text !== "";
        latest.current = { text: together ? `${before.text.replace(/[.…]?$/, ".")} ${text}` : text, at: now };
        show(latest.current.text);
      }),
    [said],
  );
  return (
    <div class="cr-sr" role="status" aria-live="polite">
      {shown}
    </div>
  );
}

/** Turns news into notices and words: refusals, the right to draw, who joined, the page. */
function Watch() {
  const room = useRoom();
  const { session, notices, said } = room;
  useEffect(
    () =>
      session.on("refused", ({ code, parameters }) => {
        // What lasts is said by a banner, not anew for every stroke.
        if (lasts(code)) return room.unsaved.set(code);
        const lock = /locked|gone/.test(code);
        notices.show({ text: refusal(code, parameters), icon: lock ? "lock" : undefined });
      }),
    [session],
  );
  useEffect(() => session.on("saved", () => room.unsaved.set("")), [session]);
  useEffect(() => {
    let known = new Set(session.here);
    return session.on("here", (here) => {
      for (const id of here) {
        const person = known.has(id) ? undefined : session.table.get(id);
        if (person?.type === "person" && id !== session.me?.person)
          said.set(t("people.joined", { name: person.name }));
      }
      known = new Set(here);
    });
  }, [session]);
  const state = useBoardState();
  const pages = usePages();
  const leads = state?.leader ?? "";
  const number = pages.findIndex((page) => page.id === state?.page) + 1;
  const shown = useRef("");
  useEffect(() => {
    if (!state?.page) return;
    const title = pages[number - 1]?.title;
    if (shown.current && shown.current !== state.page)
      said.set(t(title ? "page.said.title" : "page.said", { number, count: pages.length, title }));
    shown.current = state.page;
  }, [state?.page]);
  const page = pages[number - 1];
  const locked = useRef<{ page: string; locked: boolean } | null>(null);
  useEffect(() => {
    const before = locked.current;
    locked.current = page ? { page: page.id, locked: page.locked } : null;
    if (before && page && before.page === page.id && before.locked !== page.locked)
      said.set(t(page.locked ? "page.locked.said" : "page.unlocked.said"));
  }, [page?.id, page?.locked]);
  const called = useRef<number | null>(null);
  const calls = useClass()?.called ?? 0;
  useEffect(() => {
    const before = called.current;
    called.current = calls;
    if (before === null || calls <= before || room.staff) return;
    const leader = session.table.get(leads);
    const by = leader?.type === "person" ? callTeacher(leader.name) : t("follow.teacher");
    said.set(t("follow.called.said", { name: by.charAt(0).toLocaleUpperCase() + by.slice(1) }));
  }, [calls]);
  const could = useRef<boolean | null>(null);
  const may = state?.canDraw;
  useEffect(() => {
    if (may === undefined || room.staff) return;
    if (could.current !== null && could.current !== may && session.status === "live") {
      const leader = session.table.get(leads);
      const name = leader?.type === "person" ? callTeacher(leader.name) : "";
      if (!may) {
        notices.withdraw(t("draw.on"));
        said.set(name ? t("draw.off.by", { name }) : t("draw.off"));
      } else {
        notices.show({
          text: t("draw.on"),
          icon: "pen",
          action: {
            label: t("draw.pick"),
            run: () => {
              room.board.get()?.setTool("pen");
              room.penWanted.set(room.penWanted.get() + 1);
            },
          },
        });
      }
    }
    could.current = may;
  }, [may]);
  const drawing = state?.drawing;
  useEffect(() => {
    if (drawing) notices.withdraw(t("draw.on"));
  }, [drawing]);
  return null;
}
