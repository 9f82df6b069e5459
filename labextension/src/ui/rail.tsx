/**
 * The drawing tools: pen, highlighter, eraser, laser, shapes, pictures, select, hand, one dot for colour and width, undo and redo.
 *
 * It shows what the board says and asks the board for everything; a person who may not draw gets none of it, not a grey one.
 */

import { Fragment } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

import type { BoardState, Dash } from "../board";
import {
  DASHES,
  ERASER_SIZES,
  HIGHLIGHTER_COLOURS,
  HIGHLIGHTER_WIDTHS,
  PEN_WIDTHS,
  SHAPE_KINDS,
  TEXT_SIZES,
} from "../board";
import { PALETTE } from "../core/schema";
import { IconButton, Segmented, Switch } from "./controls";
import { Popover } from "./layers";
import { PictureButton } from "./pictures";
import { useBoardState, useRoom } from "./room";
import { folded, MOST_FOLDED, MoreTools, TOOLS } from "./tools";
import { known, t } from "./words";
import { TextOptions } from "./write";

/** How thick a width is shown, in CSS px: true to each other, and to a page on a laptop, where a unit is some 0.6 px. */
export function shownWidth(widths: readonly number[], width: number): number {
  return Math.max(1, width * Math.min(0.6, 16 / Math.max(...widths)));
}

/** The widths, chosen width, colours and chosen colour of what is selected, else of the tool in hand; a hand or eraser
 * shows the pen's colours. */
interface Kit {
  widths: readonly number[];
  width: number;
  colours: readonly string[];
  colour: string;
}

export function kit(state: BoardState): Kit {
  const { picked } = state;
  if (picked) {
    const marks = picked.highlighter;
    return {
      widths: marks ? HIGHLIGHTER_WIDTHS : PEN_WIDTHS,
      width: picked.width,
      colours: marks ? HIGHLIGHTER_COLOURS : PALETTE,
      colour: picked.colour,
    };
  }
  if (state.tool === "highlighter") {
    return {
      widths: HIGHLIGHTER_WIDTHS,
      width: state.hlWidth,
      colours: HIGHLIGHTER_COLOURS,
      colour: state.hlColour,
    };
  }
  const pen = { colours: PALETTE, colour: state.tool === "note" ? state.noteColour : state.colour };
  if (state.tool === "eraser") return { ...pen, widths: ERASER_SIZES, width: state.eraserSize };
  return { ...pen, widths: PEN_WIDTHS, width: state.width };
}

export function ink(colour: string): string {
  return colour.startsWith("#") ? colour : `var(--ink-${colour})`;
}

export function colourName(colour: string): string {
  if (colour === "") return t("ink.several");
  const key = `ink.${colour}`;
  return known(key) ? t(key) : t("ink.other");
}

/** The step that is nearest to a width. */
export function widthStep(widths: readonly number[], width: number): number {
  let best = 0;
  widths.forEach((one, index) => {
    if (Math.abs(one - width) < Math.abs(widths[best]! - width)) best = index;
  });
  return best;
}

export function widthName(step: number): string {
  const key = `width.${step + 1}`;
  return known(key) ? t(key) : "";
}

export const isText = ({ tool }: BoardState) => tool === "text" || tool === "note";

/** Is there anything to choose for this tool? */
export const hasOptions = (tool: string) => tool !== "hand" && tool !== "laser";

function sizeName({ textSize }: BoardState): string {
  const key = `text.size.${(TEXT_SIZES as readonly number[]).indexOf(textSize) + 1}`;
  return known(key) ? t(key).toLowerCase() : "";
}

/** What the button for colour and width, or size, is called. */
function lookName(state: BoardState): string {
  const { widths, width, colour } = kit(state);
  if (isText(state)) return t("text.title", { colour: colourName(colour), size: sizeName(state) });
  const name = width > 0 ? widthName(widthStep(widths, width)) : t("width.several");
  return t("ink.title", { colour: colourName(colour), width: name });
}

export function Swatches({ state }: { state: BoardState }) {
  const board = useRoom().board.get();
  const { colours, colour: chosen } = kit(state);
  return (
    <div class="cr-inks" role="group" aria-label={t("ink.colours")}>
      {colours.map((colour) => (
        <button
          key={colour}
          type="button"
          aria-label={colourName(colour)}
          title={`${colourName(colour)} (${PALETTE.indexOf(colour as (typeof PALETTE)[number]) + 1})`}
          aria-pressed={colour === chosen}
          class={colour === chosen ? "cr-on" : undefined}
          onClick={() => board?.setColour(colour)}
        >
          <span class={colour === chosen ? "cr-swatch cr-on" : "cr-swatch"} style={{ "--c": ink(colour) }} />
        </button>
      ))}
    </div>
  );
}

