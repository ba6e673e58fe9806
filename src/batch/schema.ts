/** The schema of plan files. Messages complete the sentence "line 3, column 5: verify is "all", want …". */
import * as v from "valibot";
import type { CodecId } from "../codecs/codec.js";
import type { RetentionRules } from "../service/requests.js";
import { CRON_WANTED, isCron } from "./cron.js";
import type { Hook } from "./hooks.js";
import type { IncrementalPolicy, Schedule, SnapshotUse } from "./plan.js";

const text = (what: string) =>
  v.pipe(
    v.string(`want ${what}`),
    v.check((given) => given.trim() !== "", `want ${what}`),
  );

const wholeFrom = (least: number) =>
  v.pipe(
    v.number(`want a whole number from ${least} on`),
    v.check((given) => Number.isSafeInteger(given) && given >= least, `want a whole number from ${least} on`),
  );

const yesOrNo = v.boolean("want true or false");
const oneOf = <const Words extends readonly string[]>(words: Words) =>
  v.picklist(words, `want one of ${words.join(", ")}`);
const listOf = <Item extends v.GenericSchema>(item: Item, what: string) =>
  v.pipe(v.array(item, `want a list of ${what}`), v.nonEmpty(`want a list of ${what}`));

/** A list is an object to JavaScript, but not to a user. */
const mapping = <const Entries extends v.ObjectEntries>(entries: Entries, message: string) =>
  v.pipe(v.custom<Record<string, unknown>>(isMapping, message), v.strictObject(entries, message));

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const DURATION_WANTED = "want a duration such as 30s, 5m or 2h";

const duration = v.pipe(
  v.string(DURATION_WANTED),
  v.regex(/^[0-9]{1,6}[smhd]$/, DURATION_WANTED),
  v.transform((given) => Number(given.slice(0, -1)) * SECONDS[given.slice(-1)]!),
  v.check((seconds) => seconds > 0, "want a duration above 0"),
);

const COMMAND_WANTED = "want a command as a text, or a program and its arguments as a list of texts";

/** A text is a shell's; a list is run as it is. */
const command = v.lazy((given) =>
  Array.isArray(given)
    ? listOf(text("a text"), "texts")
    : v.pipe(
        text("a command"),
        v.transform((script) => ["/bin/sh", "-c", script]),
      ),
);
const HOOK_TIMEOUT_SECONDS = 60;
const fullHook = v.strictObject(
  { run: command, timeout: v.optional(duration, `${HOOK_TIMEOUT_SECONDS}s`) },
  COMMAND_WANTED,
);

const hook = v.pipe(
  v.lazy((given) =>
    isMapping(given)
      ? fullHook
      : v.pipe(
          typeof given === "string" || Array.isArray(given) ? command : v.never(COMMAND_WANTED),
          v.transform((run) => ({ run, timeout: HOOK_TIMEOUT_SECONDS })),
        ),
  ),
  v.transform(({ run, timeout }) => ({ argv: run as readonly string[], timeoutMs: timeout * 1000 })),
);

const FACTOR_WANTED = "want a number above 1, such as 1.5";

const incremental = v.pipe(
  v.lazy((given) =>
    isMapping(given)
      ? v.strictObject({
          full_every: v.optional(wholeFrom(1)),
          full_when_chain_exceeds: v.optional(
            v.pipe(
              v.number(FACTOR_WANTED),
              v.check((factor) => factor > 1, FACTOR_WANTED),
            ),
          ),
        })
      : v.boolean("want true, false, or a mapping with full_every and full_when_chain_exceeds"),
  ),
  v.transform((given) =>
    typeof given === "boolean"
      ? { isIncremental: given }
      : {
          isIncremental: true,
          fullEvery: given.full_every,
          chainFactorMax: given.full_when_chain_exceeds,
        },
  ),
);

const SHARE_WANTED = "want none, sampled, whole, or a share such as 10%";
const SAMPLED_SHARE = 0.1;

const verify = v.pipe(
  v.string(SHARE_WANTED),
  v.check((given) => shareOf(given) !== undefined, SHARE_WANTED),
  v.transform((given) => shareOf(given)!),
);

function shareOf(given: string): number | undefined {
  if (given === "none") return 0;
  if (given === "sampled") return SAMPLED_SHARE;
  if (given === "whole") return 1;
  const [, percent] = /^([0-9]{1,3}(?:\.[0-9]+)?)%$/.exec(given) ?? [];
  const share = Number(percent) / 100;
  return share > 0 && share <= 1 ? share : undefined;
}

const keep = v.pipe(
  mapping(
    {
      last: v.optional(wholeFrom(1)),
      daily: v.optional(wholeFrom(1)),
      weekly: v.optional(wholeFrom(1)),
      monthly: v.optional(wholeFrom(1)),
      yearly: v.optional(wholeFrom(1)),
    },
    "want a mapping such as { daily: 7, weekly: 4 }",
  ),
  v.check(
    (rules) => Object.keys(rules).length > 0,
    "want at least one of last, daily, weekly, monthly, yearly",
  ),
);

const values = v.record(
  v.string(),
  v.pipe(
    v.union([v.string(), v.number(), v.boolean()], "want a text, a number, or true or false"),
    v.transform(String),
  ),
  "want a mapping of names to values",
);

