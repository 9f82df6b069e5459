/**
 * Walking the room: everyone's private copy of a page side by side, live; one of them opened, to write on; one or all on
 * every screen, and taken back.
 *
 * It promises that nothing is laid over a student's work but the actions that are pointed at, that only what is in sight
 * is painted, and that the order stays until the teacher chooses another filter or comes again. What it says of a person
 * is what is known: a raised hand, a pen that moves, work that is there. Staff alone get here.
 */

import { Component, type VNode } from "preact";
import { useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";

import type { Drawable, Page, Person } from "../core/schema";
import { Avatar, Button, Empty, Icon, IconButton, Segmented, Switch } from "./controls";
import { MenuButton } from "./layers";
import { pageName } from "./page_changes";
import { hands } from "./people";
import type { Room } from "./room";
import {
  useBoardState,
  useCell,
  useClass,
  useHere,
  useLatest,
  useNow,
  usePages,
  useRecords,
  useRoom,
} from "./room";
import { handIn, isNamed, name as nameShown, reopen, setPrivate, show, shownPage, takeBack } from "./showing";
import { ago, type Key, t } from "./words";

type Filter = "all" | "hands" | "started" | "none";

/** Milliseconds for which someone who lifted the pen still counts as drawing. */
const PAUSE = 4_000;

/** Opens the gallery of the page that is shown, if its copies are private; the key W. */
export function walk(room: Room): boolean {
  const page = room.session.table.get(room.boardState.get()?.page ?? "");
  if (!room.staff || page?.type !== "page" || page.audience !== "each") return false;
  room.board.get()?.openCopy("");
  room.walking.set(page.id);
  return true;
}

/** Everything of the walk that lies over a panel: the gallery, the bar of an opened copy, the tray of what is shown. */
export function Walk() {
  const room = useRoom();
  const pages = usePages();
  const klass = useClass();
  const state = useBoardState();
  const [walking, set] = [useCell(room.walking), (page: string) => room.walking.set(page)];
  const page = pages.find((one) => one.id === walking && one.audience === "each");
  const shown = shownPage(pages, klass?.page);
  useEffect(() => {
    if (walking && !page) set("");
  }, [walking, page]);
  if (!room.staff) return null;
  const opened = state?.copy !== "" && state !== null;
  return (
    <>
      {page && !opened ? (
        <GalleryView page={page} pages={pages} shown={shown} onClose={() => set("")} />
      ) : null}
      {shown && !opened ? <Tray shown={shown} /> : null}
    </>
  );
}

/** Whose work is on a page: person -> how many things. A new map exactly when one of the counts has changed. */
function useWork(page: string): ReadonlyMap<string, number> {
  const { session } = useRoom();
  const count = () => {
    const found = new Map<string, number>();
    for (const one of session.table.onPage(page) as Drawable[])
      if (one.copy) found.set(one.copy, (found.get(one.copy) ?? 0) + 1);
    return found;
  };
  const [work, set] = useState(count);
  useLayoutEffect(() => {
    set(count());
    let timer: ReturnType<typeof setTimeout> | undefined;
    const off = session.on("table", (news) => {
      const on = (one: unknown) => (one as Drawable | undefined)?.page === page;
      const touched =
        news.reset ||
        [...news.removed.values()].some(on) ||
        [...news.put].some((id) => on(session.table.get(id)));
      // With thirty pens at work something changes with every frame.
      if (touched && timer === undefined)
        timer = setTimeout(() => {
          timer = undefined;
          set(count());
        }, 400);
    });
    return () => {
      off();
      clearTimeout(timer);
    };
  }, [session, page]);
  return work;
}

/** Who is drawing on their copy now, or was a moment ago. */
function useDrawing(page: string): ReadonlySet<string> {
  const { session } = useRoom();
  const [drawing, set] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => {
    const last = new Map<string, number>();
    const off = session.on("live", (stroke) => {
      if (stroke.page === page && stroke.copy !== "" && stroke.copy === stroke.person)
        last.set(stroke.person, performance.now());
    });
    const timer = setInterval(() => {
      const now = performance.now();
      for (const [person, at] of last) if (now - at > PAUSE) last.delete(person);
      set((before) =>
        before.size === last.size && [...last.keys()].every((one) => before.has(one))
          ? before
          : new Set(last.keys()),
      );
    }, 500);
    return () => {
      off();
      clearInterval(timer);
    };
  }, [session, page]);
  return drawing;
}

