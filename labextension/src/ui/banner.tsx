/**
 * What lasts: the banner while the connection is away or nothing can be saved, the screen while the class is opening, the screen when it is over.
 *
 * The offline banner waits a second and a half, because most breaks are shorter; banners lie over the board and push nothing.
 */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { Button, Doodle, Empty, Icon } from "./controls";
import { useBoardState, useCell, useRoom, useStatus } from "./room";
import { farewell, t, unsaved } from "./words";

const QUIET_MS = 1_500;
const SLOW_MS = 4_000;

/** True once `on` has lasted that long. */
function useLasting(on: boolean, milliseconds: number): boolean {
  const [lasting, set] = useState(false);
  useEffect(() => {
    set(false);
    if (!on) return;
    const timer = setTimeout(() => set(true), milliseconds);
    return () => clearTimeout(timer);
  }, [on, milliseconds]);
  return on && lasting;
}

/** The one that matters more: without a connection nothing is known of the disk. */
export function Banners() {
  const { notices, unsaved: why } = useRoom();
  const code = useCell(why);
  const status = useStatus();
  const may = useBoardState()?.canDraw ?? true;
  const away = useLasting(status === "reconnecting", QUIET_MS);
  const was = useRef(false);
  useLayoutEffect(() => {
    if (was.current && status === "live") notices.show({ text: t("online.back"), icon: "check" });
    was.current = away;
  }, [away, status]);
  const [fact, meaning] = unsaved(code);
  if (!away)
    return code ? (
      <div class="cr-banner cr-banner--bad" role="status">
        <Icon name="fail" />
        <span class="cr-grow">
          <b>{fact}</b> {meaning}
        </span>
      </div>
    ) : null;
  return (
    <div class="cr-banner" role="status">
      <Icon name="wifi" />
      <span class="cr-grow">
        <b>{t("offline.title")}</b> {t(may ? "offline.text" : "offline.text.watch")}
      </span>
    </div>
  );
}

export function Opening() {
  const slow = useLasting(true, SLOW_MS);
  return (
    <div class="cr-whole">
      <div class="cr-empty" role="status">
        <Doodle name="page" />
        <p>{t("wait.connecting")}</p>
        {slow ? <p class="cr-faint">{t("wait.connecting.more")}</p> : null}
      </div>
    </div>
  );
}

interface Ending {
  doodle: string;
  title: string;
  text: string;
  act?: "again" | "reload";
}

function ending(code: string, reason: string, staff: boolean): Ending {
  switch (code) {
    case "removed":
      return { doodle: "door", title: t("closed.removed"), text: t("closed.removed.text") };
    case "bad-token":
      return {
        doodle: "door",
        title: t("closed.token"),
        text: t(staff ? "closed.token.staff" : "closed.token.text"),
        act: "again",
      };
    case "ended":
      return { doodle: "goodbye", title: t("closed.ended"), text: t("closed.ended.text") };
    case "replaced":
      return { doodle: "page", title: t("closed.replaced"), text: t("closed.replaced.text"), act: "reload" };
    case "upgrade":
      return { doodle: "page", title: t("closed.upgrade"), text: t("closed.upgrade.text"), act: "reload" };
    default:
      return { doodle: "door", title: t("closed.other"), text: farewell(code, reason), act: "reload" };
  }
}

/** What ended this for good, and what to do next. `onAgain` leads back to the door, where there is one. */
export function Closed({ onAgain, onReload }: { onAgain?: () => void; onReload?: () => void }) {
  const { session } = useRoom();
  const { code, reason } = session.farewell ?? { code: "", reason: "" };
  const end = ending(code, reason, session.me?.role === "teacher");
  return (
    <div class="cr-whole" role="alert">
      <Empty doodle={end.doodle} title={end.title} text={end.text} level={2}>
        {end.act === "again" && onAgain ? (
          <Button kind="main" onPress={onAgain}>
            {t("closed.again")}
          </Button>
        ) : null}
        {end.act === "reload" && onReload ? (
          <Button kind="main" onPress={onReload}>
            {t("closed.reload")}
          </Button>
        ) : null}
      </Empty>
    </div>
  );
}
