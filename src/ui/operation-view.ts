/** Running and waiting operations, and requests that the server has finished. */
import type { EndedAnswer, OperationAnswer, StageAnswer } from "../api/views/dashboard.js";
import { make } from "./elements.js";
import { bytes, duration, moment, percent, plural, share, shortId } from "./texts.js";

/** The name that a backup goes by. */
export type NameOf = (backupId: string) => string | undefined;

const TITLES: Readonly<Record<OperationAnswer["kind"], string>> = {
  backup: "Backing up",
  restore: "Restoring",
  verify: "Verifying",
  consolidate: "Consolidating",
  copy: "Copying",
  delete: "Deleting",
  repair: "Repairing",
  snapshot: "Taking a snapshot",
};

export function operationCards(operations: readonly OperationAnswer[], nameOf: NameOf): readonly Node[] {
  if (operations.length === 0) return [make("p", { class: "note" }, "Nothing is running or waiting.")];
  return operations.map((operation) => card(operation, nameOf));
}

function card(operation: OperationAnswer, nameOf: NameOf): HTMLElement {
  const { kind, backup_id, state, number, bytes_done, bytes_total } = operation;
  const subject = backup_id === null ? "" : ` ${nameOf(backup_id) ?? shortId(backup_id)}`;
  const title = make("h3", { id: `operation-${number}` }, `${TITLES[kind]}${subject}`);
  const head = make("div", { class: "head" }, title, make("span", { class: "badge" }, state));
  const parts: Node[] = [head];
  if (state === "running" && bytes_total > 0) {
    const done = share(bytes_done, bytes_total);
    const bar = make("progress", {
      ...{ max: "1", value: `${done}`, "aria-labelledby": title.id },
    });
    parts.push(make("div", { class: "meter" }, bar, make("span", {}, percent(bytes_done, bytes_total))));
  }
  parts.push(make("p", { class: "figures" }, figuresOf(operation)));
  if (operation.stages.length > 0) parts.push(stageTable(operation.stages));
  return make("article", { class: "card", "aria-labelledby": title.id }, ...parts);
}

function figuresOf(operation: OperationAnswer): string {
  const { state, bytes_done, bytes_total, bytes_per_second, stored_bytes, memory, created_at } = operation;
  const planned = memory > 0 ? [`${bytes(memory)} of memory planned`] : [];
  if (state === "waiting") return [`waits for its turn since ${moment(created_at)}`, ...planned].join(" · ");
  const done = bytes_total > 0 ? `${bytes(bytes_done)} of ${bytes(bytes_total)}` : bytes(bytes_done);
  const figures = [done, `${bytes(bytes_per_second)}/s`];
  if (bytes_per_second > 0 && bytes_total > bytes_done)
    figures.push(`${duration((bytes_total - bytes_done) / bytes_per_second)} left`);
  if (stored_bytes > 0) figures.push(`${bytes(stored_bytes)} of objects`);
  return [...figures, ...planned].join(" · ");
}

const STATES = [
  { name: "works", key: "busy_seconds" },
  { name: "waits for input", key: "wait_input_seconds" },
  { name: "waits for output", key: "wait_output_seconds" },
] as const;

/** The stage that works most is the bottleneck: those before it wait for output, those after it for input. */
function stageTable(stages: readonly StageAnswer[]): HTMLElement {
  const head = make(
    "tr",
    {},
    make("th", { scope: "col" }, "Stage"),
    ...STATES.map(({ name }) => make("th", { scope: "col" }, name)),
  );
  const rows = stages.map((stage) => {
    const total = STATES.reduce((sum, { key }) => sum + stage[key], 0);
    const cells = STATES.map(({ key }) => {
      const width = (share(stage[key], total) * 100).toFixed(1);
      const bar = make("meter", { class: key, max: "100", value: width, "aria-hidden": "true" });
      return make("td", {}, bar, ` ${percent(stage[key], total)}`);
    });
    return make("tr", {}, make("th", { scope: "row" }, stage.stage), ...cells);
  });
  return make(
    "table",
    { class: "stages" },
    make("caption", { class: "hidden" }, "Share of the time by stage"),
    make("thead", {}, head),
    make("tbody", {}, ...rows),
  );
}

export function endedRows(ended: readonly EndedAnswer[], nameOf: NameOf): readonly Node[] {
  if (ended.length === 0) return [make("li", { class: "note" }, "Nothing yet since the server's start.")];
  return ended.slice(0, 20).map(({ action, resource_uuid, error, ended_at }) => {
    const what = `${action} ${nameOf(resource_uuid) ?? shortId(resource_uuid)}`;
    const outcome = error === null ? "done" : `failed: ${error}`;
    return make(
      "li",
      error === null ? {} : { class: "bad" },
      make("strong", {}, what),
      ` ${outcome} `,
      make("time", {}, moment(ended_at)),
    );
  });
}

/** A sentence for screen readers. */
export function activitySummary(operations: readonly OperationAnswer[]): string {
  const waiting = operations.filter(({ state }) => state === "waiting").length;
  return `${plural(operations.length - waiting, "operation")} running, ${waiting} waiting`;
}
