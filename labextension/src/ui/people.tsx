/**
 * Who is here: hands first, in the order in which they were raised, then everyone who is connected.
 *
 * Staff answer hands, let single people draw or stop them, change roles and remove. A row draws again only when its own
 * person changed, so a list of hundreds stays quiet.
 */

import type { ComponentChildren, VNode } from "preact";
import { Component } from "preact";
import { useMemo, useState } from "preact/hooks";

import type { Op, Person } from "../core/schema";
import { Avatar, Button, Count, Empty, Icon, IconButton } from "./controls";
import type { MenuEntry } from "./layers";
import { Menu } from "./layers";
import type { Room } from "./room";
import { useCell, useClass, useHere, useNow, useRecords, useRoom } from "./room";
import { clearWork, hasWork } from "./showing";
import { ago, nth, t } from "./words";

/** From how many people on a search field helps. */
const SEARCH_FROM = 12;

function patch(id: string, fields: Record<string, unknown>): Op {
  return { op: "patch", ids: [id], fields };
}

/** Those whose hand is up, first raised first. */
export function hands(people: readonly Person[]): Person[] {
  return people
    .filter((person) => person.hand > 0)
    .sort((a, b) => a.hand - b.hand || a.id.localeCompare(b.id));
}

/** Staff first, then by name. */
export function byName(a: Person, b: Person): number {
  const rank = (person: Person) => ({ teacher: 0, assistant: 1, student: 2, observer: 3 })[person.role] ?? 2;
  return rank(a) - rank(b) || a.name.localeCompare(b.name) || a.id.localeCompare(b.id);
}

function menuFor(room: Room, person: Person): (MenuEntry | "-")[] {
  const { session } = room;
  const { name } = person;
  const change = (fields: Record<string, unknown>) => session.change([patch(person.id, fields)]);
  const entries: (MenuEntry | "-")[] = [];
  if (person.role === "student") {
    if (person.draw !== "yes")
      entries.push({
        icon: "pen",
        label: t("people.draw.give", { name }),
        run: () => change({ draw: "yes" }),
      });
    if (person.draw !== "no")
      entries.push({
        icon: "lock",
        label: t("people.draw.take", { name }),
        run: () => change({ draw: "no" }),
      });
    if (person.draw !== "")
      entries.push({ icon: "people", label: t("people.draw.as"), run: () => change({ draw: "" }) });
  }
  if (person.role !== "teacher") {
    entries.push({
      icon: "chat",
      label: t(person.chat ? "people.chat.take" : "people.chat.give", { name }),
      run: () => change({ chat: !person.chat }),
    });
  }
  const page = session.table.get(room.boardState.get()?.page ?? "");
  if (page?.type === "page" && hasWork(room, page, person.id))
    entries.push({
      icon: "none",
      label: t("people.clear", { name }),
      run: () => clearWork(room, page, person),
    });
  if (session.me?.role === "teacher" && session.me.person !== person.id) {
    entries.push("-");
    const roles = ["student", "assistant", "teacher", "observer"] as const;
    for (const role of roles) {
      entries.push({
        label: t(`people.role.${role}`),
        checked: person.role === role,
        radio: true,
        run: () => change({ role }),
      });
    }
    entries.push("-", { icon: "x", label: t("people.remove"), bad: true, run: () => remove(room, person) });
  }
  return entries;
}

function remove(room: Room, person: Person): void {
  const { name } = person;
  room.door.remove(person.id).then(
    () => {
      room.removed.set(new Set([...room.removed.get(), person.id]));
      room.notices.show({ text: t("people.removed", { name }), icon: "check" });
    },
    () => room.notices.show({ text: t("people.removed.failed", { name }) }),
  );
}

interface RowProps {
  person: Person;
  away: boolean;
  removed: boolean;
  self: boolean;
  staff: boolean;
  pen: boolean;
  onMenu: (person: Person, anchor: HTMLElement) => void;
  onDraw: (person: Person) => void;
}

/** One person. A class component only to say when it need not draw again. */
class Row extends Component<RowProps> {
  override shouldComponentUpdate(next: RowProps): boolean {
    const now = this.props;
    return (
      next.person !== now.person ||
      next.away !== now.away ||
      next.removed !== now.removed ||
      next.self !== now.self ||
      next.staff !== now.staff ||
      next.pen !== now.pen
    );
  }

