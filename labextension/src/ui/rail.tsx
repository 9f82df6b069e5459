/**
 * The drawing tools: pen, highlighter, eraser, laser, shapes, pictures, select, hand, one dot for colour and width, undo and redo.
 *
 * It shows what the board says and asks the board for everything; a person who may not draw gets none of it, not a grey one.
 */

import type { ComponentChildren } from "preact";
import { Fragment } from "preact";
import { useState } from "preact/hooks";

import type { BoardState } from "../board";
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
import { known, t } from "./words";
import { TextOptions } from "./write";

export const TOOLS = [
  { tool: "pen", icon: "pen", keyName: "P" },
  { tool: "highlighter", icon: "highlighter", keyName: "H" },
  { tool: "eraser", icon: "eraser", keyName: "E" },
  { tool: "laser", icon: "laser", keyName: "L" },
  { tool: "shape", icon: "shapes", keyName: "S" },
  { tool: "text", icon: "text", keyName: "T" },
  { tool: "note", icon: "note", keyName: "N" },
  { tool: "select", icon: "select", keyName: "V" },
  { tool: "hand", icon: "move", keyName: "M" },
] as const;

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

const isText = ({ tool }: BoardState) => tool === "text" || tool === "note";

function sizeName({ textSize }: BoardState): string {
  const key = `text.size.${(TEXT_SIZES as readonly number[]).indexOf(textSize) + 1}`;
  return known(key) ? t(key).toLowerCase() : "";
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
      <div class="cr-row" role="group" aria-label={t("shape.dash")}>
        {DASHES.map((dash) => (
          <IconButton
            key={dash}
            icon=""
            name={t(`shape.${dash}`)}
            toggle
            on={state.shapeDash === dash}
            onPress={() => board?.setShape({ dash })}
          >
            <Figure name={dash} />
          </IconButton>
        ))}
        <IconButton
          icon=""
          name={t("shape.fill")}
          toggle
          on={state.shapeFill && !open}
          disabled={open}
          onPress={() => board?.setShape({ fill: !state.shapeFill })}
        >
          <Figure name={open ? "rectangle" : state.shape} filled />
        </IconButton>
      </div>
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

export function Rail({ float, row }: { float?: boolean; row?: boolean }) {
  const room = useRoom();
  const state = useBoardState();
  const [anchor, open] = useState<HTMLElement | null>(null);
  if (!state?.canDraw) return null;
  const board = room.board.get();
  const { widths, width, colour } = kit(state);
  const dot = isText(state)
    ? t("text.title", { colour: colourName(colour), size: sizeName(state) })
    : t("ink.title", {
        colour: colourName(colour),
        width: width > 0 ? widthName(widthStep(widths, width)) : t("width.several"),
      });
  return (
    <nav
      class={["cr-rail", float ? "cr-float" : "", row ? "cr-rail--row" : ""].filter(Boolean).join(" ")}
      aria-label={t("region.tools")}
      data-region="tools"
    >
      {TOOLS.map(({ tool, icon, keyName }) => (
        <Fragment key={tool}>
          {tool === "select" ? <PictureButton keyName="I" row={row} /> : null}
          <IconButton
            icon={icon}
            name={t(`tool.${tool}`)}
            keyName={keyName}
            toggle
            on={state.tool === tool}
            onPress={(event) => {
              // A chosen tool pressed again opens its options.
              if (state.tool === tool && tool !== "hand" && tool !== "laser")
                open(anchor ? null : event.currentTarget);
              else board?.setTool(tool);
            }}
          />
        </Fragment>
      ))}
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
          side={row ? "above" : "right"}
          onClose={() => open(null)}
        >
          {state.tool === "eraser" ? (
            <EraserKind part={state.eraserPart} />
          ) : (
            <>
              {state.tool === "shape" ? <ShapeOptions state={state} /> : null}
              {state.tool === "select" ? (
                <>
                  <SelectKind lasso={state.lasso} />
                  <div class="cr-hr cr-pop__line" />
                </>
              ) : null}
              <Swatches state={state} />
              <div class="cr-hr cr-pop__line" />
            </>
          )}
          {isText(state) ? <TextOptions state={state} /> : <Widths state={state} />}
          {state.tool === "pen" ? <PaceSwitch on={state.pace} /> : null}
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

/** Tools of the phone: eight colours, then tools and the hand, under the thumb. */
export function ThumbTools({ hand }: { hand: ComponentChildren }) {
  const room = useRoom();
  const state = useBoardState();
  const [anchor, open] = useState<HTMLElement | null>(null);
  if (!state) return null;
  const board = room.board.get();
  const { widths, width } = kit(state);
  return (
    <nav class="cr-tools" aria-label={t("region.tools")} data-region="tools">
      <div class="cr-tools__colours">
        <Swatches state={state} />
      </div>
      <div class="cr-row">
        {TOOLS.map(({ tool, icon }) => (
          <Fragment key={tool}>
            {tool === "select" ? <PictureButton row /> : null}
            <IconButton
              icon={icon}
              name={t(`tool.${tool}`)}
              toggle
              on={state.tool === tool}
              onPress={() => board?.setTool(tool)}
            />
          </Fragment>
        ))}
        <IconButton
          icon=""
          name={t(isText(state) ? "text.size" : "ink.widths")}
          expanded={anchor !== null}
          onPress={(event) => open(anchor ? null : event.currentTarget)}
        >
          {isText(state) ? (
            <span class="cr-mark" aria-hidden="true">
              A
            </span>
          ) : (
            <i class="cr-stroke" style={{ height: `${shownWidth(widths, width)}px` }} />
          )}
        </IconButton>
        {hand}
      </div>
      {anchor ? (
        <Popover anchor={anchor} name={t("ink.widths")} side="above" onClose={() => open(null)}>
          {state.tool === "eraser" ? <EraserKind part={state.eraserPart} /> : null}
          {state.tool === "shape" ? <ShapeOptions state={state} /> : null}
          {state.tool === "select" ? <SelectKind lasso={state.lasso} /> : null}
          {isText(state) ? <TextOptions state={state} /> : <Widths state={state} />}
          {state.tool === "pen" ? <PaceSwitch on={state.pace} /> : null}
        </Popover>
      ) : null}
    </nav>
  );
}
