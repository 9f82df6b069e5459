/**
 * The teacher's panel: header, tools, stage, side with invitation and people, and at the foot the two switches that
 * matter: who draws, who follows. Below 720 px the side is a drawer over the stage, below 480 px it is the phone layout.
 */

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

import { Banners } from "./banner";
import { Button, Count, Icon, IconButton, Live, Switch } from "./controls";
import type { Tab } from "./drawer";
import { Drawer, useCounts } from "./drawer";
import { ExportDialog } from "./export";
import { PushForm } from "./feed";
import { Frame } from "./frame";
import { fillWindow, fullscreen, useFullscreen } from "./fullscreen";
import { Walk, walk } from "./gallery";
import { Invite, InviteDialog, rotate } from "./invite";
import { KeySheet, usePanelKeys } from "./keys";
import type { MenuEntry } from "./layers";
import { Dialog, MenuButton } from "./layers";
import { NameDialog } from "./name";
import { PageOverview, PageStrip, STRIP } from "./overview";
import { DrawSwitch, PageMenu, PageNav } from "./pages";
import { hands } from "./people";
import { Rail } from "./rail";
import type { Layout, Room } from "./room";
import { useBoardState, useCell, useClass, useNow, useRecords, useRoom, useStatus } from "./room";
import { callBack } from "./showing";
import { BoardStage, DrawingChip } from "./stage";
import { PhoneDrawing } from "./student";
import { elapsed, t } from "./words";

export interface TeacherProps {
  room: Room;
  height?: string;
  onReload?: () => void;
}

const PHONE = 480;
const NARROW = 720;
const TABS: readonly Tab[] = ["people", "feed", "chat"];

export function Teacher(props: TeacherProps) {
  return (
    <Frame
      room={props.room}
      kind="cr-teacher"
      name={t("role.teacher")}
      phone={PHONE}
      narrow={NARROW}
      inside
      height={props.height}
      onReload={props.onReload}
    >
      {(layout, root) => <Surface layout={layout} root={root} />}
    </Frame>
  );
}

type Sheet = "" | "export" | "pages" | "keys" | "push" | "invite" | "name";

/** The dialogs that the header opens, by name. */
export function Sheets({ sheet, onClose }: { sheet: Sheet; onClose: () => void }) {
  switch (sheet) {
    case "export":
      return <ExportDialog onClose={onClose} />;
    case "pages":
      return <PageOverview onClose={onClose} />;
    case "keys":
      return <KeySheet onClose={onClose} />;
    case "name":
      return <NameDialog onClose={onClose} />;
    case "invite":
      return <InviteDialog onClose={onClose} />;
    case "push":
      return (
        <Dialog title={t("feed.push.title")} wide onClose={onClose}>
          <PushForm onDone={onClose} />
        </Dialog>
      );
    default:
      return null;
  }
}

function Surface({ layout, root }: { layout: Layout; root: HTMLElement }) {
  const room = useRoom();
  const [tab, show] = useState<Tab>("people");
  const [open, setOpen] = useState(layout === "wide");
  const [sheet, openSheet] = useState<Sheet>("");
  const [folded, fold] = useState(false);
  const [drawing, draw] = useState(false);
  const invitation = useCell(room.invitation);
  const strip = useCell(room.strip);
  useEffect(() => setOpen(layout === "wide"), [layout]);
  usePanelKeys(
    root,
    {
      drawer: () => setOpen(!open),
      tab: (index) => {
        show((["feed", "chat", "people"] as const)[index] ?? "people");
        setOpen(true);
      },
      full: () => fullscreen(root),
      sheet: () => openSheet("keys"),
      walk: () => walk(room),
      call: () => callBack(room),
    },
    false,
  );
  const top = folded || !invitation || layout === "phone" ? null : <Invite onFold={() => fold(true)} />;
  const drawer = (bare: boolean) => (
    <Drawer
      order={TABS}
      tab={tab}
      onTab={show}
      top={top}
      bare={bare}
      end={
        <>
          <span class="cr-grow" />
          {folded && invitation ? (
            <IconButton
              icon="qr"
              small
              kind="cr-tabs__x"
              name={t("invite.unfold")}
              onPress={() => fold(false)}
            />
          ) : null}
          {layout === "narrow" ? (
            <IconButton
              icon="x"
              small
              kind="cr-tabs__x"
              name={t("drawer.hide")}
              keyName="\"
              onPress={() => setOpen(false)}
            />
          ) : null}
        </>
      }
    />
  );
  const sheets = <Sheets sheet={sheet} onClose={() => openSheet("")} />;
  if (layout === "phone") {
    if (drawing)
      return (
        <>
          <PhoneDrawing onBack={() => draw(false)} />
          <Walk />
        </>
      );
    return (
      <TeacherPhone
        tab={tab}
        onTab={show}
        onDraw={() => draw(true)}
        onSheet={openSheet}
        drawer={drawer(true)}
        root={root}
      >
        <Walk />
        {sheets}
      </TeacherPhone>
    );
  }
  return (
    <div class={open ? "cr-panel" : "cr-panel cr-panel--alone"}>
      <Header layout={layout} root={root} open={open} onDrawer={() => setOpen(!open)} onSheet={openSheet} />
      <Rail />
      <div class="cr-panel__stage">
        <BoardStage insets={{ left: 16, top: 16, right: strip ? 16 + STRIP : 16, bottom: 16 }} />
        <PageStrip />
        <Banners />
        <div class="cr-stage__chip">
          <DrawingChip />
        </div>
      </div>
      {open ? drawer(false) : null}
      <Footer layout={layout} />
      <Walk />
      {sheets}
    </div>
  );
}

