/**
 * The student's surface: top strip, board, tools when one may draw, dock, drawer; on a phone the board over the feed with
 * a tab bar, or the page alone while drawing. The same on the join page and in a notebook.
 */

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

import { Banners } from "./banner";
import { Button, Count, Icon, IconButton, Live } from "./controls";
import type { Tab } from "./drawer";
import { Drawer, useCounts } from "./drawer";
import { ExportDialog } from "./export";
import { Frame } from "./frame";
import { fullscreen, useFullscreen } from "./fullscreen";
import { Walk, walk } from "./gallery";
import { KeySheet, usePanelKeys } from "./keys";
import type { MenuEntry } from "./layers";
import { MenuButton } from "./layers";
import { NameDialog } from "./name";
import { PageMenu, PageNav } from "./pages";
import { HandButton } from "./people";
import { Rail } from "./rail";
import type { Layout, Room } from "./room";
import { useBoardState, useClass, useHere, usePages, useRoom, useStatus } from "./room";
import { callBack } from "./showing";
import { BoardStage, DrawingChip, Following } from "./stage";
import { ThumbTools } from "./thumb";
import { t } from "./words";

export interface StudentProps {
  room: Room;
  /** In a notebook cell (else the page is nothing but this). */
  inside?: boolean;
  height?: string;
  onAgain?: () => void;
  onReload?: () => void;
  onLeave?: () => void;
}

/** Below these widths (CSS px): the phone layout, and the drawer over the stage. */
const PHONE = 640;
const NARROW = 900;
const PHONE_INSIDE = 480;
const NARROW_INSIDE = 720;
const TABS: readonly Tab[] = ["feed", "chat", "people"];

export function Student(props: StudentProps) {
  const { inside } = props;
  return (
    <Frame
      room={props.room}
      kind={inside ? "cr-student cr-student--inside" : "cr-student"}
      name={t("region.top")}
      phone={inside ? PHONE_INSIDE : PHONE}
      narrow={inside ? NARROW_INSIDE : NARROW}
      inside={inside}
      page={!inside}
      height={props.height}
      onAgain={props.onAgain}
      onReload={props.onReload}
    >
      {(layout, root) => <Surface {...props} layout={layout} root={root} />}
    </Frame>
  );
}

type SurfaceProps = StudentProps & { layout: Layout; root: HTMLElement };

function Surface(props: SurfaceProps) {
  const { layout, root, inside } = props;
  const room = useRoom();
  const { session } = room;
  const [tab, show] = useState<Tab>("feed");
  const [open, setOpen] = useState(layout === "wide");
  const [drawing, draw] = useState(false);
  const [sheet, openSheet] = useState(false);
  const may = useBoardState()?.canDraw ?? false;
  useEffect(() => setOpen(layout === "wide"), [layout]);
  useEffect(() => {
    if (!may) draw(false);
  }, [may]);
  useEffect(() => room.penWanted.watch(() => draw(true)), [room]);
  const startDrawing = () => {
    room.notices.withdraw(t("draw.on"));
    draw(true);
  };
  const go = (one: Tab) => {
    show(one);
    setOpen(true);
    draw(false);
  };
  usePanelKeys(
    root,
    {
      hand: () => {
        const self = session.self;
        if (self)
          session.change([
            {
              op: "patch",
              ids: [self.id],
              fields: { hand: self.hand ? 0 : Math.max(1, Math.round(session.now())) },
            },
          ]);
      },
      drawer: () => setOpen(!open),
      tab: (index) => go(TABS[index] ?? "feed"),
      full: () => fullscreen(root),
      sheet: () => openSheet(true),
      ...(room.staff ? { walk: () => walk(room), call: () => callBack(room) } : {}),
    },
    !inside,
  );
  const sheets = sheet ? <KeySheet onClose={() => openSheet(false)} /> : null;
  const more = <More {...props} onKeys={() => openSheet(true)} />;
  if (layout === "phone") {
    return (
      <>
        {drawing ? (
          <PhoneDrawing onBack={() => draw(false)} />
        ) : (
          <PhoneLive tab={tab} onTab={show} onDraw={may ? startDrawing : null} more={more} />
        )}
        <Walk />
      </>
    );
  }
  const rail = may;
  return (
    <div class={open ? "cr-livepage" : "cr-livepage cr-livepage--alone"} data-drawer={open ? "" : undefined}>
      <Top open={open} onDrawer={() => setOpen(!open)} more={more} root={root} />
      <div class="cr-stage">
        <BoardStage
          insets={
            inside
              ? { left: rail ? 64 : 16, top: 8, right: 16, bottom: 68 }
              : { left: rail ? 84 : 28, top: 0, right: 28, bottom: 84 }
          }
        />
        <Banners />
        <div class="cr-stage__chip">
          <DrawingChip />
        </div>
        <Rail float />
        <Dock />
      </div>
      {open ? (
        <Drawer
          order={TABS}
          tab={tab}
          onTab={show}
          end={layout === "narrow" ? <CloseDrawer onClose={() => setOpen(false)} /> : null}
        />
      ) : null}
      <Walk />
      {sheets}
    </div>
  );
}

