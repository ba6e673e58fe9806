/** A volume's backups over time: squares are full backups, discs are incrementals, lines lead to parents. */
import type { ChainLink } from "../api/views/dashboard.js";
import { chainCount, type Point, placePoints } from "./chains.js";
import { draw, make } from "./elements.js";
import { moment, plural } from "./texts.js";

const LANE = 24;
const TOP = 14;

/** @param backups the newest first */
export function chainPicture(backups: readonly ChainLink[], width: number): HTMLElement {
  const points = placePoints(backups, width);
  const height = TOP * 2 + LANE * Math.max(0, ...points.map(({ lane }) => lane));
  const places = new Map(points.map((point) => [point.backup.id, point]));
  const picture = draw(
    "svg",
    { ...{ viewBox: `0 0 ${width} ${height}`, width, height, role: "img" }, "aria-label": labelOf(backups) },
    ...points.flatMap((point) => lineOf(point, places)),
    ...points.map(markOf),
  );
  const hidden = backups.length - points.length;
  const from = points[0]!.backup.created_at;
  const earlier = hidden === 0 ? "" : ` (${hidden} earlier)`;
  const scale = make(
    "figcaption",
    {},
    make("span", {}, moment(from) + earlier),
    ...(points.length > 1 ? [make("span", {}, moment(points.at(-1)!.backup.created_at))] : []),
  );
  return make("figure", {}, picture, scale);
}

function yOf({ lane }: Point): number {
  return TOP + lane * LANE;
}

/** A parent that is not drawn is hinted at by a broken line. */
function lineOf(point: Point, places: ReadonlyMap<string, Point>): readonly SVGElement[] {
  const { parent_id } = point.backup;
  if (parent_id === null) return [];
  const parent = places.get(parent_id);
  const y = yOf(point);
  if (parent === undefined) return [draw("path", { class: "line far", d: `M0 ${y}H${point.x}` })];
  const isNext = ![...places.values()].some(
    ({ x, lane }) => lane === point.lane && x > parent.x && x < point.x,
  );
  const middle = (parent.x + point.x) / 2;
  const d = isNext ? `M${parent.x} ${y}H${point.x}` : `M${parent.x} ${y}Q${middle} ${y - 20} ${point.x} ${y}`;
  return [draw("path", { class: "line", d })];
}

function markOf(point: Point): SVGElement {
  const { backup, x } = point;
  const y = yOf(point);
  const state = stateOf(backup);
  const name = backup.name ?? backup.id;
  const title = draw(
    "title",
    {},
    `${name}: ${kindOf(backup)}, ${backup.status}, ${moment(backup.created_at)}`,
  );
  if (state === "bad")
    return draw("path", { class: "mark bad", d: `M${x - 5} ${y - 5}l10 10m0 -10l-10 10` }, title);
  if (backup.parent_id !== null)
    return draw("circle", { class: `mark ${state}`, cx: x, cy: y, r: 5.5 }, title);
  return draw("rect", { class: `mark ${state}`, x: x - 6, y: y - 6, width: 12, height: 12 }, title);
}

export function kindOf({ parent_id }: ChainLink): string {
  return parent_id === null ? "full" : "incremental";
}

/** `good`, `bad`, or `busy` while an operation changes it. */
export function stateOf({ status }: ChainLink): "good" | "bad" | "busy" {
  if (status === "available") return "good";
  return status.startsWith("error") ? "bad" : "busy";
}

function labelOf(backups: readonly ChainLink[]): string {
  const bad = backups.filter((backup) => stateOf(backup) === "bad").length;
  const failed = bad === 0 ? "" : `, ${bad} in error`;
  return `${plural(backups.length, "backup")} in ${plural(chainCount(backups), "chain")}${failed}`;
}
