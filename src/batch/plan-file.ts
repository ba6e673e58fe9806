/** Reads a plan from YAML. Every mistake is reported with its line, its column, its value and what is wanted. */
import * as v from "valibot";
import { type Document, isPair, isScalar, LineCounter, type Node, parseDocument, visit } from "yaml";
import { UsageError } from "../errors.js";
import { suggestion } from "../options/suggestion.js";
import type { BatchPlan, PlanGroup, PlanVolume, VolumePolicy } from "./plan.js";
import {
  FIELDS,
  type GivenGroup,
  type GivenPlan,
  type GivenPolicy,
  type GivenVolume,
  planSchema,
} from "./schema.js";

/** The path of a value in a document: keys and indexes. */
type Path = readonly PropertyKey[];

const FAULTS_MAX = 10;
/** A plan of tens of thousands of volumes; more is no plan. */
const LENGTH_MAX = 16 * 1024 * 1024;

/**
 * @param file for messages, and for the plan's name if it has none
 * @throws AggregateError of a UsageError for each mistake, at most ten
 */
export function readPlan(content: string, file: string): BatchPlan {
  const text = new PlanText(content, file);
  const parsed = v.safeParse(planSchema, text.value);
  if (!parsed.success) throw text.faults(parsed.issues.map((issue) => faultOf(issue)));
  const mistakes = mistakesIn(parsed.output);
  if (mistakes.length > 0) throw text.faults(mistakes);
  return planOf(parsed.output, text);
}

interface Fault {
  readonly path: Path;
  readonly wanted: string;
}

type Issue = v.BaseIssue<unknown>;

function faultOf(issue: Issue): Fault {
  const path: Path = (issue.path ?? []).map(({ key }) => key as PropertyKey);
  if (issue.type !== "strict_object" || issue.expected !== "never") return { path, wanted: issue.message };
  const known = knownKeys(path);
  const name = String(path.at(-1));
  return { path, wanted: `want no such field${suggestion(name, known)}` };
}

/** The fields that a mapping at that place may have, for the suggestion. */
function knownKeys(path: Path): readonly string[] {
  const parent = path.findLast((key, index) => typeof key === "string" && index < path.length - 1);
  return FIELDS[String(parent ?? "plan")] ?? FIELDS.volume!;
}

/** Mistakes that concern several fields. */
function mistakesIn({ volumes = [], defaults = {} }: GivenPlan): Fault[] {
  const levels = (given: GivenPolicy, above: readonly GivenPolicy[], path: Path): Fault[] =>
    given.level !== undefined && [given, ...above].every(({ codec }) => codec === undefined)
      ? [{ path: [...path, "level"], wanted: "want codec beside level" }]
      : [];
  return [
    ...levels(defaults, [], ["defaults"]),
    ...volumes.flatMap((given, index) => {
      const path = ["volumes", index];
      const own = levels(given, [defaults], path);
      if (!("group" in given)) return own;
      const members = given.volumes.flatMap((member, place) =>
        levels(member, [given, defaults], [...path, "volumes", place]),
      );
      return [...own, ...members];
    }),
  ];
}

/** The text of a plan, and the places of its values. */
class PlanText {
  readonly value: unknown;
  readonly #file: string;
  readonly #document: Document;
  readonly #lines = new LineCounter();

