/** The list of backups with its filters. It is drawn again only when something of it has changed. */
import type { ChainLink } from "../api/views/dashboard.js";
import type { Activity } from "./api.js";
import { countText, volumeSection } from "./backup-view.js";
import { byVolume, matches } from "./chains.js";
import { byId, make, show } from "./elements.js";
import type { NameOf } from "./operation-view.js";
import { plural } from "./texts.js";

/** Volumes until the others are asked for. */
const VOLUMES = 10;
/** Padding of a volume's card on both sides, pixels. */
const PADDING = 34;

interface Actions {
  onVerify(backup: ChainLink): void;
  onRestore(backup: ChainLink): void;
  /** The choice of projects has changed. */
  onProjects(): void;
}

export class BackupList {
  activity: Activity = { operations: [], ended: [] };
  readonly #actions: Actions;
  readonly #text: HTMLInputElement = byId<HTMLInputElement>("filter-text");
  readonly #status: HTMLSelectElement = byId<HTMLSelectElement>("filter-status");
  readonly #projects: HTMLSelectElement = byId<HTMLSelectElement>("filter-projects");
  readonly #place: HTMLElement = byId("chains");
  readonly #opened = new Set<string>();
  #backups: readonly ChainLink[] = [];
  #names: ReadonlyMap<string, string | null> = new Map();
  #revision = 0;
  #volumesMax = VOLUMES;
  #drawn = "";

  constructor(actions: Actions) {
    this.#actions = actions;
    byId("filters").addEventListener("submit", (event) => event.preventDefault());
    for (const control of [this.#text, this.#status]) control.addEventListener("input", () => this.render());
    this.#projects.addEventListener("input", () => actions.onProjects());
    addEventListener("resize", () => this.render());
  }

  set backups(backups: readonly ChainLink[]) {
    if (JSON.stringify(backups) === JSON.stringify(this.#backups)) return;
    this.#backups = backups;
    this.#revision++;
    this.#names = new Map(backups.map(({ id, name }) => [id, name]));
    const statuses = [...new Set(backups.map(({ status }) => status))].sort();
    const chosen = this.#status.value;
    const options = statuses.map((status) => make("option", { value: status }, status));
    show(this.#status, make("option", { value: "" }, "Any"), ...options);
    this.#status.value = statuses.some((status) => status === chosen) ? chosen : "";
  }

  get count(): number {
    return this.#backups.length;
  }

  get allProjects(): boolean {
    return this.#projects.value !== "";
  }

  readonly nameOf: NameOf = (id) => this.#names.get(id) ?? undefined;

  allowProjects(isAllowed: boolean): void {
    byId("projects").hidden = !isAllowed;
    if (!isAllowed) this.#projects.value = "";
  }

  render(): void {
    const width = Math.max(200, this.#place.clientWidth - PADDING);
    const filter = { text: this.#text.value, status: this.#status.value };
    const { operations, ended } = this.activity;
    const verified = operations.filter(({ kind }) => kind === "verify").map(({ backup_id }) => backup_id);
    const wanted = [this.#revision, filter, width, [...this.#opened], this.#volumesMax, verified, ended];
    const drawn = JSON.stringify(wanted);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    const found = this.#backups.filter((backup) => matches(backup, filter));
    byId("backup-count").textContent = countText(found.length, this.#backups.length);
    const chains = new Map(byVolume(this.#backups).map(({ id, backups }) => [id, backups]));
    const volumes = byVolume(found);
    const context = {
      ...{ width, operations, ended, nameOf: this.nameOf, opened: this.#opened },
      ...{ onVerify: this.#actions.onVerify, onRestore: this.#actions.onRestore },
      onOpen: (id: string) => {
        this.#opened.add(id);
        this.render();
      },
    };
    const sections = volumes
      .slice(0, this.#volumesMax)
      .map((volume) => volumeSection(volume, chains.get(volume.id)!, context));
    const more = volumes.length > this.#volumesMax ? [this.#moreButton(volumes.length)] : [];
    show(this.#place, ...(sections.length === 0 ? [] : [legend()]), ...sections, ...more);
  }

  #moreButton(count: number): HTMLElement {
    const hidden = plural(count - this.#volumesMax, "more volume");
    const button = make("button", { type: "button", "data-key": "more" }, `Show ${hidden}`);
    button.addEventListener("click", () => {
      this.#volumesMax = count;
      this.render();
    });
    return button;
  }
}

function legend(): HTMLElement {
  const marks = ["■ full", "● incremental", "□ ○ under way", "✕ in error"];
  return make("p", { class: "legend", "aria-hidden": "true" }, marks.join("   "));
}
