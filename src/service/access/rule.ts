/**
 * Rules in the reference system's language: `role:NAME`, `rule:NAME`, `is_admin:True`, `project_id:%(project_id)s`, `@`
 * for everyone, `!` for nobody, `and`, `or`, `not` and parentheses.
 */
import { UsageError } from "../../errors.js";
import { type Caller, hasRole, isAdmin, ROLES } from "./caller.js";
import type { Rule } from "./policy.js";

type Check = (caller: Caller) => boolean;

/** Parentheses, or words, which may contain `%(name)s`. */
const TOKEN = /[()]|(?:%\([\w.]+\)s|[^\s()])+/g;
const WANTED =
  "role:NAME, rule:NAME, is_admin:True, project_id:%(project_id)s, @ or !, joined by and, or, not and parentheses";

/**
 * @param named finds the rule that `rule:NAME` means
 * @throws UsageError for a text that is no rule
 */
export function parseRule(text: string, named: (name: string) => Rule): Rule {
  const tokens = text.match(TOKEN) ?? [];
  if (tokens.length === 0) return { text, allows: () => true };
  const parser = new RuleParser(tokens, text, named);
  return { text, allows: parser.parse() };
}

class RuleParser {
  readonly #tokens: readonly string[];
  readonly #text: string;
  readonly #named: (name: string) => Rule;
  #next = 0;

  constructor(tokens: readonly string[], text: string, named: (name: string) => Rule) {
    this.#tokens = tokens;
    this.#text = text;
    this.#named = named;
  }

  parse(): Check {
    const check = this.#any();
    if (this.#next < this.#tokens.length) throw this.#wrong();
    return check;
  }

  #any(): Check {
    const checks = [this.#all()];
    while (this.#take("or")) checks.push(this.#all());
    return (caller) => checks.some((check) => check(caller));
  }

  #all(): Check {
    const checks = [this.#one()];
    while (this.#take("and")) checks.push(this.#one());
    return (caller) => checks.every((check) => check(caller));
  }

  #one(): Check {
    if (this.#take("not")) {
      const check = this.#one();
      return (caller) => !check(caller);
    }
    if (!this.#take("(")) return this.#check();
    const check = this.#any();
    if (!this.#take(")")) throw this.#wrong();
    return check;
  }

  #check(): Check {
    const token = this.#tokens[this.#next++] ?? "";
    if (token === "@") return () => true;
    if (token === "!") return () => false;
    const [kind, ...rest] = token.split(":");
    const value = rest.join(":");
    if (kind === "role" && value !== "") return roleCheck(value);
    if (kind === "rule" && value !== "") {
      const rule = this.#named(value);
      return (caller) => rule.allows(caller);
    }
    if (kind === "is_admin" && /^(true|1)$/i.test(value)) return isAdmin;
    // Rows of other projects are not found, so every row that a rule is asked about is the caller's.
    if (/^(project_id:%\(project_id\)s|tenant:%\(tenant_id\)s)$/.test(token)) return () => true;
    throw this.#wrong(token);
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#next]?.toLowerCase() !== token) return false;
    this.#next++;
    return true;
  }

  #wrong(token: string = this.#tokens[this.#next] ?? ""): UsageError {
    const place = token === "" ? "its end" : `"${token}"`;
    return new UsageError(`Cannot read rule "${this.#text}" at ${place}: want ${WANTED}`);
  }
}

/** Roles that the policy knows include those below them. */
function roleCheck(name: string): Check {
  const known = ROLES.find((role) => role === name.toLowerCase());
  if (known !== undefined) return (caller) => hasRole(caller, known);
  return ({ roles }) => roles.some((role) => role.toLowerCase() === name.toLowerCase());
}
