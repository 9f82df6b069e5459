/**
 * The small pieces that every panel is built of: icons, buttons, chips, avatars, switches.
 *
 * Each is a real control with a name and, where it shows only an icon, a tooltip with its key. They hold no state of the
 * class.
 */

import type { ComponentChildren, TargetedMouseEvent } from "preact";

import doodles from "../../style/doodles.svg";
import icons from "../../style/icons.svg";
import { personColour } from "../core/people";
import { initials, t } from "./words";

/** The key that commands are given with, as it is written here. */
export const COMMAND = /Mac|iP(hone|ad)/.test(globalThis.navigator?.platform ?? "") ? "⌘" : "Ctrl";

interface Drawing {
  box: string;
  inner: string;
}

function drawings(set: string): ReadonlyMap<string, Drawing> {
  const found = set.matchAll(/<symbol id="([^"]+)" viewBox="([^"]+)">(.*?)<\/symbol>/gs);
  return new Map([...found].map(([, id, box, inner]) => [id!, { box: box!, inner: inner! }]));
}

const ICONS = drawings(icons.replaceAll('class="f"', 'class="cr-f"'));
const DOODLES = drawings(doodles);

/** One icon of the set, 20 px (or 16). What is set as markup is our own file's text, known when this was built. */
export function Icon({ name, small }: { name: string; small?: boolean }) {
  const icon = ICONS.get(name);
  if (!icon) return null;
  return (
    <svg
      class={small ? "cr-ic cr-ic-s" : "cr-ic"}
      viewBox={icon.box}
      aria-hidden="true"
      dangerouslySetInnerHTML={{ __html: icon.inner }}
    />
  );
}

/** A word or doodle in board ink. */
export function Doodle({ name, kind = "cr-doodle" }: { name: string; kind?: string }) {
  const doodle = DOODLES.get(name);
  if (!doodle) return null;
  return (
    <svg
      class={kind}
      viewBox={doodle.box}
      aria-hidden="true"
      dangerouslySetInnerHTML={{ __html: doodle.inner }}
    />
  );
}

type Press = (event: TargetedMouseEvent<HTMLButtonElement>) => void;

export interface ButtonProps {
  kind?: string;
  icon?: string;
  children: ComponentChildren;
  onPress?: Press;
  disabled?: boolean;
  pressed?: boolean;
  submit?: boolean;
  title?: string;
  keys?: string;
  expanded?: boolean;
}

/** A button with words. `kind` are its modifiers: "main", "soft s". */
export function Button(props: ButtonProps) {
  const modifiers = (props.kind ?? "")
    .split(" ")
    .filter(Boolean)
    .map((kind) => `cr-btn--${kind}`);
  return (
    <button
      type={props.submit ? "submit" : "button"}
      class={["cr-btn", ...modifiers].join(" ")}
      onClick={props.onPress}
      disabled={props.disabled}
      aria-pressed={props.pressed}
      aria-expanded={props.expanded}
      aria-keyshortcuts={props.keys}
      title={props.title}
    >
      {props.icon ? <Icon name={props.icon} small={/\bs\b/.test(props.kind ?? "")} /> : null}
      {props.children}
    </button>
  );
}

export interface IconButtonProps {
  icon: string;
  name: string;
  /** The key that does the same, as people read it. */
  keyName?: string;
  onPress?: Press;
  on?: boolean;
  /** A choice that stays: announced as pressed. */
  toggle?: boolean;
  small?: boolean;
  disabled?: boolean;
  expanded?: boolean;
  kind?: string;
  children?: ComponentChildren;
}

/** A button with an icon only; its name is its label and, with the key, its tooltip. */
export function IconButton(props: IconButtonProps) {
  const title = props.keyName ? `${props.name} (${props.keyName})` : props.name;
  return (
    <button
      type="button"
      class={["cr-ib", props.small ? "cr-ib--s" : "", props.on ? "cr-on" : "", props.kind ?? ""]
        .filter(Boolean)
        .join(" ")}
      aria-label={title}
      title={title}
      aria-pressed={props.toggle ? Boolean(props.on) : undefined}
      aria-expanded={props.expanded}
      aria-haspopup={props.expanded === undefined ? undefined : "true"}
      disabled={props.disabled}
      onClick={props.onPress}
    >
      {props.children ?? <Icon name={props.icon} />}
    </button>
  );
}

export function Avatar({ id, name, small }: { id: string; name: string; small?: boolean }) {
  return (
    <span
      class={small ? "cr-av cr-av--s" : "cr-av"}
      style={{ "--c": `var(--ink-${personColour(id)})` }}
      aria-hidden="true"
    >
      {initials(name)}
    </span>
  );
}

/** A number in a pill; `fresh`: of new things. */
export function Count({ n, fresh }: { n: number; fresh?: boolean }) {
  if (!n) return null;
  return (
    <span class={fresh ? "cr-count cr-count--new" : "cr-count"}>
      {n > 99 ? "99+" : n}
      {fresh ? <span class="cr-sr"> {t("tab.new", { count: n })}</span> : null}
    </span>
  );
}

/** The live dot with its word. */
export function Live({ word = t("live") }: { word?: string }) {
  return <span class="cr-live">{word}</span>;
}

export function Switch(props: { on: boolean; name: string; onChange: (on: boolean) => void }) {
  return (
    <button
      type="button"
      class={props.on ? "cr-switch cr-on" : "cr-switch"}
      role="switch"
      aria-checked={props.on}
      aria-label={props.name}
      title={props.name}
      onClick={() => props.onChange(!props.on)}
    />
  );
}

export interface Choice<T extends string> {
  value: T;
  label: string;
}

/** Two to four exclusive choices, side by side. */
export function Segmented<T extends string>(props: {
  name: string;
  value: T;
  choices: readonly Choice<T>[];
  onChange: (value: T) => void;
  disabled?: boolean;
}) {
  return (
    <div class="cr-seg" role="group" aria-label={props.name} title={props.name}>
      {props.choices.map((choice) => (
        <button
          key={choice.value}
          type="button"
          class={choice.value === props.value ? "cr-on" : undefined}
          aria-pressed={choice.value === props.value}
          disabled={props.disabled}
          onClick={() => props.onChange(choice.value)}
        >
          {choice.label}
        </button>
      ))}
    </div>
  );
}

/** What stands where nothing is yet. */
export function Empty(props: {
  doodle?: string;
  title: string;
  text?: string;
  level?: 2 | 3;
  children?: ComponentChildren;
}) {
  const Title = props.level === 2 ? "h2" : "h3";
  return (
    <div class="cr-empty">
      {props.doodle ? <Doodle name={props.doodle} /> : null}
      <Title class="cr-empty__title">{props.title}</Title>
      {props.text ? <p>{props.text}</p> : null}
      {props.children}
    </div>
  );
}
