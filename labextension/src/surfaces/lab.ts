/**
 * The extension of JupyterLab and Notebook 7: a launcher card, palette commands, a toolbar button, and the board in a
 * tab. It only wires: the board is loaded when its tab is first shown, what is pushed goes through the client.
 *
 * It promises to work with whichever services the application has (Notebook 7 has no launcher), and never holds any
 * state of the class itself.
 */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ILayoutRestorer } from "@jupyterlab/application";
import { ICommandPalette, MainAreaWidget, Notification, WidgetTracker } from "@jupyterlab/apputils";
import { PageConfig } from "@jupyterlab/coreutils";
import { ILauncher } from "@jupyterlab/launcher";
import { INotebookTracker } from "@jupyterlab/notebook";
import { LabIcon } from "@jupyterlab/ui-components";
import { Widget } from "@lumino/widgets";
import { pushCell } from "../client/push";
import "../../style/lab.css";
import type { MathStyles } from "../ui/math";
import { LabClass, NoClassOpen, type Place } from "./lab_class";
import { symbol } from "./symbols";

const OPEN = "classroom:open-board";
const PUSH = "classroom:push-cell";
const CATEGORY = "Classroom";

const boardIcon = new LabIcon({ name: "classroom:board", svgstr: symbol("pen") });
const panelIcon = new LabIcon({ name: "classroom:panel", svgstr: symbol("live") });
const pushIcon = new LabIcon({ name: "classroom:push", svgstr: symbol("push") });

/** A piece of JupyterLab that shows the class. The class is entered, and the code loaded, when it is first seen. */
class ClassView extends Widget {
  private unmount: (() => void) | null = null;
  private busy = false;
  private readonly unwait: () => void;
  private away: () => void = () => {};

  constructor(
    private readonly place: LabClass,
    private readonly paint: (
      node: HTMLElement,
      host: Place & { mathStyles: MathStyles },
    ) => Promise<() => void>,
  ) {
    super();
    this.addClass("cr-lab-view");
    this.unwait = place.onBegun(() => {
      if (this.isVisible) this.start();
    });
  }

  protected override onAfterAttach(): void {
    if (this.isVisible) this.start();
  }

  protected override onAfterShow(): void {
    this.start();
  }

  private start(): void {
    if (this.unmount || this.busy) return;
    this.busy = true;
    this.mount()
      .catch((error: unknown) => (error instanceof NoClassOpen ? this.begin(error) : this.explain(error)))
      .finally(() => {
        this.busy = false;
      });
  }

  private async mount(): Promise<void> {
    const place = await this.place.enter();
    this.away();
    this.away = () => {};
    const styles = { href: `${this.place.base}classroom/static/katex.css` };
    const unmount = await this.paint(this.node, { ...place, mathStyles: styles });
    if (this.isDisposed) unmount();
    else this.unmount = unmount;
  }

  private async begin({ classes }: NoClassOpen): Promise<void> {
    const { mountBegin } = await import("../ui/mount");
    this.away();
    this.away = mountBegin(this.node, {
      classes,
      onStart: (title) => this.place.begin({ title }),
      onOpen: (id) => this.place.begin({ class: id }),
    });
  }

  private explain(error: unknown): void {
    const reason = document.createElement("p");
    reason.textContent = error instanceof Error ? error.message : String(error);
    const again = document.createElement("button");
    again.textContent = "Try again";
    again.addEventListener("click", () => this.start());
    const empty = document.createElement("div");
    empty.className = "cr-lab-empty";
    empty.append(reason, again);
    this.node.replaceChildren(empty);
  }

  override dispose(): void {
    this.unwait();
    this.away();
    this.unmount?.();
    this.unmount = null;
    super.dispose();
  }
}

/** The language that a student's notebook needs to know of a cell: "markdown", "text", or the kernel's. */
function language(notebooks: INotebookTracker, cellType: string): string {
  if (cellType === "markdown") return "markdown";
  if (cellType !== "code") return "text";
  const info = notebooks.currentWidget?.model?.getMetadata("language_info");
  const name = (info as { name?: unknown } | undefined)?.name;
  return typeof name === "string" && name ? name : "python";
}

