/**
 * The door as a student sees it: class, teacher, name, one button. Without a link the code comes first.
 *
 * It keeps nothing and knows no address bar; the surface says what was found and is told who has entered. Every failure
 * is a sentence beside the field that can mend it.
 */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import type { Door, Entry, Look, Remembered } from "../client/door";
import { DoorError } from "../client/door";
import { Button, Doodle, Icon, Live } from "./controls";
import { put, type Unmount } from "./put";
import { t } from "./words";

/** The right to enter that came with the link, if one did. */
export interface Ticket {
  class: string;
  secret: string;
}

export interface ArrivalProps {
  door: Door;
  ticket: Ticket | null;
  /** Who one was in this class, or elsewhere (then without a token). */
  before: Remembered | null;
  /** A sentence to begin with: why one is here again. */
  notice?: string;
  onEnter: (entry: Entry, name: string) => void;
}

interface Trouble {
  text: string;
  field: "name" | "code" | "";
}

const LONGEST = 40;

/** What went wrong, as the sentence for the field that can mend it. */
export function trouble(error: unknown, name: string, byCode: boolean): Trouble {
  if (!(error instanceof DoorError)) return { text: t("enter.failed"), field: "" };
  switch (error.code) {
    case "name-taken":
      return { text: t("enter.taken", { name }), field: "name" };
    case "name-length":
      return {
        text: name ? t("enter.long", { most: LONGEST, count: [...name].length }) : t("enter.need.name"),
        field: "name",
      };
    case "bad-code":
      return { text: t("enter.code.wrong"), field: "code" };
    case "too-many-tries":
      return { text: t("enter.tries", { count: Number(error.parameters.seconds ?? 30) }), field: "code" };
    case "bad-link":
    case "no-class":
      return byCode
        ? { text: t("enter.code.wrong"), field: "code" }
        : { text: t("enter.link.wrong"), field: "" };
    case "door-closed":
      return { text: t("enter.closed"), field: "" };
    case "offline":
      return { text: t("enter.unreachable"), field: "" };
    default:
      return { text: error.sentence || t("enter.failed"), field: "" };
  }
}

export function Arrival(props: ArrivalProps) {
  const { door, before } = props;
  const [ticket, use] = useState(props.ticket);
  const [look, see] = useState<Look | null>(null);
  const [name, write] = useState(before?.name ?? "");
  const [code, spell] = useState("");
  const [busy, wait] = useState(false);
  const [wrong, blame] = useState<Trouble | null>(props.notice ? { text: props.notice, field: "" } : null);
  const nameField = useRef<HTMLInputElement>(null);
  const codeField = useRef<HTMLInputElement>(null);

  useEffect(() => {
    if (!ticket) return;
    let current = true;
    door.look(ticket.class).then(
      (found) => current && see(found),
      (error: unknown) => {
        if (!current) return;
        if (error instanceof DoorError && error.code === "no-class") {
          blame({ text: t("enter.link.wrong"), field: "" });
          use(null);
        } else blame(trouble(error, name, false));
      },
    );
    return () => {
      current = false;
    };
  }, [ticket, door]);

  useLayoutEffect(() => {
    const field = ticket ? nameField.current : codeField.current;
    field?.focus({ preventScroll: true });
    if (field === nameField.current) field?.select();
  }, [ticket]);

  const known = Boolean(before?.token && ticket && before.name === name.trim());
  const fail = (trouble: Trouble) => {
    blame(trouble);
    const field = { name: nameField, code: codeField, "": null }[trouble.field];
    field?.current?.focus();
  };
  const enter = async () => {
    const wanted = name.trim();
    if (!ticket && !code.trim()) return fail({ text: t("enter.need.code"), field: "code" });
    if (!wanted) return fail({ text: t("enter.need.name"), field: "name" });
    if ([...wanted].length > LONGEST) {
      return fail({ text: t("enter.long", { most: LONGEST, count: [...wanted].length }), field: "name" });
    }
    wait(true);
    blame(null);
    try {
      const by = ticket ?? { code: code.trim() };
      const entry = await door.join(by, wanted, known ? before?.token : undefined);
      props.onEnter(entry, wanted);
    } catch (error) {
      const what = trouble(error, wanted, !ticket);
      // A dead link is no dead end: the same page asks for the code.
      if (ticket && error instanceof DoorError && error.code === "bad-link") use(null);
      fail(what);
    } finally {
      wait(false);
    }
  };

  const describe = (field: "name" | "code") => (wrong?.field === field ? "cr-wrong" : undefined);
  const title = look?.title || t("enter.title");
  return (
    <main class="cr cr-enter">
      <div class="cr-enter__in">
        <Doodle name="hello" kind="cr-enter__ink" />
        <h1>{title}</h1>
        <p class={ticket ? "cr-enter__who" : "cr-enter__who cr-enter__who--none"}>
          {look ? (
            <>
              {look.teachers.length ? (
                <span>{t("enter.with", { name: look.teachers.slice(0, 2).join(", ") })}</span>
              ) : null}
              {look.open ? <Live word={t("enter.live")} /> : null}
            </>
          ) : null}
        </p>
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            if (!busy) void enter();
          }}
        >
          {ticket ? null : (
            <>
              <label for="cr-code">{t("enter.code")}</label>
              <input
                ref={codeField}
                id="cr-code"
                class="cr-field"
                value={code}
                autocomplete="off"
                autocapitalize="none"
                spellcheck={false}
                maxLength={100}
                aria-invalid={wrong?.field === "code"}
                aria-describedby={describe("code") ?? "cr-code-hint"}
                onInput={(event) => spell(event.currentTarget.value)}
              />
              {wrong?.field === "code" ? (
                <Wrong text={wrong.text} />
              ) : (
                <p id="cr-code-hint" class="cr-enter__hint">
                  {t("enter.code.hint")}
                </p>
              )}
            </>
          )}
          <label for="cr-name">{t("enter.name")}</label>
          <input
            ref={nameField}
            id="cr-name"
            class="cr-field"
            value={name}
            autocomplete="name"
            autocapitalize="words"
            spellcheck={false}
            maxLength={200}
            aria-invalid={wrong?.field === "name"}
            aria-describedby={describe("name")}
            onInput={(event) => write(event.currentTarget.value)}
          />
          {wrong?.field === "name" ? <Wrong text={wrong.text} /> : null}
          <Button kind="main wide" submit disabled={busy}>
            {t(busy ? "enter.joining" : "enter.join")}
          </Button>
          {wrong && !wrong.field ? <Wrong text={wrong.text} /> : null}
        </form>
        <p class="cr-enter__foot">
          {known ? (
            <>
              {t("enter.as", { name: before?.name })}
              {" · "}
              <button
                type="button"
                class="cr-link"
                onClick={() => {
                  write("");
                  nameField.current?.focus();
                }}
              >
                {t("enter.other")}
              </button>
            </>
          ) : (
            t("enter.foot")
          )}
        </p>
      </div>
    </main>
  );
}

function Wrong({ text }: { text: string }) {
  return (
    <p id="cr-wrong" class="cr-wrong" role="alert">
      <Icon name="fail" small />
      <span>{text}</span>
    </p>
  );
}

/** The arrival page. It is all that is loaded before someone is in: nothing of the class may be imported here. */
export function mountArrival(node: HTMLElement, props: ArrivalProps): Unmount {
  return put(node, <Arrival {...props} />);
}
