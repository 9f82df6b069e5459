/**
 * Showing private work to everyone and taking it back, ending private copies, and clearing one person's work: what staff
 * do with the work of others, as changes.
 *
 * It promises that what is shown is complete before anyone is led to it, that every shown thing is new and the teacher's
 * own (ids, groups, order, times), and that of work shown without a name nothing on the page says whose it is: the order
 * of many is then drawn by lot, and what a student wrote about a picture stays behind. Every removal can be undone.
 */

import { extent, type Loose, layDown, union } from "../board";
import { between, several } from "../core/order";
import { type Drawable, type Op, type Page, type Person, type Transform, withDefaults } from "../core/schema";
import { topOf } from "../core/table";
import type { Room } from "./room";
import { t } from "./words";

/** Group of the names that are laid beside shown work. */
const NAMES = "names";
/** Board units of a grid of everyone's work. */
const CELL = 480;
const GAP = 32;
const EDGE = 48;
const LABEL = 28;
const STRIP = 64;
/** Past so many records the worksheet is left out of a grid: what people made is what is to be seen. */
const MANY = 5_000;

function patch(ids: string[], fields: Record<string, unknown>): Op {
  return { op: "patch", ids, fields };
}

/** The page on which somebody's private work is shown to everyone now. */
export function shownPage(pages: readonly Page[], current: string | undefined): Page | undefined {
  return pages.find((page) => page.id === current && !page.gone && page.shows.length > 0);
}

/** What lies on someone's copy of a page, without the worksheet. */
function workOf(room: Room, page: string, person: string): Drawable[] {
  return room.session.table.onPage(page).filter((one) => (one as Drawable).copy === person) as Drawable[];
}

function sheetOf(room: Room, page: string): Drawable[] {
  return room.session.table.onPage(page).filter((one) => (one as Drawable).copy === "") as Drawable[];
}

/** Lays the work of these people on a new page beside theirs and leads everyone there. */
export function show(room: Room, page: Page, people: readonly Person[], named: boolean): void {
  const { session } = room;
  const drawn = people.filter((person) => people.length === 1 || workOf(room, page.id, person.id).length > 0);
  if (!drawn.length) return;
  const many = people.length > 1;
  const shown = many && !named ? shuffled(drawn) : drawn;
  const pages = session.table.ofType("page");
  const at = pages.findIndex((one) => one.id === page.id);
  const size = many
    ? gridSize(page, shown.length)
    : { width: page.width, height: page.height + (strip(page) ? STRIP : 0) };
  const made = withDefaults({
    type: "page",
    id: session.newId(),
    order: between(pages[at]?.order ?? null, pages[at + 1]?.order ?? null),
    title: titleOf(shown, named),
    ...size,
    ...(many ? {} : { endless: page.endless, pattern: page.pattern, asset: page.asset }),
    shows: shown.map(({ id }) => id),
  });
  session.change([{ op: "put", record: made }]);
  const things = many
    ? inGrid(room, page, shown)
    : [...sheetOf(room, page.id), ...workOf(room, page.id, shown[0]!.id)];
  layDown(
    session,
    made.id,
    "",
    things.map((one) => bare(one, named)),
  );
  if (named) label(room, made, page, shown);
  const before = shownPage(pages, session.table.ofType("class")[0]?.page);
  session.change([
    patch(["class"], { page: made.id }),
    ...(before ? [patch([before.id], { gone: true })] : []),
  ]);
  room.board.get()?.goTo(made.id);
}

/** It is gone from every screen, and everyone is back where they were. */
export function takeBack(room: Room, shown: Page): void {
  const { session } = room;
  const pages = session.table.ofType("page").filter((page) => !page.gone);
  const at = pages.findIndex((page) => page.id === shown.id);
  const before = pages.slice(0, Math.max(0, at)).findLast((page) => page.audience === "each");
  const back =
    pages.find((page) => page.id === room.walking.get()) ?? before ?? pages[at - 1] ?? pages[at + 1];
  if (!back || back.id === shown.id) return;
  session.change([patch(["class"], { page: back.id }), patch([shown.id], { gone: true })]);
  room.board.get()?.goTo(back.id);
}

export function isNamed(room: Room, shown: Page): boolean {
  return room.session.table.onPage(shown.id).some((one) => (one as Drawable).group === NAMES);
}

