/**
 * The two halves of the class in JupyterLab: the side panel "Classroom" (status, invitation, hands, people, feed, chat)
 * and the board in a tab of its own. Each stands alone; together they show one session.
 */

import { useState } from "preact/hooks";

import { Banners } from "./banner";
import { Button, IconButton } from "./controls";
import type { Tab } from "./drawer";
import { Drawer } from "./drawer";
import { Frame } from "./frame";
import { fullscreen, useFullscreen } from "./fullscreen";
import { Walk, walk } from "./gallery";
import { copyLink } from "./invite";
import { usePanelKeys } from "./keys";
import { PageStrip, STRIP } from "./overview";
import { DrawSwitch, PageMenu, PageNav } from "./pages";
import { Hands } from "./people";
import { Rail } from "./rail";
import type { Layout, Room } from "./room";
import { useCell, useClass, useHere, useRecords, useRoom } from "./room";
import { callBack } from "./showing";
import { BoardStage, DrawingChip, Following } from "./stage";
import { CallBack, FollowSwitch, LiveFor, MoreMenu, Sheets } from "./teacher";
import { t } from "./words";

type Sheet = Parameters<typeof Sheets>[0]["sheet"];

export function SidePanel({
  room,
  onReload,
  onBoard,
}: {
  room: Room;
  onReload?: () => void;
  onBoard?: () => void;
}) {
  return (
    <Frame room={room} kind="cr-side" name={t("region.top")} phone={0} narrow={0} onReload={onReload}>
      {(_, root) => <Side root={root} onBoard={onBoard} />}
    </Frame>
  );
}

function Side({ root, onBoard }: { root: HTMLElement; onBoard?: () => void }) {
  const room = useRoom();
  const klass = useClass();
  const here = useHere();
  const invitation = useCell(room.invitation);
  const [tab, show] = useState<Tab>("people");
  const [sheet, openSheet] = useState<Sheet>("");
  usePanelKeys(root, { sheet: () => openSheet("keys") }, false);
  const top = (
    <div class="cr-section cr-side__head" data-region="top">
      <div class="cr-row">
        <b class="cr-one-line cr-grow">{klass?.title}</b>
        <MoreMenu onSheet={openSheet} root={root} small />
      </div>
      <div class="cr-row cr-side__state">
        <LiveFor />
        <span class="cr-tiny cr-muted">{t("here", { count: here.size })}</span>
      </div>
      <div class="cr-row cr-side__acts">
        {invitation ? (
          <>
            <Button kind="line s" icon="qr" onPress={() => openSheet("invite")}>
              {t("invite.title")}
            </Button>
            <IconButton
              icon="link"
              small
              name={t("invite.copy")}
              onPress={(event) => void copyLink(room, event.currentTarget)}
            />
          </>
        ) : null}
        {onBoard ? (
          <Button kind="line s" icon="pen" onPress={onBoard}>
            {t("feed.board")}
          </Button>
        ) : null}
      </div>
    </div>
  );
  return (
    <>
      <Banners />
      {tab === "people" ? (
        <Drawer order={ORDER} tab={tab} onTab={show} top={top} />
      ) : (
        <Drawer
          order={ORDER}
          tab={tab}
          onTab={show}
          top={
            <>
              {top}
              <HandsBrief />
            </>
          }
        />
      )}
      <Sheets sheet={sheet} onClose={() => openSheet("")} />
    </>
  );
}

const ORDER: readonly Tab[] = ["people", "feed", "chat"];

/** Hands stay in sight whichever tab is open. */
function HandsBrief() {
  const up = useRecords("person").some((person) => person.hand > 0);
  return up ? <Hands quiet /> : null;
}

export interface BoardTabProps {
  room: Room;
  onReload?: () => void;
}

export function BoardTab(props: BoardTabProps) {
  return (
    <Frame
      room={props.room}
      kind="cr-boardtab"
      name={t("region.board")}
      phone={480}
      narrow={640}
      inside
      onReload={props.onReload}
    >
      {(layout, root) => <Tabbed {...props} layout={layout} root={root} />}
    </Frame>
  );
}

function Tabbed({ layout, root }: BoardTabProps & { layout: Layout; root: HTMLElement }) {
  const room = useRoom();
  const full = useFullscreen(root);
  const strip = useCell(room.strip) && layout !== "phone";
  const [sheet, openSheet] = useState<Sheet>("");
  usePanelKeys(
    root,
    {
      full: () => fullscreen(root),
      sheet: () => openSheet("keys"),
      ...(room.staff ? { walk: () => walk(room), call: () => callBack(room) } : {}),
    },
    false,
  );
  return (
    <div class="cr-tabboard">
      <header class="cr-tabboard__bar" data-region="top">
        <span class="cr-row cr-tabboard__pages">
          <PageNav small add strip={layout !== "phone"} />
          <IconButton icon="pages" small name={t("page.all")} onPress={() => openSheet("pages")} />
          <PageMenu small />
        </span>
        <span class="cr-grow" />
        {room.staff ? (
          <>
            <DrawSwitch label={layout !== "phone"} />
            {layout === "wide" ? <FollowSwitch /> : null}
            <CallBack />
          </>
        ) : (
          <Following />
        )}
        {room.staff ? (
          <IconButton icon="export" small name={t("export.open")} onPress={() => openSheet("export")} />
        ) : null}
        <IconButton
          icon="fullscreen"
          small
          name={t(full ? "full.off" : "full.on")}
          keyName="F"
          toggle
          on={full}
          onPress={() => fullscreen(root)}
        />
      </header>
      <div class="cr-stage">
        <BoardStage insets={{ left: 68, top: 12, right: strip ? 16 + STRIP : 16, bottom: 12 }} />
        {layout === "phone" ? null : <PageStrip />}
        <Banners />
        <div class="cr-stage__chip">
          <DrawingChip />
        </div>
        <Rail float />
      </div>
      <Walk />
      <Sheets sheet={sheet} onClose={() => openSheet("")} />
    </div>
  );
}