/** Hands in order, then those with work, those without, those who left; by name. */
function inOrder(
  people: readonly Person[],
  work: ReadonlyMap<string, number>,
  here: ReadonlySet<string>,
): Person[] {
  const up = hands(people.filter((person) => here.has(person.id)));
  const rank = (person: Person) =>
    up.includes(person)
      ? up.indexOf(person) - up.length
      : !here.has(person.id)
        ? 2
        : work.get(person.id)
          ? 0
          : 1;
  return [...people].sort(
    (a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name) || a.id.localeCompare(b.id),
  );
}

/** The people of the room as they were put in order; who comes later stands at the end. */
function useOrdered(
  people: readonly Person[],
  again: unknown,
  order: (all: readonly Person[]) => Person[],
): Person[] {
  const kept = useRef<{ again: unknown; ids: string[] }>({ again: null, ids: [] });
  return useMemo(() => {
    const now = kept.current;
    if (now.again !== again) {
      now.again = again;
      now.ids = order(people).map(({ id }) => id);
    }
    const byId = new Map(people.map((person) => [person.id, person]));
    const late = order(people.filter(({ id }) => !now.ids.includes(id)));
    now.ids.push(...late.map(({ id }) => id));
    return now.ids.flatMap((id) => byId.get(id) ?? []);
  }, [people, again]);
}

interface ViewProps {
  page: Page;
  pages: readonly Page[];
  shown: Page | undefined;
  onClose: () => void;
}