/** Takes the names off what is shown, or puts them there. */
export function name(room: Room, shown: Page, named: boolean): void {
  const { session } = room;
  const people = shown.shows
    .map((id) => session.table.get(id))
    .filter((one): one is Person => one?.type === "person");
  if (named) {
    const pages = session.table.ofType("page");
    const from = pages
      .slice(
        0,
        pages.findIndex((one) => one.id === shown.id),
      )
      .findLast((one) => one.audience === "each");
    label(room, shown, from ?? shown, people);
  } else {
    const ids = session.table.onPage(shown.id).filter((one) => (one as Drawable).group === NAMES);
    if (ids.length) session.change([{ op: "remove", ids: ids.map(({ id }) => id) }]);
  }
  session.change([patch([shown.id], { title: titleOf(people, named) })]);
}

function titleOf(people: readonly Person[], named: boolean): string {
  if (people.length > 1) return t("show.title.all");
  return named && people[0] ? t("show.title", { name: people[0].name }) : t("show.title.none");
}

/** Of a drawable, what may be laid before everyone. */
function bare(one: Drawable, named: boolean): Loose {
  const free = { ...one, copy: "", locked: false, author: "", time: 0 };
  return (free.type === "image" && !named ? { ...free, alt: "" } : free) as Loose;
}

/** May the page get a strip for a name below? One with a picture under it, or without edges, keeps its size. */
function strip(page: Page): boolean {
  return page.asset === "" && !page.endless;
}

// -- many at once

interface Cell {
  x: number;
  y: number;
}

function columns(count: number): number {
  return Math.ceil(Math.sqrt(count));
}

function cellHeight(page: Page): number {
  return Math.round((CELL * page.height) / page.width);
}

function gridSize(page: Page, count: number): { width: number; height: number } {
  const across = columns(count);
  const down = Math.ceil(count / across);
  return {
    width: Math.min(20_000, Math.max(100, 2 * EDGE + across * (CELL + GAP) - GAP)),
    height: Math.min(20_000, Math.max(100, 2 * EDGE + down * (cellHeight(page) + STRIP) - STRIP + LABEL)),
  };
}

function cell(page: Page, count: number, index: number): Cell {
  const across = columns(count);
  return {
    x: EDGE + (index % across) * (CELL + GAP),
    y: EDGE + Math.floor(index / across) * (cellHeight(page) + STRIP),
  };
}

/** Everyone's work, each scaled into a frame of its own. */
function inGrid(room: Room, page: Page, people: readonly Person[]): Drawable[] {
  const works = people.map((person) => workOf(room, page.id, person.id));
  const sheet = sheetOf(room, page.id);
  const whole = works.reduce((sum, work) => sum + work.length, 0) + people.length * sheet.length <= MANY;
  const box = (page.endless && union([...sheet, ...works.flat()].map((one) => extent(one as Loose)))) || {
    ...{ minX: 0, minY: 0 },
    ...{ maxX: page.width, maxY: page.height },
  };
  const high = cellHeight(page);
  const scale = Math.min(CELL / (box.maxX - box.minX), high / (box.maxY - box.minY));
  return people.flatMap((_, i) => {
    const { x, y } = cell(page, people.length, i);
    const frame = withDefaults({
      ...{ type: "shape", kind: "rectangle", id: "frame", page: page.id, z: "a1" },
      ...{ x, y, w: CELL, h: high, colour: "grey", width: 2 },
    });
    const group = `copy${i}`;
    const put = (one: Drawable): Drawable => ({
      ...one,
      // What belongs together in one copy has nothing to do with the same group in the next.
      group: one.group ? `${group}-${one.group}`.slice(0, 32) : "",
      id: `${one.id}${i}`,
      ...(one.type === "ink" && one.part ? { part: `${one.part}${i}` } : {}),
      transform: scaled(one.transform, scale, x - box.minX * scale, y - box.minY * scale),
    });
    return [frame as Drawable, ...[...(whole ? sheet : []), ...works[i]!].map(put)];
  });
}

function scaled(transform: Transform | null, s: number, dx: number, dy: number): Transform {
  const [a, b, c, d, e, f] = transform ?? [1, 0, 0, 1, 0, 0];
  return [s * a, s * b, s * c, s * d, s * e + dx, s * f + dy];
}