/** The live dot and, where it is known, for how long: staff have the time in sight. Nothing while the connection is away. */
export function LiveFor() {
  const { since } = useRoom();
  const live = useStatus() === "live";
  const now = useNow(1000);
  if (!live) return null;
  return <Live word={since ? `${t("live")} ${elapsed(now - since)}` : t("live")} />;
}

function Header(props: {
  layout: Layout;
  root: HTMLElement;
  open: boolean;
  onDrawer: () => void;
  onSheet: (sheet: Sheet) => void;
}) {
  const { layout, root, open, onSheet } = props;
  const klass = useClass();
  const full = useFullscreen(root);
  const counts = useCounts(null);
  const up = hands(useRecords("person")).length;
  return (
    <header class="cr-panel__top" data-region="top">
      <h2 class="cr-one-line">{klass?.title}</h2>
      <LiveFor />
      <span class="cr-grow" />
      <Button kind="soft s" icon="push" title={t("feed.push.title")} onPress={() => onSheet("push")}>
        {t("feed.push")}
      </Button>
      <span class="cr-sep" />
      <IconButton icon="pages" name={t("page.all")} onPress={() => onSheet("pages")} />
      <IconButton icon="export" name={t("export.open")} onPress={() => onSheet("export")} />
      {layout === "wide" ? (
        <IconButton
          icon="fullscreen"
          name={t(full ? "expand.off" : "expand.on")}
          toggle
          on={full}
          onPress={() =>
            root.ownerDocument.fullscreenElement === root ? fullscreen(root) : fillWindow(root)
          }
        />
      ) : null}
      <MoreMenu onSheet={onSheet} root={root} />
      {open ? null : (
        <IconButton
          icon="people"
          name={t("drawer.show")}
          keyName="\"
          expanded={false}
          onPress={props.onDrawer}
        >
          <Icon name="people" />
          <Count n={up + counts.chat} fresh />
        </IconButton>
      )}
    </header>
  );
}

export function MoreMenu({
  onSheet,
  root,
  small,
  pages,
}: {
  onSheet: (sheet: Sheet) => void;
  root: HTMLElement;
  small?: boolean;
  /** All pages are reached from here. */
  pages?: boolean;
}) {
  const room = useRoom();
  const klass = useClass();
  const invitation = useCell(room.invitation);
  const set = (fields: Record<string, unknown>) =>
    room.session.change([{ op: "patch", ids: ["class"], fields }]);
  const entries = (): (MenuEntry | "-")[] => [
    ...(pages ? [{ icon: "pages", label: t("page.all"), run: () => onSheet("pages") }, "-" as const] : []),
    { icon: "qr", label: t("invite.more"), run: () => onSheet("invite") },
    ...(invitation ? [{ icon: "restart", label: t("invite.rotate"), run: () => void rotate(room) }] : []),
    "-",
    {
      label: t("chat.open.long"),
      checked: klass?.chat !== false,
      run: () => set({ chat: klass?.chat === false }),
    },
    {
      label: t("names.open"),
      checked: klass?.names !== false,
      run: () => set({ names: klass?.names === false }),
    },
    {
      label: t("cursors.open"),
      checked: klass?.cursors === true,
      run: () => set({ cursors: klass?.cursors !== true }),
    },
    {
      label: t("invite.open"),
      checked: klass?.join !== false,
      run: () => set({ join: klass?.join === false }),
    },
    "-",
    { icon: "text", label: t("name.change"), run: () => onSheet("name") },
    { icon: "fullscreen", label: t("full.on"), keyName: "F", run: () => fullscreen(root) },
    { icon: "grid", label: t("keys.title"), keyName: "?", run: () => onSheet("keys") },
  ];
  return <MenuButton icon="more" name={t("more")} small={small} entries={entries} />;
}

