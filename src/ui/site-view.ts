/** Memory and the repository. */
import type { MemoryAnswer, RepositoryAnswer } from "../api/views/dashboard.js";
import { make } from "./elements.js";
import { bytes, percent, plural, share } from "./texts.js";

/** @param use `undefined` where the caller may not see it */
export function memoryView(use: MemoryAnswer | undefined): readonly Node[] {
  if (use === undefined)
    return [make("p", { class: "note" }, "Memory is shared by all projects, and shown to administrators.")];
  const { planned, waiting, limit, resident, queued_tasks } = use;
  const parts: Node[] = [];
  if (limit !== null) {
    const bar = make("progress", {
      max: "1",
      value: `${share(planned, limit)}`,
      "aria-label": "Planned memory",
    });
    parts.push(make("div", { class: "meter" }, bar, make("span", {}, percent(planned, limit))));
  }
  const room = limit === null ? "no limit is set" : `of ${bytes(limit)}`;
  const operations = use.max_operations === 0 ? "no limit is set" : `of ${use.max_operations}`;
  const rows: (readonly [string, string])[] = [
    ["Planned by running operations", `${bytes(planned)} (${room})`],
    ["Planned by waiting operations", bytes(waiting)],
    ["This server takes up", resident === null ? "unknown" : bytes(resident)],
    ["Running operations", `${use.running_operations} (${operations})`],
    ["Queue", `${plural(use.waiting_operations, "operation")}, ${plural(queued_tasks, "request")}`],
  ];
  return [...parts, facts(rows)];
}

const STATES: Readonly<Record<RepositoryAnswer["state"], string>> = {
  present: "Present",
  missing: "Missing: it is not what is at its address",
  unreachable: "Unreachable",
};

export function repositoryView({ state, is_marked, error, ...rest }: RepositoryAnswer): readonly Node[] {
  const { backups, stored_size } = rest;
  const total = Object.values(backups).reduce((sum, count) => sum + count, 0);
  const isGood = state === "present";
  const heading = make("p", { class: isGood ? "state good" : "state bad" }, STATES[state]);
  const reason = error === null ? [] : [make("p", { class: "reason" }, error)];
  const statuses = Object.entries(backups).map(([status, count]) => `${count} ${status}`);
  const marked = is_marked
    ? "by its marker"
    : total === 0
      ? "nothing is stored in it yet"
      : "by its newest backups; it has no marker";
  const rows: (readonly [string, string])[] = [
    ...(isGood ? [["Recognized", marked] as const] : []),
    ["Backups", statuses.length === 0 ? "none" : statuses.join(", ")],
    ["Their objects", bytes(stored_size)],
  ];
  return [heading, ...reason, facts(rows)];
}

function facts(rows: readonly (readonly [name: string, value: string])[]): HTMLElement {
  const pairs = rows.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value)));
  return make("dl", { class: "facts" }, ...pairs);
}
