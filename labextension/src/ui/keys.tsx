/**
 * Keys of the whole panel, beside those of the board, and the sheet that lists both.
 *
 * They act when no text is being edited and only from inside the panel, except on a page that is nothing but the class.
 */

import { useEffect, useReducer, useState } from "preact/hooks";

import { chord, editing } from "../board";
import { Button, COMMAND, Switch } from "./controls";
import { CHORDS, keysOff } from "./keys_off";
import { Dialog } from "./layers";
import { useLatest, useRoom } from "./room";
import type { Key } from "./words";
import { t } from "./words";

export interface PanelKeys {
  hand?: () => void;
  drawer?: () => void;
  tab?: (index: number) => void;
  full?: () => void;
  /** Walk the room; false where there is nothing to walk. */
  walk?: () => boolean;
  call?: () => void;
  sheet: () => void;
}

/** Moves the focus to the next part of the panel (F6), wrapping around. */
function nextRegion(root: HTMLElement, back: boolean): void {
  const regions = [...root.querySelectorAll<HTMLElement>("[data-region]")].filter(
    (node) => node.getClientRects().length > 0,
  );
  if (!regions.length) return;
  const now = document.activeElement;
  const at = regions.findIndex((region) => region.contains(now));
  const next = regions[(at + (back ? -1 : 1) + regions.length) % regions.length]!;
  const inside = next.querySelector<HTMLElement>("[tabindex='0'], button:not([disabled]), input, textarea");
  (inside ?? next).focus();
}

/** @param everywhere the page is nothing but this panel, so keys count wherever the focus is */
export function usePanelKeys(root: HTMLElement | null, keys: PanelKeys, everywhere: boolean): void {
  const room = useRoom();
  const latest = useLatest(keys);
  useEffect(() => {
    if (!root) return;
    const target: HTMLElement | Document = everywhere ? document : root;
    const press = (given: Event) => {
      const event = given as KeyboardEvent;
      if (event.defaultPrevented) return;
      const now = latest.current;
      if (event.key === "Escape") {
        // A tool that was picked by its button has the focus there: the board hears of Escape all the same.
        if (room.layers.closeTop() || (!editing(event.target) && room.board.get()?.cancel())) take(event);
        return;
      }
      if (keysOff.stops(chord(event))) return;
      if (event.key === "F6") {
        nextRegion(root, event.shiftKey);
        return take(event);
      }
      if (event.altKey && !event.ctrlKey && !event.metaKey && /^Digit[1-3]$/.test(event.code) && now.tab) {
        now.tab(Number(event.code.slice(5)) - 1);
        return take(event);
      }
      if (editing(event.target) || (event.target as Element).closest?.(".cr-layer")) return;
      if (
        event.shiftKey &&
        event.key === "G" &&
        now.call &&
        !event.ctrlKey &&
        !event.metaKey &&
        !event.repeat
      ) {
        now.call();
        return take(event);
      }
      const plain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.repeat;
      const run = plain
        ? { r: now.hand, "\\": now.drawer, f: now.full, "?": now.sheet }[event.key.toLowerCase()]
        : undefined;
      if (plain && event.key.toLowerCase() === "w" && now.walk?.()) take(event);
      else if (run) {
        run();
        take(event);
      } else room.board.get()?.keydown(event);
    };
    target.addEventListener("keydown", press);
    return () => target.removeEventListener("keydown", press);
  }, [root, everywhere, room]);
}

function take(event: Event): void {
  event.preventDefault();
  event.stopPropagation();
}

type Line = readonly [Key, readonly string[]];