  override render(): VNode {
    const { person, away, removed, self, staff, pen, onMenu, onDraw } = this.props;
    const draws = pen && person.role === "student";
    return (
      <li class={away ? "cr-person cr-person--away" : "cr-person"}>
        <Avatar id={person.id} name={person.name} />
        <span
          class="cr-grow cr-one-line"
          title={person.badge ? `${person.name} · ${person.badge}` : person.name}
        >
          {person.name}
          {self ? <span class="cr-faint"> {t("you")}</span> : null}
        </span>
        {removed ? (
          <span class="cr-tiny cr-muted">{t("people.removed.mark")}</span>
        ) : person.role === "student" ? null : (
          <span class="cr-tiny cr-muted">{t(`role.${person.role}`)}</span>
        )}
        {staff && !self && !removed ? (
          <IconButton
            icon="more"
            small
            kind="cr-quiet"
            name={t("people.menu", { name: person.name })}
            onPress={(event) => onMenu(person, event.currentTarget)}
          />
        ) : null}
        {removed ? null : staff && person.role === "student" ? (
          <IconButton
            icon={person.draw === "no" ? "lock" : "pen"}
            small
            toggle
            on={draws}
            kind={draws || person.draw === "no" ? "cr-person__pen" : "cr-person__pen cr-quiet"}
            name={t(draws ? "people.draw.take" : "people.draw.give", { name: person.name })}
            onPress={() => onDraw(person)}
          />
        ) : draws ? (
          <span class="cr-faint" title={t("people.draws")}>
            <Icon name="pen" small />
          </span>
        ) : null}
      </li>
    );
  }
}

/** Hands, in order, each with its tick. */
export function Hands({ quiet }: { quiet?: boolean }) {
  const { session, staff } = useRoom();
  const up = hands(useRecords("person"));
  const now = useNow();
  if (!up.length) {
    return quiet ? null : (
      <section class="cr-section">
        <SectionTitle icon="hand">{t("people.hands")}</SectionTitle>
        <p class="cr-small cr-muted">
          {t("people.nohands")}. {t("people.nohands.text")}
        </p>
      </section>
    );
  }
  return (
    <section class="cr-section">
      <SectionTitle icon="hand">{t("people.hands")}</SectionTitle>
      <ol>
        {up.map((person) => (
          <li key={person.id} class="cr-person">
            <Avatar id={person.id} name={person.name} />
            <span class="cr-grow cr-one-line">{person.name}</span>
            <span class="cr-tiny cr-muted cr-num">{ago(person.hand, now)}</span>
            {staff ? (
              <IconButton
                icon="check"
                small
                name={t("people.answered", { name: person.name })}
                onPress={() => session.change([patch(person.id, { hand: 0 })])}
              />
            ) : null}
          </li>
        ))}
      </ol>
    </section>
  );
}

export function SectionTitle({ icon, children }: { icon?: string; children: ComponentChildren }) {
  return (
    <h2 class="cr-section__title">
      {icon ? <Icon name={icon} small /> : null}
      {children}
    </h2>
  );
}