function CloseDrawer({ onClose }: { onClose: () => void }) {
  return (
    <>
      <span class="cr-grow" />
      <IconButton icon="x" name={t("drawer.hide")} keyName="\" kind="cr-tabs__x" onPress={onClose} />
    </>
  );
}

function LiveState() {
  return useStatus() === "live" ? <Live /> : null;
}

function Top({
  open,
  onDrawer,
  more,
  root,
}: {
  open: boolean;
  onDrawer: () => void;
  more: ComponentChildren;
  root: HTMLElement;
}) {
  const klass = useClass();
  const here = useHere();
  const full = useFullscreen(root);
  const { feed, chat } = useCounts(null);
  return (
    <header class="cr-top" data-region="top">
      <h1 class="cr-one-line">{klass?.title}</h1>
      <LiveState />
      <span class="cr-grow" />
      <span class="cr-small cr-muted cr-row cr-here">
        <Icon name="people" small />
        {t("here", { count: here.size })}
      </span>
      <span class="cr-row cr-top__acts">
        <IconButton
          icon="fullscreen"
          name={t(full ? "full.off" : "full.on")}
          keyName="F"
          toggle
          on={full}
          onPress={() => fullscreen(root)}
        />
        {more}
        {open ? null : (
          <IconButton icon="list" name={t("drawer.show")} keyName="\" expanded={false} onPress={onDrawer}>
            <Icon name="list" />
            <Count n={feed + chat} fresh />
          </IconButton>
        )}
      </span>
    </header>
  );
}

function Dock() {
  const room = useRoom();
  const state = useBoardState();
  const board = room.board.get();
  return (
    <nav class="cr-dock" aria-label={t("region.dock")} data-region="dock">
      <div class="cr-dock__in">
        <div class="cr-row">
          <div class="cr-float">
            <PageNav add={room.staff} />
            <PageMenu />
          </div>
          <Following />
        </div>
        {room.session.me?.role === "observer" ? <span /> : <HandButton kind="dock" />}
        <div class="cr-float cr-dock__zoom">
          <IconButton icon="minus" name={t("page.out")} onPress={() => board?.zoomBy(0.8)} />
          <button
            type="button"
            class="cr-page-no"
            title={`${t("page.fit")} (0)`}
            aria-label={`${Math.round((state?.zoom ?? 1) * 100)}%, ${t("page.fit")}`}
            onClick={() => board?.fit()}
          >
            {Math.round((state?.zoom ?? 1) * 100)}%
          </button>
          <IconButton icon="plus" name={t("page.in")} onPress={() => board?.zoomBy(1.25)} />
        </div>
      </div>
    </nav>
  );
}

interface PhoneProps {
  tab: Tab;
  onTab: (tab: Tab) => void;
  onDraw: (() => void) | null;
  more: ComponentChildren;
}

const TAB_ICONS: Record<Tab, string> = { feed: "list", chat: "chat", people: "people" };

