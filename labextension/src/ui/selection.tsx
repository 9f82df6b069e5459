/**
 * The small toolbar at what is selected: colour and line, duplicate, group, arrange, lock, delete.
 *
 * It keeps to the stage, over the selection or under it, and on a phone at the bottom. It is gone while anything moves. It
 * asks the board for everything; what it cannot do to this selection it does not show.
 */

import { useLayoutEffect, useRef, useState } from "preact/hooks";

import type { BoardState, Insets } from "../board";
import { COMMAND, IconButton } from "./controls";
import { MenuButton, Popover } from "./layers";
import { ink, LineChoice, Swatches, Widths } from "./rail";
import { useBoardState, useRoom } from "./room";
import { t } from "./words";
import { TextOptions } from "./write";

/** CSS pixels between the bar and what is selected, and to the stage's edges. */
const GAP = 12;
const EDGE = 8;
/** On a stage this narrow the bar is at the bottom, under the thumb. */
const NARROW = 520;

export function SelectionBar({ stage, insets }: { stage: HTMLElement | null; insets: Insets }) {
  const state = useBoardState();
  if (!stage || !state?.picked || !state.selectionMenuAnchor || !state.canDraw) return null;
  return <Bar stage={stage} insets={insets} state={state} />;
}

function Bar({ stage, insets, state }: { stage: HTMLElement; insets: Insets; state: BoardState }) {
  const room = useRoom();
  const node = useRef<HTMLDivElement>(null);
  const [anchor, open] = useState<HTMLElement | null>(null);
  const board = room.board.get();
  const picked = state.picked!;
  const at = state.selectionMenuAnchor!;
  useLayoutEffect(() => {
    if (node.current) place(node.current, stage, at, insets);
  });
  // The bar goes with the selection: the keys go on at the board, not nowhere.
  useLayoutEffect(() => {
    const bar = node.current;
    return () => {
      if (bar?.contains(document.activeElement)) room.board.get()?.focus();
    };
  }, [room]);
  const styled = picked.kinds.some((kind) => kind !== "image");
  return (
    <div
      ref={node}
      class="cr-float cr-selbar"
      role="toolbar"
      aria-label={t("sel.bar", { count: picked.count })}
      data-region="selection"
    >
      {picked.locked ? null : (
        <>
          {styled ? (
            <IconButton
              icon=""
              name={t("sel.look")}
              expanded={anchor !== null}
              onPress={(event) => open(anchor ? null : event.currentTarget)}
            >
              <span
                class={picked.colour ? "cr-swatch" : "cr-swatch cr-swatch--several"}
                style={picked.colour ? { "--c": ink(picked.colour) } : undefined}
              />
            </IconButton>
          ) : null}
          {picked.count === 1 && picked.kinds.includes("image") ? (
            <IconButton
              icon=""
              name={t("picture.describe.title")}
              onPress={() => room.describing.set(board?.selection[0] ?? "")}
            >
              <b class="cr-alt" aria-hidden="true" />
            </IconButton>
          ) : null}
          <IconButton
            icon="copy"
            name={t("sel.duplicate")}
            keyName={`${COMMAND} D`}
            onPress={() => board?.duplicate()}
          />
          {picked.groupable ? (
            <IconButton
              icon="group"
              name={t("sel.group")}
              keyName={`${COMMAND} G`}
              onPress={() => board?.group()}
            />
          ) : null}
          {picked.grouped ? (
            <IconButton
              icon="ungroup"
              name={t("sel.ungroup")}
              keyName={`${COMMAND} ⇧ G`}
              onPress={() => board?.ungroup()}
            />
          ) : null}
          <MenuButton
            icon="layers"
            name={t("sel.arrange")}
            side="above"
            entries={() => [
              { label: t("sel.front"), keyName: `${COMMAND} ⇧ ]`, run: () => board?.arrange("front") },
              { label: t("sel.forward"), keyName: `${COMMAND} ]`, run: () => board?.arrange("forward") },
              { label: t("sel.backward"), keyName: `${COMMAND} [`, run: () => board?.arrange("backward") },
              { label: t("sel.back"), keyName: `${COMMAND} ⇧ [`, run: () => board?.arrange("back") },
            ]}
          />
        </>
      )}
      {room.staff ? (
        <IconButton
          icon={picked.locked ? "unlock" : "lock"}
          name={t(picked.locked ? "sel.unlock" : "sel.lock")}
          keyName={`${COMMAND} ⇧ L`}
          onPress={() => board?.lock(!picked.locked)}
        />
      ) : null}
      {picked.locked ? null : (
        <IconButton
          icon="trash"
          name={t("sel.remove")}
          keyName={t("keys.delete")}
          onPress={() => board?.remove()}
        />
      )}
      {anchor ? (
        <Popover anchor={anchor} name={t("sel.look")} side="above" onClose={() => open(null)}>
          <Look state={state} />
        </Popover>
      ) : null}
    </div>
  );
}

/** What of its looks can be changed. */
function Look({ state }: { state: BoardState }) {
  const board = useRoom().board.get();
  const picked = state.picked!;
  const shapes = picked.kinds.includes("shape");
  const words = picked.kinds.includes("text") || picked.kinds.includes("note");
  const lines = shapes || picked.kinds.includes("ink");
  return (
    <>
      {shapes ? (
        <>
          <LineChoice
            dash={picked.dash}
            filled={picked.filled}
            figure="rectangle"
            onChange={(style) => board?.style(style)}
          />
          <div class="cr-hr cr-pop__line" />
        </>
      ) : null}
      {words ? (
        <>
          <TextOptions
            state={{
              ...state,
              tool: picked.kinds.includes("text") ? "text" : "note",
              textSize: picked.size,
              textAlign: picked.align as BoardState["textAlign"],
            }}
          />
          <div class="cr-hr cr-pop__line" />
        </>
      ) : null}
      <Swatches state={state} />
      {lines ? (
        <>
          <div class="cr-hr cr-pop__line" />
          <Widths state={state} />
        </>
      ) : null}
    </>
  );
}

/** Over what is selected; where that leaves the stage, under it; on a narrow stage at its bottom. */
function place(
  node: HTMLElement,
  stage: HTMLElement,
  at: NonNullable<BoardState["selectionMenuAnchor"]>,
  insets: Insets,
): void {
  const { offsetWidth: width, offsetHeight: height } = node;
  const { clientWidth, clientHeight } = stage;
  let x = (at.minX + at.maxX - width) / 2;
  let y = at.minY - GAP - height;
  // What stands at the foot of the stage, such as the dock, is inside its inset, with air above it.
  const [top, bottom] = [insets.top + EDGE / 2, clientHeight - Math.max(EDGE, insets.bottom - EDGE) - height];
  if (clientWidth < NARROW) {
    x = (clientWidth - width) / 2;
    y = bottom;
  } else if (y < top) {
    y = at.maxY + GAP;
    // Neither over nor under it: at the top of what is seen of it.
    if (y > bottom) y = Math.max(top, Math.min(at.minY + GAP, bottom));
  }
  const [left, right] = [Math.min(insets.left, 80), clientWidth - EDGE - width];
  node.style.left = `${Math.round(Math.max(EDGE, left, Math.min(x, right)))}px`;
  node.style.top = `${Math.round(Math.max(EDGE, y))}px`;
}
