/**
 * The side of a panel: tabs with what is new counted, one of them open. Places of scrolling are kept per tab, because a
 * tab that was looked at once stays in the page, hidden.
 */

import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";

import { Chat } from "./chat";
import { Count } from "./controls";
import { Feed } from "./feed";
import { People } from "./people";
import { useHere, useRecords, useRoom, useUnseen } from "./room";
import { t } from "./words";

export type Tab = "feed" | "chat" | "people";

interface Counts {
  feed: number;
  chat: number;
  here: number;
}

/** What is new in the tabs that are not open. */
export function useCounts(open: Tab | null): Counts {
  const feed = useUnseen(useRecords("item"), open === "feed");
  const chat = useUnseen(useRecords("message"), open === "chat");
  return { feed, chat, here: useHere().size };
}

export interface DrawerProps {
  order: readonly Tab[];
  tab: Tab;
  onTab: (tab: Tab) => void;
  /** What stands over the tabs. */
  top?: ComponentChildren;
  bare?: boolean;
  kind?: string;
  end?: ComponentChildren;
}

export function Drawer({ order, tab, onTab, top, bare, kind, end }: DrawerProps) {
  const room = useRoom();
  const counts = useCounts(tab);
  const visited = useRef(new Set<Tab>());
  visited.current.add(tab);
  const names: Record<Tab, string> = { feed: t("tab.feed"), chat: t("tab.chat"), people: t("tab.people") };
  const step = (event: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const next = order[(order.indexOf(tab) + by + order.length) % order.length]!;
    onTab(next);
    const bar = event.currentTarget as HTMLElement;
    requestAnimationFrame(() => bar.querySelector<HTMLElement>("[aria-selected=true]")?.focus());
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <aside class={`cr-drawer ${kind ?? ""}`} aria-label={t("region.drawer")} data-region="drawer">
      {top}
      {bare ? null : (
        <div class="cr-tabs" role="tablist" onKeyDown={step}>
          {order.map((one) => (
            <button
              key={one}
              type="button"
              role="tab"
              aria-selected={one === tab}
              tabIndex={one === tab ? 0 : -1}
              class={one === tab ? "cr-on" : undefined}
              onClick={() => onTab(one)}
            >
              {names[one]}
              {one === "people" ? (
                room.staff ? (
                  <Count n={counts.here} />
                ) : null
              ) : (
                <Count n={counts[one]} fresh />
              )}
            </button>
          ))}
          {end}
        </div>
      )}
      {order
        .filter((one) => visited.current.has(one))
        .map((one) => (
          <div key={one} class="cr-pane" role="tabpanel" aria-label={names[one]} hidden={one !== tab}>
            {one === "feed" ? (
              <Feed compose />
            ) : one === "chat" ? (
              <Chat />
            ) : (
              <div class="cr-scroll">
                <People />
              </div>
            )}
          </div>
        ))}
    </aside>
  );
}