  constructor(content: string, file: string) {
    this.#file = file;
    if (content.length > LENGTH_MAX)
      throw new UsageError(
        `Cannot read plan "${file}": it has ${content.length} characters, want at most ${LENGTH_MAX}`,
      );
    this.#document = parseDocument(content, { lineCounter: this.#lines, prettyErrors: false });
    const faults = this.#document.errors.map(({ message, pos }) => {
      const { line, col } = this.#lines.linePos(pos[0]);
      return new UsageError(`Cannot read plan "${file}": line ${line}, column ${col}: ${message}`);
    });
    if (faults.length > 0) throw new AggregateError(faults.slice(0, FAULTS_MAX));
    try {
      this.value = this.#document.toJS({ maxAliasCount: 1000 });
    } catch (cause) {
      const { message } = cause as Error;
      throw new UsageError(`Cannot read plan "${file}": ${message}`, { cause });
    }
  }

  get name(): string {
    const base = this.#file.slice(this.#file.lastIndexOf("/") + 1).replace(/\.[^.]*$/, "");
    const clean = base.replaceAll(/[^A-Za-z0-9._-]/g, "-").replace(/^[^A-Za-z0-9]+/, "");
    return clean.slice(0, 63) || "plan";
  }

  faults(faults: readonly Fault[]): AggregateError {
    const inOrder = faults.toSorted((a, b) => this.#offsetOf(a.path) - this.#offsetOf(b.path));
    const errors = inOrder.slice(0, FAULTS_MAX).map(({ path, wanted }) => {
      const value = this.#document.getIn(path as unknown[]);
      const shown = isShown(value) ? ` is ${JSON.stringify(value)}` : "";
      const subject = path.length === 0 ? "the plan" : dotted(path);
      const what = value === undefined ? `${subject} is missing` : `${subject}${shown}`;
      return new UsageError(`Cannot use plan "${this.#file}": ${this.placeOf(path)}: ${what}, ${wanted}`);
    });
    return new AggregateError(errors);
  }

  /** For example `line 7, column 3`; of a value that is missing, the place of what should contain it. */
  placeOf(path: Path): string {
    const offset = this.#offsetOf(path);
    const { line, col } = this.#lines.linePos(offset);
    return `line ${Math.max(1, line)}, column ${Math.max(1, col)}`;
  }

  #offsetOf(path: Path): number {
    const key = this.#keyOf(path);
    if (key?.range != null && path.at(-1) !== undefined && typeof path.at(-1) === "string") {
      const value = this.#document.getIn(path as unknown[], true) as Node | undefined;
      return (isScalar(value) ? value.range?.[0] : undefined) ?? key.range[0];
    }
    const node = this.#document.getIn(path as unknown[], true) as Node | undefined;
    if (node?.range != null) return node.range[0];
    return path.length === 0 ? 0 : this.#offsetOf(path.slice(0, -1));
  }

  /** The key of the pair at a path. */
  #keyOf(path: Path): Node | undefined {
    const parent = path.length === 0 ? undefined : this.#document.getIn(path.slice(0, -1) as unknown[], true);
    let found: Node | undefined;
    if (parent === undefined || parent === null) return undefined;
    visit(parent as Node, {
      Pair(_, pair) {
        if (isPair(pair) && isScalar(pair.key) && pair.key.value === path.at(-1)) found ??= pair.key;
        return found === undefined ? visit.SKIP : visit.BREAK;
      },
    });
    return found;
  }
}

function isShown(value: unknown): value is string | number | boolean | null {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}

/** For example `volumes[2].verify`. */
function dotted(path: Path): string {
  return path
    .map((key, index) => (typeof key === "number" ? `[${key}]` : `${index === 0 ? "" : "."}${String(key)}`))
    .join("");
}

function planOf(given: GivenPlan, text: PlanText): BatchPlan {
  const { volumes = [], defaults = {} } = given;
  return {
    name: given.name ?? text.name,
    overlap: given.overlap ?? "skip",
    parallel: given.parallel,
    schedule: given.schedule,
    defaults: policyOf([defaults]),
    groups: volumes.map((entry, index) => {
      const path = ["volumes", index];
      if ("group" in entry) return groupOf(entry, defaults, (at) => text.placeOf([...path, "volumes", at]));
      const volume = volumeOf(entry, [defaults], text.placeOf(path));
      return { name: undefined, snapshot: volume.policy.snapshot, volumes: [volume] };
    }),
  };
}

function groupOf(given: GivenGroup, defaults: GivenPolicy, placeOf: (index: number) => string): PlanGroup {
  const {
    group: name,
    before,
    after,
    snapshot = defaults.snapshot ?? "required",
    volumes,
    ...shared
  } = given;
  const members = volumes.map((member, index) => volumeOf(member, [shared, defaults], placeOf(index)));
  return { name, before, after, snapshot, volumes: members };
}

function volumeOf(given: GivenVolume, above: readonly GivenPolicy[], place: string): PlanVolume {
  const { path, glob, volume, exclude = [], ...own } = given;
  const kind = path !== undefined ? "path" : glob !== undefined ? "glob" : "volume";
  return {
    selector: { kind, text: (path ?? glob ?? volume)!, exclude, place },
    policy: policyOf([own, ...above]),
  };
}

/** The nearest level that gives a field decides; options and metadata are merged. */
function policyOf(levels: readonly GivenPolicy[]): VolumePolicy {
  const nearestOf = <Field extends keyof GivenPolicy>(field: Field): GivenPolicy[Field] =>
    levels.find((level) => level[field] !== undefined)?.[field];
  const withCodec = levels.find(({ codec, level }) => codec !== undefined || level !== undefined);
  const merged = (field: "options" | "metadata"): Readonly<Record<string, string>> =>
    Object.assign({}, ...levels.toReversed().map((level) => level[field] ?? {}));
  return {
    repository: nearestOf("repository"),
    container: nearestOf("container"),
    codec: nearestOf("codec"),
    // A codec that is named without a level has its usual one, whatever levels are further up.
    level: withCodec?.level,
    options: merged("options"),
    incremental: nearestOf("incremental") ?? { isIncremental: false },
    snapshot: nearestOf("snapshot") ?? "none",
    before: nearestOf("before"),
    after: nearestOf("after"),
    force: nearestOf("force") ?? false,
    verify: nearestOf("verify") ?? 0,
    keep: nearestOf("keep"),
    copyTo: nearestOf("copy_to") ?? [],
    name: nearestOf("name"),
    description: nearestOf("description"),
    metadata: merged("metadata"),
  };
}