function addBoard(
  app: JupyterFrontEnd,
  place: LabClass,
  palette: ICommandPalette | null,
  launcher: ILauncher | null,
  restorer: ILayoutRestorer | null,
): void {
  const tracker = new WidgetTracker<MainAreaWidget<ClassView>>({ namespace: "classroom-board" });
  let open: MainAreaWidget<ClassView> | null = null;
  const make = (): MainAreaWidget<ClassView> => {
    const tab: MainAreaWidget<ClassView> = new MainAreaWidget({
      content: new ClassView(place, async (node, host) => {
        const { mountBoard } = await import("../ui/mount");
        const named = (title: string) => {
          tab.title.label = title ? `Board: ${title}` : "Board";
        };
        return mountBoard(node, { ...host, named });
      }),
    });
    tab.toolbar.hide(); // the board brings its own
    tab.id = "classroom-board";
    tab.title.label = "Board";
    tab.title.caption = "The board of your class";
    tab.title.icon = boardIcon;
    tab.title.closable = true;
    return tab;
  };

  app.commands.addCommand(OPEN, {
    label: (args) => (args.isLauncher ? "Classroom" : "Classroom: Open board"),
    caption: "Open the board of your class in a tab",
    icon: boardIcon,
    execute: async () => {
      if (!open || open.isDisposed) {
        open = make();
        // Notebook 7 has room for one document in its main area; the board stands beside it.
        if (app.name === "JupyterLab") app.shell.add(open, "main", { mode: "split-right" });
        else app.shell.add(open, "right", { rank: 100 });
        await tracker.add(open);
      }
      app.shell.activateById(open.id);
    },
  });
  palette?.addItem({ command: OPEN, category: CATEGORY });
  launcher?.add({ command: OPEN, args: { isLauncher: true }, category: "Other", rank: 2 });
  if (restorer && app.name === "JupyterLab") {
    void restorer.restore(tracker, { command: OPEN, name: () => "board" });
  }
}

/** The panel at the left: status, invitation, hands, feed and chat. */
function addPanel(app: JupyterFrontEnd, place: LabClass, restorer: ILayoutRestorer | null): void {
  const panel = new ClassView(place, async (node, host) => {
    const { mountSidePanel } = await import("../ui/mount");
    return mountSidePanel(node, { ...host, showBoard: () => void app.commands.execute(OPEN) });
  });
  panel.id = "classroom-panel";
  panel.title.caption = "Classroom";
  panel.title.icon = panelIcon;
  app.shell.add(panel, "left", { rank: 350 });
  restorer?.add(panel, "classroom-panel");
}

function addPush(
  app: JupyterFrontEnd,
  place: LabClass,
  palette: ICommandPalette | null,
  notebooks: INotebookTracker,
): void {
  app.commands.addCommand(PUSH, {
    label: "Classroom: Push this cell",
    caption: "Push this cell to everyone in the class",
    icon: pushIcon,
    isEnabled: () => notebooks.activeCell !== null,
    execute: async () => {
      const cell = notebooks.activeCell;
      if (!cell) return;
      const source = cell.model.sharedModel.getSource();
      if (!source.trim()) {
        Notification.error("This cell is empty. Write something in it, then push it.", { autoClose: 5000 });
        return;
      }
      try {
        const { session } = await place.enter();
        pushCell(place.sessions, source, language(notebooks, cell.model.type));
        const said =
          session.status === "live"
            ? "Pushed to the class"
            : "Kept. It is pushed when the connection is back.";
        Notification.success(said, { autoClose: 5000 });
      } catch (error) {
        Notification.error(error instanceof Error ? error.message : String(error), { autoClose: 10000 });
      }
    },
  });
  notebooks.activeCellChanged.connect(() => app.commands.notifyCommandChanged(PUSH));
  palette?.addItem({ command: PUSH, category: CATEGORY });
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: "classroom:plugin",
  description: "A class in JupyterLab: its board, and pushing cells to it.",
  autoStart: true,
  optional: [ICommandPalette, ILauncher, INotebookTracker, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    palette: ICommandPalette | null,
    launcher: ILauncher | null,
    notebooks: INotebookTracker | null,
    restorer: ILayoutRestorer | null,
  ) => {
    const place = new LabClass(PageConfig.getBaseUrl(), PageConfig.getToken());
    addBoard(app, place, palette, launcher, restorer);
    if (app.name === "JupyterLab") addPanel(app, place, restorer);
    if (notebooks) addPush(app, place, palette, notebooks);
  },
};

export default [plugin];