const policyEntries = {
  repository: v.optional(text("a URL or a path")),
  container: v.optional(text("a name")),
  codec: v.optional(oneOf(["none", "zlib", "bz2", "zstd"])),
  level: v.optional(wholeFrom(1)),
  options: v.optional(values),
  incremental: v.optional(incremental),
  force: v.optional(yesOrNo),
  verify: v.optional(verify),
  keep: v.optional(keep),
  copy_to: v.optional(
    v.pipe(
      v.lazy((given) =>
        Array.isArray(given) ? listOf(text("a URL or a path"), "URLs or paths") : text("a URL or a path"),
      ),
      v.transform((given) => (typeof given === "string" ? [given] : given)),
    ),
  ),
  name: v.optional(text("a name")),
  description: v.optional(text("a text")),
  metadata: v.optional(values),
};

const frozenEntries = {
  before: v.optional(hook),
  after: v.optional(hook),
  snapshot: v.optional(oneOf(["none", "auto", "required"])),
};

const volumeEntries = {
  path: v.optional(text("the path of a file or a device")),
  glob: v.optional(text("a pattern of paths")),
  volume: v.optional(text("the name or ID of a volume")),
  exclude: v.optional(listOf(text("a pattern of paths"), "patterns of paths")),
  ...policyEntries,
  ...frozenEntries,
};

const KINDS = ["path", "glob", "volume"] as const;

const volume = v.pipe(
  mapping(volumeEntries, "want a mapping with path, glob, volume or group"),
  v.check(
    (given) => KINDS.filter((kind) => given[kind] !== undefined).length === 1,
    "want exactly one of path, glob, volume and group",
  ),
  v.check(
    (given) => given.exclude === undefined || given.glob !== undefined,
    "want exclude beside a glob only",
  ),
);

const group = v.strictObject({
  group: text("the name of the group"),
  ...policyEntries,
  ...frozenEntries,
  volumes: listOf(volume, "volumes"),
});

const schedule = v.pipe(
  v.lazy((given) =>
    isMapping(given)
      ? v.strictObject({ cron: text("five fields as in crontab(5)"), delay: v.optional(duration) })
      : text("five fields as in crontab(5), or a mapping with cron and delay"),
  ),
  v.check((given) => isCron(typeof given === "string" ? given : given.cron), CRON_WANTED),
  v.transform((given) =>
    typeof given === "string"
      ? { cron: given, delaySeconds: 0 }
      : { cron: given.cron, delaySeconds: given.delay ?? 0 },
  ),
);

/** Fields of mappings, by the key that leads to one, for suggestions. */
export const FIELDS: Readonly<Record<string, readonly string[]>> = {
  plan: ["name", "overlap", "parallel", "schedule", "defaults", "volumes"],
  volume: ["group", "volumes", ...Object.keys(volumeEntries)],
  defaults: Object.keys({ ...policyEntries, ...frozenEntries }),
  keep: ["last", "daily", "weekly", "monthly", "yearly"],
  incremental: ["full_every", "full_when_chain_exceeds"],
  before: ["run", "timeout"],
  after: ["run", "timeout"],
  schedule: ["cron", "delay"],
};

/** Fields that a volume, a group and the defaults may have. */
export interface GivenPolicy {
  readonly repository?: string | undefined;
  readonly container?: string | undefined;
  readonly codec?: CodecId | undefined;
  readonly level?: number | undefined;
  readonly options?: Readonly<Record<string, string>> | undefined;
  readonly incremental?: IncrementalPolicy | undefined;
  readonly force?: boolean | undefined;
  readonly verify?: number | undefined;
  readonly keep?: RetentionRules | undefined;
  readonly copy_to?: readonly string[] | undefined;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly before?: Hook | undefined;
  readonly after?: Hook | undefined;
  readonly snapshot?: SnapshotUse | undefined;
}

/** Exactly one of `path`, `glob` and `volume` is given. */
export interface GivenVolume extends GivenPolicy {
  readonly path?: string | undefined;
  readonly glob?: string | undefined;
  readonly volume?: string | undefined;
  readonly exclude?: readonly string[] | undefined;
}

export interface GivenGroup extends GivenPolicy {
  readonly group: string;
  readonly volumes: readonly GivenVolume[];
}

export interface GivenPlan {
  readonly name?: string | undefined;
  readonly overlap?: "wait" | "skip" | undefined;
  readonly parallel?: number | undefined;
  readonly schedule?: Schedule | undefined;
  readonly defaults?: GivenPolicy | undefined;
  readonly volumes?: readonly (GivenVolume | GivenGroup)[] | undefined;
}

/** What a plan's file may contain, before defaults apply. */
export const planSchema: v.GenericSchema<unknown, GivenPlan> = mapping(
  {
    name: v.optional(
      v.pipe(
        v.string("want a name"),
        v.regex(
          /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
          "want a name of at most 63 letters, digits, dots and dashes",
        ),
      ),
    ),
    overlap: v.optional(oneOf(["wait", "skip"])),
    parallel: v.optional(wholeFrom(1)),
    schedule: v.optional(schedule),
    defaults: v.optional(
      mapping({ ...policyEntries, ...frozenEntries }, "want a mapping of the fields of a volume"),
    ),
    volumes: v.optional(
      v.array(
        v.lazy((given) => (isMapping(given) && "group" in given ? group : volume)),
        "want a list of volumes",
      ),
    ),
  },
  "want a mapping with volumes",
);

function isMapping(given: unknown): given is Record<string, unknown> {
  return typeof given === "object" && given !== null && !Array.isArray(given);
}
