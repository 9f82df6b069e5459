/**
 * The tools of a phone, under the thumb: one row for what is drawn with (colours and width), one for the tools.
 *
 * Seven places and no more: what is not among them is behind "More tools". Raising a hand has a place, since a pupil who
 * draws must not have to leave the page to ask.
 */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

import { IconButton } from "./controls";
import { Popover } from "./layers";
import { hasOptions, isText, kit, Swatches, shownWidth, ToolOptions } from "./rail";
import { useBoardState, useRoom } from "./room";
import { folded, MoreTools, TOOLS } from "./tools";
import { t } from "./words";

/** Tools behind "More tools": with the hand in the row, one more. */
const FOLDED = 4;

export function ThumbTools({ hand }: { hand: ComponentChildren }) {
  const room = useRoom();
  const state = useBoardState();
  const [anchor, open] = useState<HTMLElement | null>(null);
  if (!state) return null;
  const board = room.board.get();
  const { widths, width } = kit(state);
  const away = folded(hand ? FOLDED + 1 : FOLDED);
  const press = (node: HTMLElement) => open(anchor ? null : node);
  return (
    <nav class="cr-tools" aria-label={t("region.tools")} data-region="tools">
      <div class="cr-tools__look">
        <Swatches state={state} />
        <span class="cr-sep" />
        <IconButton
          icon=""
          name={t(isText(state) ? "text.size" : "ink.widths")}
          expanded={anchor !== null}
          disabled={!hasOptions(state.tool)}
          onPress={(event) => press(event.currentTarget)}
        >
          {isText(state) ? (
            <span class="cr-mark cr-mark--l" aria-hidden="true">
              A
            </span>
          ) : (
            <i class="cr-stroke" style={{ height: `${shownWidth(widths, width)}px` }} />
          )}
        </IconButton>
      </div>
      <div class="cr-tools__row">
        {TOOLS.filter(({ tool }) => !away.includes(tool)).map(({ tool, icon }) => (
          <IconButton
            key={tool}
            icon={icon}
            name={t(`tool.${tool}`)}
            toggle
            on={state.tool === tool}
            onPress={(event) => {
              if (state.tool === tool && hasOptions(tool)) press(event.currentTarget);
              else if (tool !== "image") board?.setTool(tool);
            }}
          />
        ))}
        <MoreTools tools={away} side="above" />
        {hand}
      </div>
      {anchor ? (
        <Popover anchor={anchor} name={t("ink.widths")} side="above" onClose={() => open(null)}>
          <ToolOptions state={state} colours={false} />
        </Popover>
      ) : null}
    </nav>
  );
}