function PhoneLive({ tab, onTab, onDraw, more }: PhoneProps) {
  const klass = useClass();
  const counts = useCounts(tab);
  const room = useRoom();
  const { session } = room;
  const observer = session.me?.role === "observer";
  const [large, enlarge] = useState(false);
  // Five places, Hand in the middle: without Draw the last tab takes two, so that nothing moves when Draw comes.
  const wide = (one: Tab) => (one === "people" && !onDraw ? "cr-tab--wide" : "");
  const button = (one: Tab) => (
    <button
      type="button"
      class={`${one === tab && !large ? "cr-on" : ""} ${wide(one)}`}
      aria-current={one === tab && !large ? "page" : undefined}
      onClick={() => {
        enlarge(false);
        onTab(one);
      }}
    >
      <Icon name={TAB_ICONS[one]} />
      {t(`tab.${one}`)}
      {one === "people" ? null : <Count n={counts[one]} fresh />}
    </button>
  );
  return (
    <div class={large ? "cr-phone cr-phone--large" : "cr-phone"}>
      <header class="cr-top" data-region="top">
        <h1 class="cr-one-line">{klass?.title}</h1>
        <LiveState />
        <span class="cr-grow" />
        <IconButton
          icon="fullscreen"
          name={t(large ? "full.off" : "full.on")}
          toggle
          on={large}
          onPress={() => enlarge(!large)}
        />
        {more}
      </header>
      <div class="cr-stage">
        <BoardStage insets={{ left: 0, top: 0, right: 0, bottom: 0 }} />
        <Banners />
        {room.staff ? (
          <div class="cr-stage__chip">
            <DrawingChip />
          </div>
        ) : null}
        <div class="cr-stage__corner">
          <Following quiet />
        </div>
      </div>
      <Drawer order={TABS} tab={tab} onTab={onTab} bare />
      <nav class="cr-tabbar" aria-label={t("region.top")} data-region="dock">
        {button("feed")}
        {button("chat")}
        {observer ? <span /> : <HandButton kind="tab" />}
        {onDraw ? (
          <button type="button" onClick={onDraw}>
            <Icon name="pen" />
            {t("tab.draw")}
          </button>
        ) : null}
        {button("people")}
      </nav>
    </div>
  );
}

export function PhoneDrawing({ onBack }: { onBack: () => void }) {
  const room = useRoom();
  const state = useBoardState();
  const pages = usePages();
  const at = pages.findIndex((page) => page.id === state?.page);
  const page = pages[at];
  const board = room.board.get();
  const copy = page?.audience === "each" && !room.staff;
  const name = t(copy ? "page.number.copy" : "page.number", { number: Math.max(1, at + 1) });
  return (
    <div class="cr-drawpage">
      <header class="cr-top" data-region="top">
        <Button kind="soft" onPress={onBack}>
          <Icon name="left" small />
          {t("back")}
        </Button>
        <h1 class="cr-grow cr-one-line cr-small cr-drawpage__name">
          {copy ? <b>{t("draw.copy")} · </b> : null}
          {name}
        </h1>
        <IconButton icon="undo" name={t("undo")} disabled={!state?.canUndo} onPress={() => board?.undo()} />
        <IconButton icon="redo" name={t("redo")} disabled={!state?.canRedo} onPress={() => board?.redo()} />
      </header>
      <div class="cr-stage">
        <BoardStage insets={{ left: 0, top: 0, right: 0, bottom: 0 }} fills />
        <Banners />
        <div class="cr-stage__chip">
          <DrawingChip />
        </div>
      </div>
      <ThumbTools hand={room.staff ? null : <HandButton kind="tool" />} />
    </div>
  );
}

/** What is needed rarely: keys, one's name, leaving. */
function More({ onKeys, onLeave, layout }: SurfaceProps & { onKeys: () => void }) {
  const { session } = useRoom();
  const klass = useClass();
  const [naming, rename] = useState(false);
  const [exporting, take] = useState(false);
  const entries = (): (MenuEntry | "-")[] => [
    ...(klass?.names && session.self
      ? [{ icon: "text", label: t("name.change"), run: () => rename(true) }]
      : []),
    { icon: "export", label: t("export.menu"), run: () => take(true) },
    ...(layout === "phone" ? [] : [{ icon: "grid", label: t("keys.title"), keyName: "?", run: onKeys }]),
    ...(onLeave ? ["-" as const, { icon: "left", label: t("leave"), run: onLeave }] : []),
  ];
  return (
    <>
      <MenuButton icon="more" name={t("more")} entries={entries} />
      {naming ? <NameDialog onClose={() => rename(false)} /> : null}
      {exporting ? <ExportDialog onClose={() => take(false)} /> : null}
    </>
  );
}