const DRAW: readonly Line[] = [
  ["tool.pen", ["P"]],
  ["tool.highlighter", ["H"]],
  ["tool.eraser", ["E"]],
  ["tool.laser", ["L"]],
  ["tool.shape", ["S"]],
  ["tool.text", ["T"]],
  ["tool.note", ["N"]],
  ["tool.image", ["I"]],
  ["tool.select", ["V"]],
  ["tool.hand", ["M"]],
  ["keys.colour", ["1", "–", "8"]],
  ["keys.width", ["[", "]"]],
];
const SELECT: readonly Line[] = [
  ["keys.things", ["Tab", "⇧ Tab"]],
  ["keys.all", [COMMAND, "A"]],
  ["menu.copy", [COMMAND, "C"]],
  ["menu.cut", [COMMAND, "X"]],
  ["menu.paste", [COMMAND, "V"]],
  ["keys.nudge", ["←", "↑", "→", "↓"]],
  ["sel.duplicate", [COMMAND, "D"]],
  ["sel.remove", ["Del"]],
  ["keys.group", [COMMAND, "G"]],
  ["keys.arrange", [COMMAND, "[", "]"]],
  ["keys.lock", [COMMAND, "⇧", "L"]],
  ["keys.menu", ["⇧", "F10"]],
];
const MOVE: readonly Line[] = [
  ["keys.pan", ["Space", "drag"]],
  ["page.in", ["+"]],
  ["page.out", ["–"]],
  ["keys.fit", ["0"]],
  ["undo", [COMMAND, "Z"]],
  ["redo", [COMMAND, "⇧", "Z"]],
];
const CLASS: readonly Line[] = [
  ["keys.hand", ["R"]],
  ["keys.follow", ["G"]],
  ["keys.walk", ["W"]],
  ["keys.copies", ["Alt ←", "Alt →"]],
  ["keys.call", ["⇧", "G"]],
  ["keys.pages", ["PgDn", "PgUp"]],
  ["keys.tabs", ["Alt 1", "2", "3"]],
  ["keys.drawer", ["\\"]],
  ["full.on", ["F"]],
  ["keys.regions", ["F6"]],
  ["keys.this", ["?"]],
];

const STAFF_KEYS: readonly Key[] = ["keys.walk", "keys.copies", "keys.call"];

export function KeySheet({ onClose }: { onClose: () => void }) {
  const { staff } = useRoom();
  const [choosing, choose] = useState(false);
  const [, again] = useReducer((n: number) => n + 1, 0);
  const groups: readonly (readonly [Key, readonly Line[]])[] = [
    ["keys.draw", DRAW],
    ["keys.select", staff ? SELECT : SELECT.filter(([key]) => key !== "keys.lock")],
    ["keys.move", MOVE],
    [
      "keys.class",
      CLASS.filter(([key]) => !(staff ? ["keys.hand", "keys.follow"] : STAFF_KEYS).includes(key)),
    ],
  ];
  return (
    <Dialog title={t("keys.title")} wide onClose={onClose}>
      <div class="cr-keys">
        {groups.map(([title, lines]) => (
          <section key={title}>
            <h3>{t(title)}</h3>
            {lines.map(([key, names]) => (
              <p key={key} class={keysOff.has(key) ? "cr-keys__off" : undefined}>
                <span>{t(key)}</span>
                {names.map((name) => (
                  <kbd key={name} class="cr-kbd">
                    {name === "Space" ? t("keys.space") : name === "drag" ? t("keys.pan.how") : name}
                  </kbd>
                ))}
                {choosing && CHORDS[key] ? (
                  <Switch
                    on={!keysOff.has(key)}
                    name={t("keys.on", { what: t(key) })}
                    onChange={(on) => {
                      keysOff.set(key, !on);
                      again(0);
                    }}
                  />
                ) : null}
              </p>
            ))}
          </section>
        ))}
      </div>
      <div class="cr-dialog__foot">
        {choosing && keysOff.size ? (
          <Button
            onPress={() => {
              keysOff.clear();
              again(0);
            }}
          >
            {t("keys.all.on")}
          </Button>
        ) : null}
        <Button kind="line" onPress={() => choose(!choosing)}>
          {t(choosing ? "keys.chosen" : keysOff.size ? "keys.choose.some" : "keys.choose", {
            count: keysOff.size,
          })}
        </Button>
      </div>
    </Dialog>
  );
}