function shuffled<T>(list: readonly T[]): T[] {
  const out = [...list];
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}

// -- names

/** Lays the names beside what is shown, as small texts. */
function label(room: Room, shown: Page, source: Page, people: readonly Person[]): void {
  const { session } = room;
  const zs = several(topOf(session.table.onPage(shown.id)), null, people.length);
  const many = people.length > 1;
  const size = many ? LABEL : 32;
  const ops = people.map((person, i): Op => {
    const at = many
      ? { x: cell(source, people.length, i).x, y: cell(source, people.length, i).y + cellHeight(source) + 6 }
      : { x: 24, y: shown.height - STRIP + 10 };
    const wide = widthOf(person.name, size);
    return {
      op: "put",
      record: withDefaults({
        ...{ type: "text", id: session.newId(), page: shown.id, z: zs[i]!, group: NAMES },
        ...{ ...at, w: 0, h: Math.round(size * 1.35 * 100) / 100, size, colour: "grey" },
        text: person.name.replace(/[\\$*_`]/g, "\\$&"),
        lines: [[size, size, [[0, wide, "", person.name]]]],
      }),
    };
  });
  session.change(ops);
}

let pen: CanvasRenderingContext2D | null | undefined;

/** How wide words are in the board's letters; about, where those have not come yet. */
function widthOf(words: string, size: number): number {
  pen ??= document.createElement("canvas").getContext("2d");
  if (!pen) return (words.length * size) / 2;
  pen.font = `${size}px "Classroom Noto Sans", sans-serif`;
  return Math.round(pen.measureText(words).width * 100) / 100;
}

// -- ending, clearing

/** Turns a page into one of private copies, or back into a common one; what lies on copies is kept either way. */
export function setPrivate(room: Room, page: Page, on: boolean): void {
  const { audience, locked } = page;
  const fields = on ? { audience: "each" } : { audience: "all", locked: false };
  room.session.change([patch([page.id], fields)]);
  room.notices.show({
    text: t(on ? "copies.on" : "copies.off"),
    icon: on ? "people" : "check",
    action: { label: t("undo"), run: () => room.session.change([patch([page.id], { audience, locked })]) },
  });
}

/** Nobody draws on their copies any more; everyone still sees their own. */
export function handIn(room: Room, page: Page): void {
  room.session.change([patch([page.id], { locked: true })]);
  room.notices.show({
    text: t("copies.in"),
    icon: "lock",
    action: { label: t("undo"), run: () => room.session.change([patch([page.id], { locked: false })]) },
  });
}

/** What was handed in is open again. */
export function reopen(room: Room, page: Page): void {
  room.session.change([patch([page.id], { locked: false })]);
}

/** Is there work of theirs on that page, to be cleared? */
export function hasWork(room: Room, page: Page, person: string): boolean {
  return theirs(room, page, person).length > 0;
}

/** Removes everything of someone's from that page, as one step of undo; a toast offers to bring it back. */
export function clearWork(room: Room, page: Page, person: Person): void {
  const { session } = room;
  const all = theirs(room, page, person.id);
  if (!all.length) return;
  session.change([{ op: "remove", ids: all.map(({ id }) => id) }], { undo: page.id });
  room.notices.show({
    text: t("people.cleared", { name: person.name }),
    icon: "check",
    action: {
      label: t("undo"),
      run: () => {
        const gone = all.filter(({ id }) => !session.table.get(id));
        if (gone.length) session.change(gone.map((record): Op => ({ op: "put", record })));
      },
    },
  });
}

/**
 * What they have made of what everyone sees, and where each has a copy all that lies on theirs, whoever wrote there. What
 * lies on the copy that is looked at comes first: there the step of undo belongs.
 */
function theirs(room: Room, page: Page, person: string): Drawable[] {
  const shown = room.boardState.get()?.copy ?? "";
  return (room.session.table.onPage(page.id) as Drawable[])
    .filter(({ author, copy }) =>
      copy === "" ? author === person : page.audience === "each" && copy === person,
    )
    .sort((a, b) => Number(b.copy === shown) - Number(a.copy === shown));
}

/** Everyone's board comes to where the class is, once. */
export function callBack(room: Room): void {
  room.session.change([patch(["class"], { called: 1 })]);
  room.notices.show({ text: t("follow.called"), icon: "follow" });
}
