/** The backups of each volume: a picture of its chains, and a table. */
import type { ChainLink, EndedAnswer, OperationAnswer } from "../api/views/dashboard.js";
import { chainPicture, kindOf, stateOf } from "./chain-picture.js";
import type { VolumeBackups } from "./chains.js";
import { make } from "./elements.js";
import type { NameOf } from "./operation-view.js";
import { bytes, moment, plural, shortId } from "./texts.js";

/** Rows of a volume's table until the others are asked for. */
const ROWS = 10;

export interface BackupContext {
  readonly width: number;
  readonly nameOf: NameOf;
  readonly operations: readonly OperationAnswer[];
  readonly ended: readonly EndedAnswer[];
  /** Ids of volumes of which all backups are shown. */
  readonly opened: ReadonlySet<string>;
  onOpen(volumeId: string): void;
  onVerify(backup: ChainLink): void;
  onRestore(backup: ChainLink): void;
}

/** @param chains all backups of the volume, for the picture; the table has those of `volume` */
export function volumeSection(
  volume: VolumeBackups,
  chains: readonly ChainLink[],
  context: BackupContext,
): HTMLElement {
  const { id, backups } = volume;
  const title = make("h3", { id: `volume-${id}` }, volume.name ?? "Volume");
  const head = make("div", { class: "head" }, title, make("code", { title: id }, shortId(id)));
  const shown = context.opened.has(id) ? backups : backups.slice(0, ROWS);
  const hidden = backups.length - shown.length;
  const parts: Node[] = [head, chainPicture(chains, context.width), table(volume, shown, context)];
  if (hidden > 0) {
    const more = make("button", { type: "button", "data-key": `open-${id}` }, `Show ${hidden} more`);
    more.addEventListener("click", () => context.onOpen(id));
    parts.push(more);
  }
  return make("section", { class: "card volume", "aria-labelledby": title.id }, ...parts);
}

const COLUMNS = ["Name", "Created", "Kind", "Status", "Stored", "Actions"] as const;

function table(volume: VolumeBackups, rows: readonly ChainLink[], context: BackupContext): HTMLElement {
  const heads = COLUMNS.map((name) => make("th", { scope: "col" }, name));
  const caption = make("caption", { class: "hidden" }, `Backups of ${volume.name ?? volume.id}`);
  const body = rows.map((backup) => row(backup, context));
  const head = make("thead", {}, make("tr", {}, ...heads));
  return make("table", { class: "backups" }, caption, head, make("tbody", {}, ...body));
}

function row(backup: ChainLink, context: BackupContext): HTMLElement {
  const { id, name, parent_id, status, stored_size, created_at } = backup;
  const cell = (label: string, ...children: readonly (Node | string)[]): HTMLElement =>
    make("td", { "data-label": label }, ...children);
  const parent = parent_id === null ? "" : ` on ${context.nameOf(parent_id) ?? shortId(parent_id)}`;
  const state = make("span", { class: `badge ${stateOf(backup)}` }, status);
  return make(
    "tr",
    {},
    make("th", { scope: "row" }, name ?? "–", " ", make("code", { title: id }, shortId(id))),
    cell("Created", make("time", {}, moment(created_at))),
    cell("Kind", `${kindOf(backup)}${parent}`),
    cell("Status", state, ...notes(backup, context)),
    cell("Stored", stored_size === null ? "unknown" : bytes(stored_size)),
    cell("Actions", ...buttons(backup, context)),
  );
}

/** Why it failed, and how its last verification ended. */
function notes(backup: ChainLink, { ended }: BackupContext): readonly Node[] {
  const found: Node[] = [];
  if (backup.fail_reason !== null && stateOf(backup) === "bad")
    found.push(make("p", { class: "reason" }, backup.fail_reason));
  const verified = ended.find((each) => each.resource_uuid === backup.id && each.action === "verify backup");
  if (verified?.error === null)
    found.push(make("p", { class: "good" }, `verified ${moment(verified.ended_at)}`));
  else if (verified !== undefined)
    found.push(make("p", { class: "reason" }, `verification failed: ${verified.error}`));
  return found;
}

function buttons(backup: ChainLink, context: BackupContext): readonly (Node | string)[] {
  const { id, status } = backup;
  const name = backup.name ?? shortId(id);
  const isVerified = context.operations.some(({ kind, backup_id }) => kind === "verify" && backup_id === id);
  const button = (verb: string, label: string, act: (backup: ChainLink) => void): HTMLButtonElement => {
    const element = make("button", { type: "button", "aria-label": `${verb} ${name}` }, label);
    element.dataset.key = `${verb}-${id}`;
    element.addEventListener("click", () => act(backup));
    element.disabled = status !== "available";
    return element;
  };
  const verify = button("Verify", isVerified ? "Verifying…" : "Verify", context.onVerify);
  if (isVerified) verify.disabled = true;
  return [verify, " ", button("Restore", "Restore…", context.onRestore)];
}

export function countText(shown: number, total: number): string {
  return shown === total ? plural(total, "backup") : `${shown} of ${plural(total, "backup")}`;
}