export function Widths({ state }: { state: BoardState }) {
  const board = useRoom().board.get();
  const { widths, width: now } = kit(state);
  const chosen = now > 0 ? widthStep(widths, now) : -1;
  return (
    <div class="cr-widths" role="group" aria-label={t("ink.widths")}>
      {widths.map((width, index) => (
        <button
          key={width}
          type="button"
          aria-label={widthName(index)}
          title={widthName(index)}
          aria-pressed={index === chosen}
          class={index === chosen ? "cr-on" : undefined}
          onClick={() => board?.setWidth(width)}
        >
          <i style={{ height: `${shownWidth(widths, width)}px` }} />
        </button>
      ))}
    </div>
  );
}

/** Pictures of the choices, in the icons' box and line. */
const FIGURES: Readonly<Record<string, string>> = {
  line: "M3.5 16.5l13-13",
  arrow: "M3.5 16.5l13-13M9.5 3.5h7v7",
  rectangle:
    "M5 5h10a1.5 1.5 0 0 1 1.5 1.5v7A1.5 1.5 0 0 1 15 15H5a1.5 1.5 0 0 1-1.5-1.5v-7A1.5 1.5 0 0 1 5 5z",
  ellipse: "M3 10a7 5.5 0 1 0 14 0a7 5.5 0 1 0-14 0z",
  triangle: "M10 4l7 12H3z",
  polygon: "M4 8l7-4.5 5.5 4.5-2 8H6.5z",
  solid: "M2.5 10h15",
  dashed: "M2.5 10h3.4m2.4 0h3.4m2.4 0h3.4",
  dotted: "M3 10h.01m3.49 0h.01m3.49 0h.01m3.49 0h.01m2.99 0h.01",
};

export function Figure({ name, filled }: { name: string; filled?: boolean }) {
  return (
    <svg class="cr-ic" viewBox="0 0 20 20" aria-hidden="true">
      {filled ? <path d={FIGURES[name]} style="fill: currentColor; opacity: 0.3; stroke: none" /> : null}
      <path d={FIGURES[name]} />
    </svg>
  );
}

/** How a shape's line is drawn, and whether its inside is filled; an open `figure` has none. `filled` null: not asked. */
export function LineChoice(props: {
  dash: string | null;
  filled: boolean | null;
  figure: string;
  open?: boolean;
  onChange: (choice: { dash?: Dash; fill?: boolean }) => void;
}) {
  const { dash: chosen, filled, figure, open, onChange } = props;
  return (
    <div class="cr-row" role="group" aria-label={t("shape.dash")}>
      {DASHES.map((dash) => (
        <IconButton
          key={dash}
          icon=""
          name={t(`shape.${dash}`)}
          toggle
          on={chosen === dash}
          onPress={() => onChange({ dash })}
        >
          <Figure name={dash} />
        </IconButton>
      ))}
      {filled === null ? null : (
        <IconButton
          icon=""
          name={t("shape.fill")}
          toggle
          on={filled}
          disabled={open}
          onPress={() => onChange({ fill: !filled })}
        >
          <Figure name={figure} filled />
        </IconButton>
      )}
    </div>
  );
}

/** Which shape, with which line, filled or not. */
function ShapeOptions({ state }: { state: BoardState }) {
  const board = useRoom().board.get();
  const open = state.shape === "line" || state.shape === "arrow";
  return (
    <>
      <div class="cr-row" role="group" aria-label={t("shape.kind")}>
        {SHAPE_KINDS.map((kind) => (
          <IconButton
            key={kind}
            icon=""
            name={t(`shape.${kind}`)}
            toggle
            on={state.shape === kind}
            onPress={() => board?.setShape({ kind })}
          >
            <Figure name={kind} />
          </IconButton>
        ))}
      </div>
      <LineChoice
        dash={state.shapeDash}
        filled={state.shapeFill && !open}
        figure={open ? "rectangle" : state.shape}
        open={open}
        onChange={(choice) => board?.setShape(choice)}
      />
      <div class="cr-hr cr-pop__line" />
    </>
  );
}

/** What a drag on nothing draws around things. */
function SelectKind({ lasso }: { lasso: boolean }) {
  const board = useRoom().board.get();
  return (
    <Segmented
      name={t("select.kind")}
      value={lasso ? "lasso" : "box"}
      choices={[
        { value: "box", label: t("select.box") },
        { value: "lasso", label: t("select.lasso") },
      ]}
      onChange={(kind) => board?.setLasso(kind === "lasso")}
    />
  );
}

function EraserKind({ part }: { part: boolean }) {
  const board = useRoom().board.get();
  return (
    <>
      <Segmented
        name={t("eraser.kind")}
        value={part ? "part" : "whole"}
        choices={[
          { value: "whole", label: t("eraser.whole") },
          { value: "part", label: t("eraser.part") },
        ]}
        onChange={(kind) => board?.setEraserPart(kind === "part")}
      />
      <div class="cr-hr cr-pop__line" />
    </>
  );
}