function GalleryView({ page, pages, shown, onClose }: ViewProps) {
  const room = useRoom();
  const everyone = useRecords("person");
  const here = useHere();
  const work = useWork(page.id);
  const drawing = useDrawing(page.id);
  const now = useNow();
  const [filter, choose] = useState<Filter>("all");
  const [named, setNamed] = useState(true);
  const [busy, work_] = useState(false);
  const grid = useRef<HTMLUListElement>(null);
  const close = useLatest(onClose);
  const students = useMemo(
    () => everyone.filter((one) => one.role === "student" && (here.has(one.id) || work.has(one.id))),
    [everyone, here, work],
  );
  const fits: Record<Filter, (person: Person) => boolean> = {
    all: () => true,
    hands: (person) => person.hand > 0 && here.has(person.id),
    started: ({ id }) => work.has(id) || drawing.has(id),
    none: ({ id }) => !work.has(id) && !drawing.has(id),
  };
  const counts = Object.fromEntries(
    Object.entries(fits).map(([key, fit]) => [key, students.filter(fit).length]),
  ) as Record<Filter, number>;
  const ordered = useOrdered(students, filter, (all) => inOrder(all, work, here));
  const listed = ordered.filter(fits[filter]);
  const number = pages.findIndex((one) => one.id === page.id) + 1;

  useLayoutEffect(() => room.layers.add(() => close.current()), [room]);
  useEffect(() => {
    room.said.set(t("walk.said", { count: students.length }));
    (grid.current?.querySelector<HTMLElement>(".cr-copy__open") ?? grid.current)?.focus({
      preventScroll: true,
    });
  }, []);

  const open = (person: Person, draw: boolean) => {
    if (shown) takeBack(room, shown);
    const board = room.board.get();
    if (room.boardState.get()?.page !== page.id) board?.goTo(page.id);
    board?.openCopy(person.id);
    if (draw) {
      board?.setTool("pen");
      room.penWanted.set(room.penWanted.get() + 1);
    }
    board?.focus();
  };
  const present = (people: readonly Person[], withNames: boolean) => {
    work_(true);
    // One frame for the button to say so: laying out a whole room's work takes a moment.
    requestAnimationFrame(() => {
      setTimeout(() => {
        show(room, page, people, withNames);
        const [first] = people;
        room.said.set(people.length > 1 || !first ? t("show.now.all") : t("show.now", { name: first.name }));
        work_(false);
      });
    });
  };
  const move = (event: KeyboardEvent) => {
    const cards = [...(grid.current?.querySelectorAll<HTMLElement>(".cr-copy__open") ?? [])];
    const at = cards.indexOf(document.activeElement as HTMLElement);
    if (at < 0) return;
    const top = cards[at]!.getBoundingClientRect().top;
    const across = Math.max(
      1,
      cards.filter((card) => Math.abs(card.getBoundingClientRect().top - top) < 4).length,
    );
    const to = {
      ...{ ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + across, ArrowUp: at - across },
      ...{ Home: 0, End: cards.length - 1 },
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const next = cards[Math.min(cards.length - 1, Math.max(0, to))];
    next?.focus({ preventScroll: true });
    next?.scrollIntoView({ block: "nearest" });
  };

  return (
    <section class="cr-walk" aria-label={t("walk.title")} data-region="walk">
      <header class="cr-walk__top">
        <div class="cr-grow cr-walk__title">
          <h1>{t("walk.title")}</h1>
          <p class="cr-small cr-muted cr-one-line">
            {page.title ? pageName(page, pages) : t("page.number", { number })} · {t("walk.each")} ·{" "}
            {t("walk.only")}
          </p>
        </div>
        <Segmented
          name={t("walk.filter")}
          value={filter}
          choices={(["all", "hands", "started", "none"] as const).map((value) => ({
            value,
            label: `${t(`walk.filter.${value}`)} ${counts[value]}`,
          }))}
          onChange={choose}
        />
        <span class="cr-row cr-walk__names">
          <span class="cr-small cr-muted" aria-hidden="true">
            {t("walk.names")}
          </span>
          <Switch on={named} name={t("walk.names.long")} onChange={setNamed} />
        </span>
        <span class="cr-row cr-walk__acts">
          <MenuButton
            icon="copy"
            name={t("copies.end")}
            label={t("copies.end")}
            kind="line"
            entries={() => [
              page.locked
                ? { icon: "pen", label: t("copies.reopen"), run: () => reopen(room, page) }
                : { icon: "lock", label: t("copies.handin"), run: () => handIn(room, page) },
              { icon: "people", label: t("copies.common"), run: () => setPrivate(room, page, false) },
            ]}
          />
          <Button
            kind="line"
            icon="spot"
            disabled={busy || counts.started < 1}
            title={t(named ? "show.all.named" : "show.all.none")}
            onPress={() => present(students, named)}
          >
            {t(busy ? "show.busy" : "show.all")}
          </Button>
          <IconButton icon="x" name={t("walk.close")} keyName="Esc" onPress={onClose} />
        </span>
      </header>
      <ul class="cr-walk__grid" ref={grid} onKeyDown={move} tabIndex={-1} aria-label={t("walk.copies")}>
        {listed.map((person, index) => (
          <Card
            key={person.id}
            room={room}
            page={page}
            person={person}
            label={named ? person.name : t("walk.copy", { number: index + 1 })}
            named={named}
            away={!here.has(person.id)}
            hand={person.hand > 0 && here.has(person.id) ? ago(person.hand, now) : ""}
            state={stateOf(person, here, work, drawing)}
            shown={shown?.shows.includes(person.id) ?? false}
            first={index === 0}
            busy={busy}
            onOpen={open}
            onShow={(one) => present([one], named)}
          />
        ))}
      </ul>
      {listed.length ? null : (
        <Empty
          doodle="hands"
          level={2}
          title={t(students.length ? "walk.none.filter" : "walk.none")}
          text={students.length ? undefined : t("walk.none.text")}
        />
      )}
    </section>
  );
}

type State = "away" | "drawing" | "started" | "none";

function stateOf(
  { id }: Person,
  here: ReadonlySet<string>,
  work: ReadonlyMap<string, number>,
  drawing: ReadonlySet<string>,
): State {
  if (!here.has(id)) return "away";
  if (drawing.has(id)) return "drawing";
  return work.has(id) ? "started" : "none";
}

const STATES: Record<State, { icon: string; kind: string; text: Key }> = {
  away: { icon: "clock", kind: "", text: "walk.state.away" },
  drawing: { icon: "pen", kind: "cr-st--work", text: "walk.state.drawing" },
  started: { icon: "half", kind: "", text: "walk.state.started" },
  none: { icon: "none", kind: "", text: "walk.state.none" },
};

interface CardProps {
  room: Room;
  page: Page;
  person: Person;
  label: string;
  named: boolean;
  away: boolean;
  hand: string;
  state: State;
  shown: boolean;
  first: boolean;
  busy: boolean;
  onOpen: (person: Person, draw: boolean) => void;
  onShow: (person: Person) => void;
}

/** One copy. A class component only to say when it need not draw again: the picture keeps itself up to date. */
class Card extends Component<CardProps> {
  override shouldComponentUpdate(next: CardProps): boolean {
    return (Object.keys(next) as (keyof CardProps)[]).some(
      (key) => typeof next[key] !== "function" && next[key] !== this.props[key],
    );
  }

  override render(): VNode {
    const { room, page, person, label, named, away, hand, state, shown, first, busy } = this.props;
    const { icon, kind, text } = STATES[state];
    const status = shown ? t("walk.state.shown") : hand ? t("walk.state.hand", { since: hand }) : t(text);
    return (
      <li
        class={[
          "cr-copy",
          hand ? "cr-copy--hand" : "",
          shown ? "cr-copy--spot" : "",
          away ? "cr-copy--away" : "",
        ]
          .filter(Boolean)
          .join(" ")}
        data-person={person.id}
      >
        <button
          type="button"
          class="cr-copy__open"
          tabIndex={first ? 0 : -1}
          aria-label={`${label}, ${status}`}
          style={{ aspectRatio: `${page.width} / ${page.height}` }}
          onClick={() => this.props.onOpen(person, false)}
        >
          <Picture room={room} page={page} copy={person.id} />
        </button>
        <div class="cr-copy__acts cr-float">
          <IconButton
            icon="eye"
            small
            name={t("walk.open", { name: label })}
            onPress={() => this.props.onOpen(person, false)}
          />
          <IconButton
            icon="spot"
            small
            disabled={busy}
            name={t(named ? "walk.show" : "walk.show.none", { name: label })}
            onPress={() => this.props.onShow(person)}
          />
          <IconButton
            icon="pen"
            small
            name={t("walk.write", { name: label })}
            onPress={() => this.props.onOpen(person, true)}
          />
        </div>
        <div class="cr-copy__foot" aria-hidden="true">
          {named ? <Avatar id={person.id} name={person.name} small /> : null}
          <span class="cr-grow cr-one-line">{label}</span>
          {shown ? (
            <span class="cr-st cr-st--shown">
              <Icon name="spot" small />
              {status}
            </span>
          ) : hand ? (
            <span class="cr-chip cr-chip--warn">
              <Icon name="hand" />
              {hand}
            </span>
          ) : (
            <span class={`cr-st ${kind}`}>
              <Icon name={icon} small />
              {status}
            </span>
          )}
        </div>
      </li>
    );
  }
}

/** The picture of a copy, kept live while it is in sight; out of sight it holds no pixels. */
function Picture({ room, page, copy }: { room: Room; page: Page; copy: string }) {
  const board = useCell(room.board);
  const done = useRef<HTMLCanvasElement>(null);
  const over = useRef<HTMLCanvasElement>(null);
  const [, again] = useReducer((n: number) => n + 1, 0);
  useLayoutEffect(() => {
    const [under, top] = [done.current, over.current];
    if (!under || !top || !board) return;
    let stop: (() => void) | null = null;
    let seen = false;
    const size = () => {
      const { width, height } = under.getBoundingClientRect();
      const ratio = Math.min(2, window.devicePixelRatio || 1);
      return seen && width > 0 ? [Math.round(width * ratio), Math.round(height * ratio)] : [0, 0];
    };
    const keep = () => {
      const [width = 0, height = 0] = size();
      if (under.width === width && under.height === height && (stop !== null || width === 0)) return;
      stop?.();
      stop = null;
      for (const canvas of [under, top]) [canvas.width, canvas.height] = [width, height];
      if (width > 0) stop = board.watchCopy(page.id, copy, under, top);
    };
    const sight = new IntersectionObserver(
      (entries) => {
        seen = entries[entries.length - 1]?.isIntersecting ?? false;
        keep();
      },
      { rootMargin: "120px" },
    );
    const resized = new ResizeObserver(keep);
    sight.observe(under);
    resized.observe(under);
    again(0);
    return () => {
      sight.disconnect();
      resized.disconnect();
      stop?.();
    };
  }, [room, board, page.id, page.width, page.height, copy]);
  return (
    <>
      <canvas ref={done} class="cr-copy__done" width={0} height={0} />
      <canvas ref={over} class="cr-copy__over" width={0} height={0} />
    </>
  );
}

/** Over an opened copy: whose it is, the way to the next, and back. The page makes room for it (`stage.tsx`). */
export function CopyBar({ page, person }: { page: Page; person: string }) {
  const room = useRoom();
  const everyone = useRecords("person");
  const here = useHere();
  const work = useWork(page.id);
  const students = useMemo(
    () => everyone.filter((one) => one.role === "student" && (here.has(one.id) || work.has(one.id))),
    [everyone, here, work],
  );
  const listed = useOrdered(students, page.id, (all) => inOrder(all, work, here));
  const at = listed.findIndex((one) => one.id === person);
  const who = everyone.find((one) => one.id === person);
  const go = (step: number) => {
    const next = listed[at + step];
    if (!next) return;
    room.board.get()?.openCopy(next.id);
    room.said.set(t("copy.title", { name: next.name }));
  };
  const back = () => {
    if (room.board.get()?.cancel()) return;
    room.board.get()?.openCopy("");
    room.walking.set(page.id);
  };
  const latest = useLatest({ go, back });
  useLayoutEffect(() => room.layers.add(() => latest.current.back()), [room]);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (!event.altKey || event.ctrlKey || event.metaKey) return;
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      latest.current.go(step);
    };
    const { root } = room;
    root?.addEventListener("keydown", press, true);
    return () => root?.removeEventListener("keydown", press, true);
  }, [room]);
  if (!who) return null;
  return (
    <div class="cr-copybar cr-float" role="toolbar" aria-label={t("copy.title", { name: who.name })}>
      <Button kind="s" icon="grid" title={`${t("copy.back")} (Esc)`} onPress={back}>
        <span class="cr-copybar__wide">{t("copy.back")}</span>
      </Button>
      <span class="cr-sep" />
      <IconButton
        icon="left"
        small
        name={t("copy.previous")}
        keyName="Alt ←"
        disabled={at <= 0}
        onPress={() => go(-1)}
      />
      <Avatar id={who.id} name={who.name} small />
      <span class="cr-small cr-copybar__name">
        <b class="cr-one-line">{t("copy.title", { name: who.name })}</b>
        <span class="cr-muted">{t("page.of", { number: at + 1, count: listed.length })}</span>
      </span>
      <IconButton
        icon="right"
        small
        name={t("copy.next")}
        keyName="Alt →"
        disabled={at < 0 || at >= listed.length - 1}
        onPress={() => go(1)}
      />
      <span class="cr-sep" />
      <MenuButton
        icon="spot"
        name={t("copy.show")}
        small
        entries={() => [
          { icon: "spot", label: t("copy.show.named"), run: () => show(room, page, [who], true) },
          { icon: "eye", label: t("copy.show.none"), run: () => show(room, page, [who], false) },
        ]}
      />
    </div>
  );
}

