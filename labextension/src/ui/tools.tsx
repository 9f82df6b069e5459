/**
 * The table of the drawing tools, and those of them that a short rail or a phone keeps behind one button.
 *
 * Every tool is always within two presses and has its key. The button shows the tool in hand when that is one of its own, so
 * that what a press on the board will do is always in sight.
 */

import { useState } from "preact/hooks";

import { Icon, IconButton } from "./controls";
import type { Side } from "./layers";
import { Popover } from "./layers";
import { choose } from "./pictures";
import { useBoardState, useRoom } from "./room";
import { t } from "./words";

/** In the order of the rail; `image` is no tool that stays in hand, and is handled where it stands. */
export const TOOLS = [
  { tool: "pen", icon: "pen", keyName: "P" },
  { tool: "highlighter", icon: "highlighter", keyName: "H" },
  { tool: "eraser", icon: "eraser", keyName: "E" },
  { tool: "laser", icon: "laser", keyName: "L" },
  { tool: "shape", icon: "shapes", keyName: "S" },
  { tool: "text", icon: "text", keyName: "T" },
  { tool: "note", icon: "note", keyName: "N" },
  { tool: "image", icon: "image", keyName: "I" },
  { tool: "select", icon: "select", keyName: "V" },
  { tool: "hand", icon: "move", keyName: "M" },
] as const;

export type ToolName = (typeof TOOLS)[number]["tool"];

/** What goes behind the button first: what has another way (two fingers, the space bar, dropping) or is used least. */
const FOLDING: readonly ToolName[] = [
  "hand",
  "note",
  "image",
  "laser",
  "shape",
  "text",
  "select",
  "highlighter",
];

/** The most tools that can be folded. */
export const MOST_FOLDED = FOLDING.length;

/** The `count` tools that go behind the button, in the rail's order. One alone would win no place. */
export function folded(count: number): readonly ToolName[] {
  const gone = count < 2 ? [] : FOLDING.slice(0, count);
  return TOOLS.map(({ tool }) => tool).filter((tool) => gone.includes(tool));
}

/** One button for the tools that have no place of their own. */
export function MoreTools({ tools, side }: { tools: readonly ToolName[]; side: Side }) {
  const room = useRoom();
  const now = useBoardState()?.tool;
  const [anchor, open] = useState<HTMLElement | null>(null);
  if (!tools.length) return null;
  const rows = TOOLS.filter(({ tool }) => tools.includes(tool));
  const inHand = rows.find(({ tool }) => tool === now);
  const coarse = matchMedia("(pointer: coarse)").matches;
  const close = () => open(null);
  const tile = (icon: string, name: string, run: () => void, keyName?: string, on?: boolean) => (
    <button
      key={name}
      type="button"
      class={on ? "cr-toolgrid__one cr-on" : "cr-toolgrid__one"}
      aria-pressed={on}
      title={keyName && !coarse ? `${name} (${keyName})` : undefined}
      onClick={() => {
        close();
        run();
      }}
    >
      <Icon name={icon} />
      {name}
    </button>
  );
  return (
    <>
      <IconButton
        icon={inHand?.icon ?? "more"}
        name={inHand ? t("tool.more.now", { tool: t(`tool.${inHand.tool}`) }) : t("tool.more")}
        kind={inHand ? "cr-more cr-more--in" : "cr-more"}
        on={inHand !== undefined}
        expanded={anchor !== null}
        onPress={(event) => open(anchor ? null : event.currentTarget)}
      />
      {anchor ? (
        <Popover anchor={anchor} name={t("tool.more")} side={side} kind="cr-toolgrid" onClose={close}>
          {rows.map(({ tool, icon, keyName }) => {
            if (tool !== "image") {
              const take = () => room.board.get()?.setTool(tool);
              return tile(icon, t(`tool.${tool}`), take, keyName, tool === now);
            }
            if (!coarse)
              return tile(icon, t("tool.image"), () => room.board.get()?.choosePictures(), keyName);
            return [
              tile(icon, t("picture.library"), () => choose(room)),
              tile("camera", t("picture.camera"), () => choose(room, true)),
            ];
          })}
        </Popover>
      ) : null}
    </>
  );
}