/** What the tool in hand is used with: its kind, colour and width, or size. `colours`: where they are in sight anyway, not here. */
export function ToolOptions({ state, colours = true }: { state: BoardState; colours?: boolean }) {
  const { tool } = state;
  return (
    <>
      {tool === "eraser" ? <EraserKind part={state.eraserPart} /> : null}
      {tool === "shape" ? <ShapeOptions state={state} /> : null}
      {tool === "select" ? (
        <>
          <SelectKind lasso={state.lasso} />
          <div class="cr-hr cr-pop__line" />
        </>
      ) : null}
      {colours && tool !== "eraser" ? (
        <>
          <Swatches state={state} />
          <div class="cr-hr cr-pop__line" />
        </>
      ) : null}
      {isText(state) ? <TextOptions state={state} /> : <Widths state={state} />}
      {tool === "pen" ? <PaceSwitch on={state.pace} /> : null}
    </>
  );
}

/** How many tools have to go behind one button for the rail to fit its place; read anew when that changes. */
function useFolding(rail: HTMLElement | null): number {
  const [count, fold] = useState(0);
  const [, again] = useState(0);
  const height = useRef(0);
  useLayoutEffect(() => {
    const place = rail?.parentElement;
    if (!place) return;
    const watch = new ResizeObserver(() => {
      if (place.clientHeight === height.current) return;
      height.current = place.clientHeight;
      fold(0);
      again((n) => n + 1);
    });
    watch.observe(place);
    return () => watch.disconnect();
  }, [rail]);
  // Before anything is painted: one more is folded until the rest fits.
  useLayoutEffect(() => {
    if (rail && rail.scrollHeight > rail.clientHeight + 1 && count < MOST_FOLDED)
      fold(count === 0 ? 2 : count + 1);
  });
  return count;
}

export function Rail({ float }: { float?: boolean }) {
  const room = useRoom();
  const state = useBoardState();
  const [rail, hold] = useState<HTMLElement | null>(null);
  const [anchor, open] = useState<HTMLElement | null>(null);
  const away = folded(useFolding(rail));
  if (!state?.canDraw) return null;
  const board = room.board.get();
  const { colour } = kit(state);
  const dot = lookName(state);
  return (
    <nav
      ref={hold}
      class={float ? "cr-rail cr-float" : "cr-rail"}
      aria-label={t("region.tools")}
      data-region="tools"
    >
      {TOOLS.map(({ tool, icon, keyName }) => (
        <Fragment key={tool}>
          {/* What writes and wipes, then what makes things and moves them. */}
          {tool === "shape" ? <div class="cr-hr" /> : null}
          {away.includes(tool) ? null : tool === "image" ? (
            <PictureButton keyName={keyName} />
          ) : (
            <IconButton
              icon={icon}
              name={t(`tool.${tool}`)}
              keyName={keyName}
              toggle
              on={state.tool === tool}
              onPress={(event) => {
                // A chosen tool pressed again opens its options.
                if (state.tool === tool && hasOptions(tool)) open(anchor ? null : event.currentTarget);
                else board?.setTool(tool);
              }}
            />
          )}
        </Fragment>
      ))}
      <MoreTools tools={away} side="right" />
      <div class="cr-hr" />
      <IconButton
        icon=""
        name={dot}
        expanded={anchor !== null}
        onPress={(event) => open(anchor ? null : event.currentTarget)}
      >
        <span
          class={colour ? "cr-swatch" : "cr-swatch cr-swatch--several"}
          style={colour ? { "--c": ink(colour) } : undefined}
        />
      </IconButton>
      <div class="cr-hr" />
      <IconButton
        icon="undo"
        name={t("undo")}
        keyName="Ctrl Z"
        disabled={!state.canUndo}
        onPress={() => board?.undo()}
      />
      <IconButton
        icon="redo"
        name={t("redo")}
        keyName="Ctrl Shift Z"
        disabled={!state.canRedo}
        onPress={() => board?.redo()}
      />
      {anchor ? (
        <Popover
          anchor={anchor}
          name={state.tool === "eraser" ? t("tool.eraser") : dot}
          side="right"
          onClose={() => open(null)}
        >
          <ToolOptions state={state} />
        </Popover>
      ) : null}
    </nav>
  );
}

/** Of hands without pressure. */
function PaceSwitch({ on }: { on: boolean }) {
  const board = useRoom().board.get();
  return (
    <>
      <div class="cr-hr cr-pop__line" />
      <div class="cr-row cr-pace">
        <span class="cr-grow cr-small" aria-hidden="true">
          {t("ink.pace")}
        </span>
        <Switch on={on} name={t("ink.pace.long")} onChange={(next) => board?.setPace(next)} />
      </div>
    </>
  );
}
