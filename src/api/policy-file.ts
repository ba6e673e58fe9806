/** A `policy.yaml` as the reference system has it: rules by the names of actions, which replace the defaults. */
import { LineCounter, parseDocument } from "yaml";
import { UsageError } from "../errors.js";
import { ACTIONS, type Action, POLICY, type Policy, type Rule } from "../service/access/policy.js";
import { parseRule } from "../service/access/rule.js";

export interface PolicyFile {
  readonly policy: Partial<Policy>;
  /** Names that no action of Ashlar has and that no rule refers to. */
  readonly unused: readonly string[];
}

/** Names that the reference system's own files refer to. */
const COMMON: Readonly<Record<string, string>> = {
  admin_api: "role:admin",
  admin_or_owner: "role:member",
  context_is_admin: "role:admin",
  system_admin_or_owner: "role:member",
  system_or_domain_or_project_admin: "role:admin",
  xena_system_admin_or_project_member: "role:member",
  xena_system_admin_or_project_reader: "role:reader",
};

interface Entry {
  readonly text: string;
  readonly line: number;
}

/** @throws UsageError that names the file, the line and the rule */
export function parsePolicyFile(text: string, path: string): PolicyFile {
  const entries = entriesOf(text, path);
  const rules = new Map<string, Rule>();
  const used = new Set<string>();
  const named = (name: string, above: readonly string[]): Rule => {
    const known = rules.get(name);
    if (known !== undefined) return known;
    const { text: rule, line } = entries.get(name) ?? { text: COMMON[name] ?? roleOf(name), line: 0 };
    const where = `Cannot use policy file "${path}": line ${line}, rule "${name}"`;
    if (rule === undefined) throw new UsageError(`there is no rule "${name}"`);
    if (above.includes(name)) throw new UsageError(`${where} refers to itself`);
    try {
      const parsed = parseRule(rule, (other) => {
        used.add(other);
        return named(other, [...above, name]);
      });
      rules.set(name, parsed);
      return parsed;
    } catch (error) {
      if (error instanceof UsageError && !error.message.startsWith("Cannot use policy file"))
        throw new UsageError(`${where}: ${error.message}`);
      throw error;
    }
  };
  const policy: Partial<Record<Action, Rule>> = {};
  for (const [name, { line }] of entries) {
    if (name === "context_is_admin")
      throw new UsageError(
        `Cannot use policy file "${path}": line ${line}, rule "${name}": it decides whose records are visible, and is always "role:admin"`,
      );
    const rule = named(name, []);
    if (isAction(name)) policy[name] = rule;
  }
  const unused = [...entries.keys()].filter((name) => !isAction(name) && !used.has(name));
  return { policy, unused };
}

function isAction(name: string): name is Action {
  return (ACTIONS as readonly string[]).includes(name);
}

/** The default rule of an action. */
function roleOf(name: string): string | undefined {
  return isAction(name) ? `role:${POLICY[name]}` : undefined;
}

function entriesOf(text: string, path: string): ReadonlyMap<string, Entry> {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter });
  const [problem] = document.errors;
  if (problem !== undefined)
    throw new UsageError(`Cannot use policy file "${path}": ${problem.message.split("\n")[0]}`);
  const contents = document.toJS() as unknown;
  if (contents === null || contents === undefined) return new Map();
  if (typeof contents !== "object" || Array.isArray(contents))
    throw new UsageError(
      `Cannot use policy file "${path}": want rules by name, such as "backup:create": "role:member"`,
    );
  const lineOf = (name: string): number => {
    const node: unknown = document.get(name, true);
    const { range } = (node ?? {}) as { readonly range?: readonly number[] | null };
    return counter.linePos(range?.[0] ?? 0).line;
  };
  return new Map(
    Object.entries(contents).map(([name, rule]) => {
      const line = lineOf(name);
      if (typeof rule === "string") return [name, { text: rule, line }];
      throw new UsageError(
        `Cannot use policy file "${path}": line ${line}, rule "${name}": want a text, got ${JSON.stringify(rule)}`,
      );
    }),
  );
}
