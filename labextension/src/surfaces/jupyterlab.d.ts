/**
 * The parts of JupyterLab 4's API that lab.ts uses, and nothing more. Declared here because the packages' own types
 * bring some 200 MB of node_modules with them; tests/browser/test_lab_activates.py holds these lines to the truth by
 * running them in JupyterLab and in Notebook.
 */

declare module "@lumino/widgets" {
  export class Widget {
    constructor(options?: { node?: HTMLElement });
    readonly node: HTMLElement;
    id: string;
    readonly title: { label: string; caption: string; closable: boolean; icon: unknown };
    readonly isDisposed: boolean;
    readonly isVisible: boolean;
    addClass(name: string): void;
    dispose(): void;
    update(): void;
    hide(): void;
    protected onAfterAttach(message: unknown): void;
    protected onAfterShow(message: unknown): void;
  }
}

declare module "@jupyterlab/application" {
  import type { Widget } from "@lumino/widgets";

  export interface CommandOptions {
    label: string | ((args: Record<string, unknown>) => string);
    caption?: string;
    icon?: unknown;
    isEnabled?: () => boolean;
    execute: (args: Record<string, unknown>) => unknown;
  }

  export interface JupyterFrontEnd {
    /** "JupyterLab" or "Jupyter Notebook". */
    readonly name: string;
    readonly commands: {
      addCommand(id: string, options: CommandOptions): { dispose(): void };
      execute(id: string, args?: Record<string, unknown>): Promise<unknown>;
      notifyCommandChanged(id?: string): void;
    };
    readonly shell: {
      add(widget: Widget, area?: string, options?: Record<string, unknown>): void;
      activateById(id: string): void;
    };
  }

  export interface JupyterFrontEndPlugin<T> {
    id: string;
    description?: string;
    autoStart?: boolean;
    requires?: unknown[];
    optional?: unknown[];
    // The services arrive in the order of `requires` and `optional`, which no type can express here.
    // biome-ignore lint/suspicious/noExplicitAny: see above
    activate: (app: JupyterFrontEnd, ...services: any[]) => T;
  }

  export interface ILayoutRestorer {
    add(widget: Widget, name: string): void;
    restore(
      tracker: unknown,
      options: { command: string; name: (widget: Widget) => string },
    ): Promise<unknown>;
  }
  export const ILayoutRestorer: { readonly name: string };
}

declare module "@jupyterlab/apputils" {
  import type { Widget } from "@lumino/widgets";

  export interface ICommandPalette {
    addItem(options: { command: string; category: string }): { dispose(): void };
  }
  export const ICommandPalette: { readonly name: string };

  export class MainAreaWidget<T extends Widget> extends Widget {
    constructor(options: { content: T });
    readonly content: T;
    readonly toolbar: Widget;
  }

  export class WidgetTracker<T extends Widget> {
    constructor(options: { namespace: string });
    readonly currentWidget: T | null;
    add(widget: T): Promise<void>;
  }

  export const Notification: {
    success(message: string, options?: { autoClose?: number | false }): string;
    error(message: string, options?: { autoClose?: number | false }): string;
  };
}

declare module "@jupyterlab/coreutils" {
  export const PageConfig: { getBaseUrl(): string; getToken(): string };
}

declare module "@jupyterlab/launcher" {
  export interface ILauncher {
    add(options: { command: string; args?: Record<string, boolean>; category?: string; rank?: number }): {
      dispose(): void;
    };
  }
  export const ILauncher: { readonly name: string };
}

declare module "@jupyterlab/notebook" {
  export interface INotebookTracker {
    readonly activeCell: {
      readonly model: { readonly type: string; readonly sharedModel: { getSource(): string } };
    } | null;
    readonly activeCellChanged: { connect(slot: () => void): boolean };
    readonly currentWidget: {
      readonly content: { readonly codeMimetype: string };
      readonly model: { getMetadata(key: string): unknown } | null;
    } | null;
  }
  export const INotebookTracker: { readonly name: string };
}

declare module "@jupyterlab/ui-components" {
  export class LabIcon {
    constructor(options: { name: string; svgstr: string });
  }
}