/** What is on every screen now, and the way to end that. */
function Tray({ shown }: { shown: Page }) {
  const room = useRoom();
  const everyone = useRecords("person");
  const [, again] = useReducer((n: number) => n + 1, 0);
  useEffect(
    () =>
      room.session.on("table", (news) => {
        const on = (one: unknown) => (one as Drawable | undefined)?.page === shown.id;
        if (
          news.reset ||
          [...news.put].some((id) => on(room.session.table.get(id))) ||
          [...news.removed.values()].some(on)
        )
          again(0);
      }),
    [room, shown.id],
  );
  const who = shown.shows.length === 1 ? everyone.find((one) => one.id === shown.shows[0]) : undefined;
  const named = isNamed(room, shown);
  const many = shown.shows.length > 1;
  return (
    <div class="cr-tray" role="group" aria-label={t("show.tray")}>
      {who ? <Avatar id={who.id} name={who.name} /> : <Icon name="spot" />}
      <span class="cr-small cr-tray__text">
        {many ? <b>{t("show.all.who")}</b> : <b>{who?.name ?? t("someone")}</b>}{" "}
        <span class="cr-muted">{t(named || many ? "show.on" : "show.on.none")}</span>
      </span>
      <Button kind="line" onPress={() => nameShown(room, shown, !named)}>
        {t(
          named ? (many ? "show.names.hide" : "show.name.hide") : many ? "show.names.show" : "show.name.show",
        )}
      </Button>
      <Button
        kind="main"
        onPress={() => {
          takeBack(room, shown);
          room.said.set(t("show.back.said"));
          // The tray goes, and its button with it: the keys stay with the room, so that Escape leads out of it.
          room.root?.querySelector<HTMLElement>(".cr-walk .cr-copy__open")?.focus({ preventScroll: true });
        }}
      >
        {t("show.back")}
      </Button>
    </div>
  );
}
