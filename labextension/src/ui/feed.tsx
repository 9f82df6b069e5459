/**
 * The lesson feed: what was pushed, oldest first, and for staff a place to push a note or code.
 *
 * What a person is reading never shifts: new items come below, and the list follows them only when it was already at its
 * end. Text goes into the page as text, Markdown only through `markdown.ts`.
 */

import type { ComponentChildren } from "preact";
import { Component } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

import { between } from "../core/order";
import type { Item } from "../core/schema";
import { withDefaults } from "../core/schema";
import { copyText } from "./clipboard";
import { Button, Empty, Icon, IconButton, Segmented } from "./controls";
import { highlight } from "./highlight";
import { Markdown } from "./markdown";
import { drawMath } from "./math";
import type { Room } from "./room";
import { useRecords, useRoom } from "./room";
import { clock, t } from "./words";

const ICONS: Readonly<Record<Item["kind"], string>> = {
  note: "note",
  code: "code",
  exercise: "play",
  poll: "poll",
  file: "folder",
  board: "image",
};

/** A new entry at the end of the feed. */
export function pushItem(room: Room, kind: "note" | "code", text: string): void {
  const { session } = room;
  const items = session.table.ofType("item");
  const order = between(items[items.length - 1]?.order ?? null, null);
  session.change([
    { op: "put", record: withDefaults({ type: "item", id: session.newId(), kind, order, text }) },
  ]);
  room.notices.show({ text: t("feed.pushed"), icon: "push" });
}

/** Whatever code in `node` is wider than its place can be reached by keyboard and moved with the arrows. */
export function reachWide(node: HTMLElement): void {
  for (const code of node.querySelectorAll("pre")) {
    if (code.scrollWidth > code.clientWidth) {
      code.tabIndex = 0;
      code.setAttribute("role", "group");
      code.setAttribute("aria-label", t("feed.code"));
    } else for (const name of ["tabindex", "role", "aria-label"]) code.removeAttribute(name);
  }
}

/** Does so for what a part holds, now and when its width is another. */
function useReach(part: { readonly current: HTMLElement | null }, html: string): void {
  useEffect(() => {
    const node = part.current;
    if (!node?.querySelector("pre")) return;
    const observer = new ResizeObserver(() => reachWide(node));
    observer.observe(node);
    node.addEventListener("keydown", keepArrows);
    return () => {
      observer.disconnect();
      node.removeEventListener("keydown", keepArrows);
    };
  }, [html]);
}

/** The arrows move the code that has the focus, and no board. */
function keepArrows(event: KeyboardEvent): void {
  if (/^(Arrow(Left|Right)|Home|End)$/.test(event.key) && (event.target as Element).closest("pre"))
    event.stopPropagation();
}

/** One Markdown text. */
function Prose({ text, markdown }: { text: string; markdown: Markdown }) {
  const { mathStyles } = useRoom();
  const node = useRef<HTMLDivElement>(null);
  const html = useMemo(() => markdown.html(text), [text, markdown]);
  useLayoutEffect(() => {
    // Formulas are drawn in place, so the markup is set by hand: the tree below is not preact's to compare.
    if (!node.current) return;
    node.current.innerHTML = html;
    void drawMath(node.current, mathStyles);
  }, [html]);
  useReach(node, html);
  return <div ref={node} class="cr-prose" />;
}

export function Code({ text, language }: { text: string; language: string }) {
  const { notices } = useRoom();
  const node = useRef<HTMLDivElement>(null);
  const html = useMemo(() => highlight(text, language), [text, language]);
  useReach(node, html);
  const copy = async (node: HTMLElement) => {
    const done = await copyText(text, node);
    notices.show(done ? { text: t("feed.copied"), icon: "check" } : { text: t("feed.copy.failed") });
  };
  return (
    <div ref={node}>
      <pre class="cr-code" dangerouslySetInnerHTML={{ __html: html }} />
      <div class="cr-item__foot">
        <Button kind="line s" icon="copy" onPress={(event) => void copy(event.currentTarget)}>
          {t("feed.copy")}
        </Button>
      </div>
    </div>
  );
}

interface ItemProps {
  item: Item;
  markdown: Markdown;
  onRemove: ((item: Item) => void) | null;
}

class Entry extends Component<ItemProps> {
  override shouldComponentUpdate(next: ItemProps): boolean {
    return next.item !== this.props.item || next.markdown !== this.props.markdown;
  }