export function People() {
  const room = useRoom();
  const { session, staff } = room;
  const people = useRecords("person");
  const here = useHere();
  const drawing = useClass()?.draw ?? "none";
  const removed = useCell(room.removed);
  const [wanted, want] = useState("");
  const [showAway, setShowAway] = useState(true);
  const [searching, search] = useState(false);
  const [menu, openMenu] = useState<{ person: Person; anchor: HTMLElement } | null>(null);
  const sorted = useMemo(() => [...people].sort(byName), [people]);
  const found = useMemo(() => {
    const term = wanted.trim().toLocaleLowerCase();
    return term ? sorted.filter((person) => person.name.toLocaleLowerCase().includes(term)) : sorted;
  }, [sorted, wanted]);
  const present = found.filter((person) => here.has(person.id));
  const away = staff ? found.filter((person) => !here.has(person.id)) : [];
  const me = session.me?.person ?? "";
  const row = (person: Person, isAway: boolean) => (
    <Row
      key={person.id}
      person={person}
      away={isAway}
      removed={isAway && removed.has(person.id)}
      self={person.id === me}
      staff={staff}
      pen={drawing === "all" ? person.draw !== "no" : drawing === "chosen" && person.draw === "yes"}
      onMenu={(one, anchor) => openMenu({ person: one, anchor })}
      onDraw={(one) => toggleDraw(room, one, drawing)}
    />
  );
  const alone = people.every((person) => person.id === me || !here.has(person.id)) && !away.length;
  return (
    <>
      <Hands quiet={!staff || alone} />
      {searching ? (
        <div class="cr-search">
          <Icon name="search" small />
          <input
            ref={focusOn}
            class="cr-field cr-field--s"
            type="search"
            value={wanted}
            placeholder={t("people.find")}
            aria-label={t("people.find")}
            onInput={(event) => want(event.currentTarget.value)}
          />
        </div>
      ) : null}
      <section class="cr-section">
        <SectionTitle>
          <span class="cr-grow">{t("people.here")}</span>
          {people.length > SEARCH_FROM ? (
            <IconButton
              icon="search"
              small
              kind="cr-section__act"
              name={t("people.find")}
              toggle
              on={searching}
              onPress={() => {
                search(!searching);
                want("");
              }}
            />
          ) : null}
        </SectionTitle>
        <ul>{present.map((person) => row(person, false))}</ul>
        {wanted && !found.length ? <p class="cr-small cr-muted">{t("people.find.none")}</p> : null}
        {alone && !wanted ? (
          <Empty
            doodle="hands"
            title={t("people.none")}
            text={t(staff ? "people.none.text" : "people.none.student")}
          />
        ) : null}
      </section>
      {away.length ? (
        <section class="cr-section">
          <SectionTitle>
            <button
              type="button"
              class="cr-fold"
              aria-expanded={showAway}
              onClick={() => setShowAway(!showAway)}
            >
              {t("people.away")}
              <Count n={away.length} />
              <Icon name={showAway ? "down" : "right"} small />
            </button>
          </SectionTitle>
          {showAway ? <ul>{away.map((person) => row(person, true))}</ul> : null}
        </section>
      ) : null}
      {menu ? (
        <Menu
          anchor={menu.anchor}
          name={t("people.menu", { name: menu.person.name })}
          side="left"
          entries={menuFor(room, menu.person)}
          onClose={() => openMenu(null)}
        />
      ) : null}
    </>
  );
}

function focusOn(node: HTMLElement | null): void {
  node?.focus({ preventScroll: true });
}

/** The pen beside a name: gives or takes the right to draw, and makes "Chosen" true when nobody drew before. */
export function toggleDraw(room: Room, person: Person, drawing: "none" | "chosen" | "all"): void {
  const may = drawing === "all" ? person.draw !== "no" : drawing === "chosen" && person.draw === "yes";
  const ops: Op[] = [];
  if (may) ops.push(patch(person.id, { draw: drawing === "all" ? "no" : "" }));
  else {
    ops.push(patch(person.id, { draw: drawing === "all" ? "" : "yes" }));
    if (drawing === "none") ops.push(patch("class", { draw: "chosen" }));
  }
  room.session.change(ops);
}

/** Raise hand, or the place in the queue; press again to lower. */
export function HandButton({ kind }: { kind: "dock" | "tab" | "tool" }) {
  const { session, said } = useRoom();
  const people = useRecords("person");
  const me = session.me?.person;
  const up = hands(people);
  const place = up.findIndex((person) => person.id === me) + 1;
  const press = () => {
    if (!me) return;
    session.change([patch(me, { hand: place ? 0 : Math.max(1, Math.round(session.now())) })]);
    said.set(t(place ? "hand.said.down" : "hand.said.up"));
  };
  if (kind === "dock") {
    return (
      <Button
        kind={place ? "big hand" : "big main"}
        icon="hand"
        pressed={place > 0}
        keys="R"
        title={place ? t("hand.lower") : `${t("hand.raise")} (R)`}
        onPress={press}
      >
        {place ? t("hand.up", { place: nth(place) }) : t("hand.raise")}
      </Button>
    );
  }
  if (kind === "tool") {
    return (
      <IconButton
        icon="hand"
        name={place ? t("hand.up", { place: nth(place) }) : t("hand.raise")}
        toggle
        on={place > 0}
        kind={place ? "cr-hand-up" : ""}
        onPress={press}
      />
    );
  }
  return (
    <button
      type="button"
      class={place ? "cr-raise cr-raise--up" : "cr-raise"}
      aria-pressed={place > 0}
      onClick={press}
    >
      <Icon name="hand" />
      {place ? t("hand.up.short", { place: nth(place) }) : t("hand.short")}
    </button>
  );
}
