/**
 * Where no class is open yet: start one by its title, or open one of those that are on this server.
 *
 * It enters nothing itself; the surface is told what was chosen, and answers with a promise. What goes wrong is a
 * sentence under the field.
 */

import { useEffect, useRef, useState } from "preact/hooks";

import type { ClassInfo } from "../client/door";
import { Button, Doodle, Icon } from "./controls";
import { t } from "./words";

export interface BeginProps {
  /** Classes on this server, the one changed last first. */
  classes: readonly ClassInfo[];
  /** Opens the class of that title, made when there is none; rejects with a sentence. */
  onStart: (title: string) => Promise<void>;
  onOpen: (classId: string) => Promise<void>;
}

const SHOWN = 6;

export function Begin({ classes, onStart, onOpen }: BeginProps) {
  const [title, write] = useState("");
  const [busy, wait] = useState(false);
  const [wrong, blame] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // It comes late, and must not take the focus from where a person has gone meanwhile.
    const [node, active] = [field.current, document.activeElement];
    if (node && (!active || active === document.body || active.contains(node)))
      node.focus({ preventScroll: true });
  }, []);
  const attempt = async (open: () => Promise<void>) => {
    wait(true);
    blame("");
    try {
      await open();
    } catch (error) {
      blame(error instanceof Error ? error.message : t("enter.failed"));
      wait(false);
    }
  };
  const start = () => {
    const wanted = title.trim();
    if (wanted) return void attempt(() => onStart(wanted));
    blame(t("begin.need"));
    field.current?.focus();
  };
  return (
    <div class="cr cr-begin">
      <div class="cr-enter__in">
        <Doodle name="hello" kind="cr-enter__ink" />
        <h2>{t("begin.title")}</h2>
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            if (!busy) start();
          }}
        >
          <label>
            <span>{t("begin.name")}</span>
            <input
              ref={field}
              class="cr-field"
              value={title}
              maxLength={200}
              autocomplete="off"
              aria-invalid={wrong !== ""}
              onInput={(event) => write(event.currentTarget.value)}
            />
          </label>
          {wrong ? (
            <p class="cr-wrong" role="alert">
              <Icon name="fail" small />
              <span>{wrong}</span>
            </p>
          ) : null}
          <Button kind="main wide" submit disabled={busy}>
            {t(busy ? "begin.busy" : "begin.start")}
          </Button>
        </form>
        {classes.length ? (
          <>
            <h3 class="cr-begin__before">{t("begin.before")}</h3>
            <ul class="cr-begin__list">
              {classes.slice(0, SHOWN).map((one) => (
                <li key={one.class}>
                  <Button
                    kind="line wide"
                    disabled={busy}
                    onPress={() => void attempt(() => onOpen(one.class))}
                  >
                    {one.title || t("saved.title.any")}
                  </Button>
                </li>
              ))}
            </ul>
          </>
        ) : null}
      </div>
    </div>
  );
}