  override render() {
    const { item, markdown, onRemove } = this.props;
    return (
      <article class="cr-item">
        <div class="cr-item__head">
          <Icon name={ICONS[item.kind] ?? "note"} />
          <b>{item.title || t(`feed.${item.kind}`)}</b>
          <time dateTime={new Date(item.time).toISOString()}>{item.time ? clock(item.time) : ""}</time>
          {onRemove ? (
            <IconButton
              icon="x"
              small
              kind="cr-quiet cr-item__x"
              name={t("feed.remove")}
              onPress={() => onRemove(item)}
            />
          ) : null}
        </div>
        {item.kind === "code" ? (
          <Code text={item.text} language={item.language} />
        ) : item.text ? (
          <Prose text={item.text} markdown={markdown} />
        ) : null}
        {item.options.length ? (
          <ol class="cr-options">
            {item.options.map((option, index) => (
              <li key={index}>{option}</li>
            ))}
          </ol>
        ) : null}
      </article>
    );
  }
}

export function Feed({ compose }: { compose?: boolean }) {
  const room = useRoom();
  const items = useRecords("item");
  const markdown = useMemo(() => new Markdown(), []);
  const remove = (item: Item) => {
    room.session.change([{ op: "remove", ids: [item.id] }]);
    room.notices.show({
      text: t("feed.removed"),
      icon: "check",
      action: { label: t("undo"), run: () => room.session.change([{ op: "put", record: item }]) },
    });
  };
  return (
    <>
      <Scroll follow={items.length}>
        {items.length ? (
          <div class="cr-feed">
            {items.map((item) => (
              <Entry key={item.id} item={item} markdown={markdown} onRemove={room.staff ? remove : null} />
            ))}
          </div>
        ) : (
          <Empty
            doodle="feed"
            title={t("feed.none")}
            text={t(room.staff ? "feed.none.staff" : "feed.none.text")}
          />
        )}
      </Scroll>
      {compose && room.staff ? <PushForm /> : null}
    </>
  );
}

/** Push a note or code without leaving the panel. */
export function PushForm({ onDone }: { onDone?: () => void }) {
  const room = useRoom();
  const [kind, choose] = useState<"note" | "code">("note");
  const [text, write] = useState("");
  const area = useRef<HTMLTextAreaElement>(null);
  const send = () => {
    if (!text.trim()) return area.current?.focus();
    pushItem(room, kind, kind === "note" ? text.trim() : text.replace(/\s+$/, ""));
    write("");
    onDone?.();
  };
  return (
    <form
      class={onDone || text ? "cr-push" : "cr-push cr-push--small"}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        ref={area}
        data-first
        class={kind === "code" ? "cr-field cr-field--area cr-field--code" : "cr-field cr-field--area"}
        rows={onDone ? 6 : text ? 3 : 1}
        maxLength={65_536}
        value={text}
        placeholder={t(kind === "note" ? "feed.push.note" : "feed.push.code")}
        aria-label={t(kind === "note" ? "feed.push.note" : "feed.push.code")}
        spellcheck={kind === "note"}
        onInput={(event) => write(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            send();
          }
        }}
      />
      <div class="cr-row">
        <Segmented
          name={t("feed.push.title")}
          value={kind}
          choices={[
            { value: "note", label: t("feed.note") },
            { value: "code", label: t("feed.code") },
          ]}
          onChange={choose}
        />
        <span class="cr-grow" />
        <Button kind={onDone ? "main" : "soft s"} icon="push" submit title={`${t("feed.push")} (Ctrl Enter)`}>
          {t("feed.push")}
        </Button>
      </div>
    </form>
  );
}

/** A part that scrolls, and stays at its end when it was there; `follow` changes when something was added. */
export function Scroll({ follow, children }: { follow: number; children: ComponentChildren }) {
  const node = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  useLayoutEffect(() => {
    const box = node.current;
    if (box && atEnd.current) box.scrollTop = box.scrollHeight;
  }, [follow]);
  useEffect(() => {
    const box = node.current;
    if (!box) return;
    // Formulas and wrapping change heights after the fact; whoever was at the end stays there.
    const observer = new ResizeObserver(() => {
      if (atEnd.current) box.scrollTop = box.scrollHeight;
    });
    observer.observe(box);
    if (box.firstElementChild) observer.observe(box.firstElementChild);
    return () => observer.disconnect();
  }, [follow > 0]);
  return (
    <div
      ref={node}
      class="cr-scroll"
      onScroll={(event) => {
        const box = event.currentTarget;
        atEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
      }}
    >
      {children}
    </div>
  );
}
