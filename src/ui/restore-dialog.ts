/** Asks for the name of the volume that a backup is restored into. */
import type { ChainLink } from "../api/views/dashboard.js";
import { byId } from "./elements.js";
import { bytes, moment, shortId } from "./texts.js";

const GIB = 2 ** 30;

export class RestoreDialog {
  readonly #dialog: HTMLDialogElement = byId<HTMLDialogElement>("restore-dialog");
  readonly #name: HTMLInputElement = byId<HTMLInputElement>("restore-name");
  #backup: ChainLink | undefined;

  /** @param restore called when the user has agreed, with the name, which may be empty */
  constructor(restore: (backup: ChainLink, name: string) => void) {
    this.#dialog.addEventListener("close", () => {
      const backup = this.#backup;
      this.#backup = undefined;
      if (backup !== undefined && this.#dialog.returnValue === "restore")
        restore(backup, this.#name.value.trim());
    });
  }

  open(backup: ChainLink): void {
    const name = backup.name ?? shortId(backup.id);
    this.#backup = backup;
    this.#dialog.returnValue = "";
    this.#name.value = `restored ${name}`.slice(0, 255);
    const size = bytes(backup.volume_size ?? backup.size * GIB);
    byId("restore-subject").textContent =
      `${name} of ${moment(backup.created_at)} is restored into a new volume of ${size}, every block verified.`;
    this.#dialog.showModal();
    this.#name.select();
  }

  close(): void {
    this.#backup = undefined;
    if (this.#dialog.open) this.#dialog.close();
  }
}
