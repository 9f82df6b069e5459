/**
 * The door through which the surfaces reach the panels: each function puts one panel of an open class into an element
 * that is already in the page, and returns a function that takes everything away again.
 *
 * The session belongs to whoever opened it; unmounting a panel never closes it, so several panels may show one session.
 */

import type { ComponentChild } from "preact";
import { h } from "preact";

import type { Session } from "../client/contract";
import type { Door, WaysIn } from "../client/door";
import type { BeginProps } from "./begin";
import { Begin } from "./begin";
import { joinLink } from "./invite";
import type { MathStyles } from "./math";
import { put, type Unmount } from "./put";
import { Room } from "./room";
import { BoardTab, SidePanel } from "./side";
import { Student } from "./student";
import { Teacher } from "./teacher";

export type { Unmount } from "./put";

export interface ClassHost {
  session: Session;
  door: Door;
  /** What a teacher was let in with: the panels show its link and code. Students have none. */
  entry?: WaysIn | null;
  mathStyles: MathStyles;
  /** To be called with the class's title, now and whenever it changes. */
  named?(title: string): void;
  /** What "Reload" does where a connection is over; absent: it is not offered. */
  reload?(): void;
}

export interface BoardHost extends ClassHost {
  named(title: string): void;
}

function roomOf(host: ClassHost): Room {
  const room = new Room(host.session, host.door, host.mathStyles);
  const { entry } = host;
  if (entry) {
    room.invitation.set({ link: joinLink(host.door.base, entry.fragments.student), code: entry.code });
    room.since = Number(entry.since) || 0;
  }
  return room;
}

/** Tells the host of the class's title, now and whenever it changes. */
function tellTitle({ session, named }: ClassHost): Unmount {
  if (!named) return () => {};
  let told: string | null = null;
  const tell = () => {
    const title = session.table.ofType("class")[0]?.title ?? "";
    if (title !== told) named(title);
    told = title;
  };
  tell();
  return session.on("table", (news) => {
    if (news.reset || news.put.has("class")) tell();
  });
}

/** `node.classroom` is the session that the panel shows: for the console, and for tests that compare tables. */
function mountPanel(node: HTMLElement, host: ClassHost, room: Room, what: ComponentChild): Unmount {
  Object.assign(node, { classroom: host.session });
  node.dataset.classroom = host.session.classId;
  const untell = tellTitle(host);
  const away = put(node, what);
  return () => {
    untell();
    away();
    room.notices.clear();
  };
}

/** The teacher's whole panel, as in a notebook. `height` is any CSS length. */
export function mountTeacher(node: HTMLElement, host: ClassHost & { height?: string }): Unmount {
  const room = roomOf(host);
  return mountPanel(node, host, room, h(Teacher, { room, height: host.height, onReload: host.reload }));
}

export interface StudentHost extends ClassHost {
  /** In a notebook; else the page is nothing but this. */
  inside?: boolean;
  height?: string;
  /** Leads back to the door. */
  again?(): void;
  leave?(): void;
}

/** The student's surface. */
export function mountStudent(node: HTMLElement, host: StudentHost): Unmount {
  const room = roomOf(host);
  const { inside, height, again, leave, reload } = host;
  return mountPanel(
    node,
    host,
    room,
    h(Student, { room, inside, height, onAgain: again, onLeave: leave, onReload: reload }),
  );
}

/** The board alone, for a tab of its own. */
export function mountBoard(node: HTMLElement, host: BoardHost): Unmount {
  const room = roomOf(host);
  return mountPanel(node, host, room, h(BoardTab, { room, onReload: host.reload }));
}

/** Status, invitation, hands, people, feed and chat, for a narrow side panel. `showBoard` opens the board's tab. */
export function mountSidePanel(node: HTMLElement, host: ClassHost & { showBoard?(): void }): Unmount {
  const room = roomOf(host);
  return mountPanel(node, host, room, h(SidePanel, { room, onReload: host.reload, onBoard: host.showBoard }));
}

/** Where no class is open: start one, or open one that is there. */
export function mountBegin(node: HTMLElement, props: BeginProps): Unmount {
  return put(node, h(Begin, props));
}