/** Follow me, as a switch with its word. */
export function FollowSwitch() {
  const { session } = useRoom();
  const klass = useClass();
  return (
    <>
      <span class="cr-small cr-muted cr-label" aria-hidden="true">
        {t("follow.me")}
      </span>
      <Switch
        on={klass?.follow !== false}
        name={t("follow.me.long")}
        onChange={(follow) => session.change([{ op: "patch", ids: ["class"], fields: { follow } }])}
      />
    </>
  );
}

/** Brings everyone to one's own page and view, once. */
export function CallBack() {
  const room = useRoom();
  return (
    <IconButton icon="follow" small name={t("follow.call")} keyName="⇧G" onPress={() => callBack(room)} />
  );
}

/** The chat, open to students or not. */
export function ChatSwitch() {
  const { session } = useRoom();
  const klass = useClass();
  return (
    <>
      <span class="cr-small cr-muted cr-label" aria-hidden="true">
        {t("chat.open")}
      </span>
      <Switch
        on={klass?.chat !== false}
        name={t("chat.open.long")}
        onChange={(chat) => session.change([{ op: "patch", ids: ["class"], fields: { chat } }])}
      />
    </>
  );
}

function Footer({ layout }: { layout: Layout }) {
  return (
    <footer class="cr-panel__foot" data-region="dock">
      <div class="cr-row cr-panel__pages">
        <PageNav small add strip />
        <PageMenu small />
      </div>
      <span class="cr-grow" />
      <DrawSwitch label={layout === "wide"} />
      <span class="cr-sep" />
      <FollowSwitch />
      <CallBack />
      {layout === "wide" ? (
        <span class="cr-row cr-panel__chat">
          <ChatSwitch />
        </span>
      ) : null}
    </footer>
  );
}

function TeacherPhone(props: {
  tab: Tab;
  onTab: (tab: Tab) => void;
  onDraw: () => void;
  onSheet: (sheet: Sheet) => void;
  drawer: ComponentChildren;
  root: HTMLElement;
  children: ComponentChildren;
}) {
  const { tab, onTab, onSheet } = props;
  const klass = useClass();
  const counts = useCounts(tab);
  const state = useBoardState();
  const button = (one: Tab, icon: string) => (
    <button
      type="button"
      class={one === tab ? "cr-on" : undefined}
      aria-current={one === tab ? "page" : undefined}
      onClick={() => onTab(one)}
    >
      <Icon name={icon} />
      {t(`tab.${one}`)}
      {one === "people" ? null : <Count n={counts[one]} fresh />}
    </button>
  );
  return (
    <div class="cr-phone">
      <header class="cr-top" data-region="top">
        <h1 class="cr-one-line">{klass?.title}</h1>
        <LiveFor />
        <span class="cr-grow" />
        <IconButton icon="export" name={t("export.open")} onPress={() => onSheet("export")} />
        <MoreMenu onSheet={onSheet} root={props.root} pages />
      </header>
      <div class="cr-stage">
        <BoardStage insets={{ left: 0, top: 0, right: 0, bottom: 0 }} />
        <Banners />
        <div class="cr-stage__chip">
          <DrawingChip />
        </div>
      </div>
      <div class="cr-phone__row">
        <PageNav small add />
        <PageMenu small />
        <span class="cr-grow" />
        <DrawSwitch />
      </div>
      {props.drawer}
      <nav class="cr-tabbar" aria-label={t("region.top")} data-region="dock">
        {button("people", "people")}
        {button("feed", "list")}
        <button type="button" class="cr-raise" disabled={!state?.canDraw} onClick={props.onDraw}>
          <Icon name="pen" />
          {t("tab.draw")}
        </button>
        {button("chat", "chat")}
        <button type="button" onClick={() => onSheet("push")}>
          <Icon name="push" />
          {t("feed.push")}
        </button>
      </nav>
      {props.children}
    </div>
  );
}
