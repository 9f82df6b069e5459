/** Changing one's own name: everybody's list, cursors and messages follow the record. */

import { useState } from "preact/hooks";

import { Button } from "./controls";
import { Dialog } from "./layers";
import { useRoom } from "./room";
import { t } from "./words";

export function NameDialog({ onClose }: { onClose: () => void }) {
  const { session } = useRoom();
  const [name, write] = useState(session.self?.name ?? "");
  const save = () => {
    const self = session.self;
    const wanted = name.trim();
    if (self && wanted && wanted !== self.name)
      session.change([{ op: "patch", ids: [self.id], fields: { name: wanted } }]);
    onClose();
  };
  return (
    <Dialog title={t("enter.name")} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <input
          data-first
          class="cr-field"
          value={name}
          maxLength={session.limits.name}
          aria-label={t("enter.name")}
          autocomplete="name"
          onInput={(event) => write(event.currentTarget.value)}
        />
        <div class="cr-dialog__foot">
          <Button onPress={onClose}>{t("cancel")}</Button>
          <Button kind="main" submit disabled={!name.trim()}>
            {t("name.keep")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
