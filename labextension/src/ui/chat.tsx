/**
 * The chat: plain text in which only addresses become links, to everyone or to the teacher alone.
 *
 * Text goes into the page as text nodes, never as markup. A line under the same person's name within a few minutes stands
 * without its head.
 */

import { Component } from "preact";
import { useRef, useState } from "preact/hooks";

import type { Message, Person } from "../core/schema";
import { withDefaults } from "../core/schema";
import { Avatar, Button, Empty, IconButton } from "./controls";
import { Scroll } from "./feed";
import { useClass, usePeople, useRecords, useRoom } from "./room";
import { clock, t } from "./words";

/** Lines of one person this close together share one head. */
const TOGETHER_MS = 180_000;
const SHOWN = 300;
const ADDRESS = /\bhttps?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/g;

/** A line cut into text and addresses; an address is at an odd place. */
export function cutAddresses(text: string): string[] {
  const parts: string[] = [];
  let from = 0;
  for (const match of text.matchAll(ADDRESS)) {
    parts.push(text.slice(from, match.index), match[0]);
    from = match.index + match[0].length;
  }
  parts.push(text.slice(from));
  return parts;
}

interface LineProps {
  message: Message;
  person: Person | undefined;
  head: boolean;
  onRemove: ((message: Message) => void) | null;
}

class Line extends Component<LineProps> {
  override shouldComponentUpdate(next: LineProps): boolean {
    const now = this.props;
    return next.message !== now.message || next.person?.name !== now.person?.name || next.head !== now.head;
  }

  override render() {
    const { message, person, head, onRemove } = this.props;
    const name = person?.name ?? t("someone");
    return (
      <li class={head ? "cr-msg" : "cr-msg cr-msg--more"}>
        {head ? (
          <>
            <Avatar id={message.author} name={name} />
            <div class="cr-msg__head">
              <b class="cr-one-line">{name}</b>
              {message.to === "staff" ? (
                <span class="cr-chip cr-chip--accent cr-chip--s">{t("chat.private")}</span>
              ) : null}
              <time dateTime={new Date(message.time).toISOString()}>
                {message.time ? clock(message.time) : ""}
              </time>
            </div>
          </>
        ) : null}
        <p>
          {cutAddresses(message.text).map((part, index) =>
            index % 2 ? (
              <a key={index} href={part} target="_blank" rel="noopener noreferrer nofollow">
                {part}
              </a>
            ) : (
              part
            ),
          )}
        </p>
        {onRemove ? (
          <IconButton
            icon="x"
            small
            kind="cr-quiet cr-msg__x"
            name={t("chat.remove")}
            onPress={() => onRemove(message)}
          />
        ) : null}
      </li>
    );
  }
}

export function Chat() {
  const room = useRoom();
  const { session, staff, notices } = room;
  const all = useRecords("message");
  const people = usePeople();
  const shown = all.length > SHOWN ? all.slice(-SHOWN) : all;
  const me = session.me?.person;
  const remove = (message: Message) => {
    session.change([{ op: "remove", ids: [message.id] }]);
    notices.show({
      text: t("chat.removed"),
      icon: "check",
      action: { label: t("undo"), run: () => session.change([{ op: "put", record: message }]) },
    });
  };
  return (
    <>
      <Scroll follow={all.length}>
        {shown.length ? (
          <ol class="cr-msgs">
            {shown.map((message, index) => {
              const before = shown[index - 1];
              const head =
                !before ||
                before.author !== message.author ||
                before.to !== message.to ||
                message.time - before.time > TOGETHER_MS;
              return (
                <Line
                  key={message.id}
                  message={message}
                  person={people.get(message.author)}
                  head={head}
                  onRemove={staff || message.author === me ? remove : null}
                />
              );
            })}
          </ol>
        ) : (
          <Empty
            doodle="chat"
            title={t("chat.none")}
            text={t(staff ? "chat.none.staff" : "chat.none.text")}
          />
        )}
      </Scroll>
      <Compose />
    </>
  );
}

function Compose() {
  const { session, staff } = useRoom();
  const klass = useClass();
  const people = usePeople();
  const [text, write] = useState("");
  const [to, address] = useState<"all" | "staff">("all");
  const field = useRef<HTMLInputElement>(null);
  const self = people.get(session.me?.person ?? "");
  const closed = !staff && (klass?.chat === false || self?.chat === false || self?.role === "observer");
  if (closed) {
    return (
      <p class="cr-compose cr-small cr-muted">{t(klass?.chat === false ? "chat.closed" : "chat.muted")}</p>
    );
  }
  const send = () => {
    const line = text.trim();
    if (!line) return;
    session.change([
      {
        op: "put",
        record: withDefaults({ type: "message", id: session.newId(), text: line.slice(0, 4_000), to }),
      },
    ]);
    write("");
    field.current?.focus();
  };
  const label = t(to === "all" ? "chat.write" : "chat.write.staff");
  return (
    <form
      class="cr-compose"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {staff ? null : (
        <button
          type="button"
          class="cr-to"
          aria-pressed={to === "staff"}
          aria-label={`${t("chat.to")}: ${t(to === "all" ? "chat.to.all" : "chat.to.staff")}`}
          title={t("chat.to")}
          onClick={() => address(to === "all" ? "staff" : "all")}
        >
          {t(to === "all" ? "chat.to.all" : "chat.to.staff")}
        </button>
      )}
      <div class="cr-row cr-compose__row">
        <input
          ref={field}
          class="cr-field cr-field--s"
          value={text}
          maxLength={4_000}
          placeholder={label}
          aria-label={label}
          autocomplete="off"
          onInput={(event) => write(event.currentTarget.value)}
        />
        <Button kind="soft" submit>
          {t("chat.send")}
        </Button>
      </div>
    </form>
  );
}
