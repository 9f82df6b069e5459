/**
 * Writing on the board: the options of the text and note tools, and the bar beside what is being written.
 *
 * The board writes and keeps; this shows what it says. Words that cannot be kept are never taken away by it: it says why,
 * and offers to copy them.
 */

import { useLayoutEffect, useReducer, useState } from "preact/hooks";

import { ALIGNS, type BoardState, type Marking, NOTE_SIZES, TEXT_SIZES, type Writing } from "../board";
import { copyText } from "./clipboard";
import { Button, COMMAND, Icon, IconButton, Segmented } from "./controls";
import { useRoom } from "./room";
import { t } from "./words";

type AlignName = (typeof ALIGNS)[number];

const LINES: Readonly<Record<AlignName, string>> = {
  left: "M3.5 5h13M3.5 10h8M3.5 15h11",
  centre: "M3.5 5h13M6 10h8M4.5 15h11",
  right: "M3.5 5h13M8.5 10h8M5.5 15h11",
};

function Lines({ align }: { align: AlignName }) {
  return (
    <svg class="cr-ic" viewBox="0 0 20 20" aria-hidden="true">
      <path d={LINES[align]} />
    </svg>
  );
}

const STEPS = [1, 2, 3, 4] as const;

/** How large new texts and notes are, and where their lines stand. */
export function TextOptions({ state }: { state: BoardState }) {
  const board = useRoom().board.get();
  const step = (TEXT_SIZES as readonly number[]).indexOf(state.textSize);
  return (
    <div class="cr-textopts">
      <Segmented
        name={t("text.size")}
        value={String(step + 1)}
        choices={STEPS.map((n) => ({ value: String(n), label: t(`text.size.${n}`) }))}
        onChange={(n) => board?.setText({ size: TEXT_SIZES[Number(n) - 1] })}
      />
      {state.tool === "text" ? (
        <div class="cr-row" role="group" aria-label={t("text.align")}>
          {ALIGNS.map((align) => (
            <IconButton
              key={align}
              icon=""
              name={t(`text.${align}`)}
              toggle
              on={state.textAlign === align}
              onPress={() => board?.setText({ align })}
            >
              <Lines align={align} />
            </IconButton>
          ))}
        </div>
      ) : null}
    </div>
  );
}

const MARKS: readonly { marking: Marking; sign?: string; icon?: string; keyName?: string }[] = [
  { marking: "bold", sign: "B", keyName: `${COMMAND} B` },
  { marking: "italic", sign: "I", keyName: `${COMMAND} I` },
  { marking: "code", icon: "code" },
  { marking: "formula" },
  { marking: "list" },
];

const FIGURES: Readonly<Partial<Record<Marking, string>>> = {
  formula: "M2.8 11.2l1.9-.9 2.6 5.4L10.2 4.3h7.3M11.8 9.2l4.6 5.6M16.4 9.2l-4.6 5.6",
  list: "M8 5.5h9M8 10h9M8 14.5h9M4 5.5h.01M4 10h.01M4 14.5h.01",
};

/** The buttons beside what is being written, and the reason where it cannot be kept. */
export function WriteBar({ writing }: { writing: Writing }) {
  const [, again] = useReducer((n: number) => n + 1, 0);
  const [copied, tell] = useState(false);
  useLayoutEffect(() => {
    const { area } = writing;
    area.setAttribute("aria-label", t(writing.state.kind === "note" ? "write.note" : "write.text"));
    area.setAttribute("aria-keyshortcuts", "Control+B Control+I Control+Enter Escape");
    return writing.watch(() => again(0));
  }, [writing]);
  const { kind, size, align, stuck, formula } = writing.state;
  const sizes: readonly number[] = kind === "note" ? NOTE_SIZES : TEXT_SIZES;
  const smaller = sizes.findLast((one) => one < size);
  const larger = sizes.find((one) => one > size);
  const frozen = stuck !== "" && stuck !== "refused" && stuck !== "long";
  const next = ALIGNS[(ALIGNS.indexOf(align) + 1) % ALIGNS.length]!;
  const copy = async () => {
    tell(await copyText(writing.area.value, writing.area));
  };
  return (
    <div class="cr-writebar" role="group" aria-label={t("write.bar")}>
      {frozen ? null : (
        <div class="cr-row cr-float">
          {MARKS.map(({ marking, sign, icon, keyName }) => (
            <IconButton
              key={marking}
              icon={icon ?? ""}
              name={t(`write.${marking}`)}
              keyName={keyName}
              kind={`cr-mark-${marking}`}
              onPress={() => writing.mark(marking)}
            >
              {sign ? (
                <span class="cr-mark" aria-hidden="true">
                  {sign}
                </span>
              ) : FIGURES[marking] ? (
                <svg class="cr-ic" viewBox="0 0 20 20" aria-hidden="true">
                  <path d={FIGURES[marking]} />
                </svg>
              ) : undefined}
            </IconButton>
          ))}
          <div class="cr-hr" />
          <IconButton
            icon=""
            name={t("write.smaller")}
            disabled={smaller === undefined}
            onPress={() => writing.restyle({ size: smaller })}
          >
            <span class="cr-mark cr-mark--s" aria-hidden="true">
              A
            </span>
          </IconButton>
          <IconButton
            icon=""
            name={t("write.larger")}
            disabled={larger === undefined}
            onPress={() => writing.restyle({ size: larger })}
          >
            <span class="cr-mark cr-mark--l" aria-hidden="true">
              A
            </span>
          </IconButton>
          {kind === "text" ? (
            <IconButton
              icon=""
              name={`${t("text.align")}: ${t(`text.${align}`)}`}
              onPress={() => writing.restyle({ align: next })}
            >
              <Lines align={align} />
            </IconButton>
          ) : null}
        </div>
      )}
      {stuck || formula ? (
        <div class={stuck ? "cr-writebar__why cr-bad" : "cr-writebar__why"} role="status">
          <Icon name={stuck ? "lock" : "fail"} small />
          <p>{stuck ? t(`write.stuck.${stuck}`) : formula}</p>
          {frozen ? (
            <>
              <Button kind="soft s" onPress={() => void copy()}>
                {t(copied ? "write.copied" : "write.copy")}
              </Button>
              <Button kind="s" onPress={() => writing.discard()}>
                {t("write.discard")}
              </Button>
            </>
          ) : null}
        </div>
      ) : null}
    </div>
  );
}
