/**
 * The invitation: QR code, spoken code, link to copy. It stays on top until the teacher folds it.
 *
 * The code is on the wall only while it is shown; a new link makes old ones useless and leaves everyone in.
 */

import { useMemo, useState } from "preact/hooks";

import { DoorError } from "../client/door";
import { copyText } from "./clipboard";
import { Button, Icon, IconButton, Switch } from "./controls";
import { Dialog } from "./layers";
import { qrCode, qrPath } from "./qr";
import type { Room } from "./room";
import { useCell, useClass, useRoom } from "./room";
import { t } from "./words";

/** The join link as this browser reaches the server: what the server believes of its own address may be a proxy's inside. */
export function joinLink(base: string, fragment: string): string {
  const address = new URL(`${base}classroom/`, document.baseURI);
  address.hash = fragment;
  return address.href;
}

export function QrCode({ text, large }: { text: string; large?: boolean }) {
  const code = useMemo(() => {
    try {
      const dark = qrCode(text);
      return { path: qrPath(dark), size: dark.length };
    } catch {
      return null;
    }
  }, [text]);
  if (!code) return null;
  return (
    <svg
      class={large ? "cr-qr cr-qr--large" : "cr-qr"}
      viewBox={`0 0 ${code.size} ${code.size}`}
      shape-rendering="crispEdges"
      role="img"
      aria-label={t("invite.qr")}
    >
      <path d={code.path} />
    </svg>
  );
}

function failed(room: Room, error: unknown): void {
  room.notices.show({ text: error instanceof DoorError ? error.sentence : t("enter.unreachable") });
}

async function showCode(room: Room, show: boolean): Promise<void> {
  try {
    const { code } = await room.door.showCode(show);
    const now = room.invitation.get();
    if (now) room.invitation.set({ ...now, code: show ? code : "" });
  } catch (error) {
    failed(room, error);
  }
}

/** New links and, where one was shown, a new code. */
export async function rotate(room: Room): Promise<void> {
  try {
    const shown = Boolean(room.invitation.get()?.code);
    const { fragments } = await room.door.rotateLinks();
    const code = shown ? (await room.door.showCode(true)).code : "";
    room.invitation.set({ link: joinLink(room.door.base, fragments.student), code });
    room.notices.show({ text: t("invite.rotated"), icon: "check" });
  } catch (error) {
    failed(room, error);
  }
}

export async function copyLink(room: Room, near: HTMLElement): Promise<void> {
  const link = room.invitation.get()?.link;
  if (!link) return;
  const done = await copyText(link, near);
  room.notices.show(done ? { text: t("invite.copied"), icon: "link" } : { text: t("feed.copy.failed") });
}

/** The two words and the number, broken where they are read. */
function Spoken({ code }: { code: string }) {
  const parts = code.split(/[\s-]+/);
  return (
    <div class="cr-spoken">
      {parts[0]}
      {parts.length > 1 ? (
        <>
          <br />
          {parts.slice(1).join(" ")}
        </>
      ) : null}
    </div>
  );
}

export function Invite({ onFold }: { onFold: () => void }) {
  const room = useRoom();
  const invitation = useCell(room.invitation);
  const [large, enlarge] = useState(false);
  if (!invitation) return null;
  return (
    <section class="cr-invite" aria-label={t("invite.title")}>
      <button
        type="button"
        class="cr-invite__qr"
        title={t("invite.large")}
        aria-label={t("invite.large")}
        onClick={() => enlarge(true)}
      >
        <QrCode text={invitation.link} />
      </button>
      <div class="cr-grow">
        {invitation.code ? (
          <>
            <div class="cr-tiny cr-muted">{t("invite.say")}</div>
            <Spoken code={invitation.code} />
          </>
        ) : (
          <>
            <div class="cr-tiny cr-muted">{t("invite.scan")}</div>
            <button type="button" class="cr-link" onClick={() => void showCode(room, true)}>
              {t("invite.show")}
            </button>
          </>
        )}
        <Button kind="soft s" icon="link" onPress={(event) => void copyLink(room, event.currentTarget)}>
          {t("invite.copy")}
        </Button>
      </div>
      <IconButton icon="x" small kind="cr-quiet cr-invite__fold" name={t("invite.fold")} onPress={onFold} />
      {large ? <InviteDialog onClose={() => enlarge(false)} /> : null}
    </section>
  );
}

/** The invitation for the wall: as large as the panel allows. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const room = useRoom();
  const { session } = room;
  const invitation = useCell(room.invitation);
  const klass = useClass();
  if (!invitation) {
    return (
      <Dialog title={t("invite.title")} onClose={onClose}>
        <p class="cr-muted cr-small">{t("invite.none")}</p>
      </Dialog>
    );
  }
  return (
    <Dialog title={t("invite.title")} wide onClose={onClose}>
      <div class="cr-wall">
        <QrCode text={invitation.link} large />
        <div>
          {invitation.code ? (
            <>
              <div class="cr-small cr-muted">{t("invite.say")}</div>
              <div class="cr-wall__code">{invitation.code}</div>
            </>
          ) : null}
          <div class="cr-wall__link">{invitation.link}</div>
          <div class="cr-row cr-wall__acts">
            <Button kind="main" icon="link" onPress={(event) => void copyLink(room, event.currentTarget)}>
              {t("invite.copy")}
            </Button>
            <Button onPress={() => void showCode(room, !invitation.code)}>
              {t(invitation.code ? "invite.hide" : "invite.show")}
            </Button>
          </div>
        </div>
      </div>
      <div class="cr-row cr-wall__foot">
        <Switch
          on={klass?.join !== false}
          name={t("invite.open")}
          onChange={(join) => session.change([{ op: "patch", ids: ["class"], fields: { join } }])}
        />
        <span class="cr-small cr-muted cr-grow">{t("invite.open")}</span>
        <Button kind="s" onPress={() => void rotate(room)}>
          <Icon name="restart" small />
          {t("invite.rotate")}
        </Button>
      </div>
    </Dialog>
  );
}
