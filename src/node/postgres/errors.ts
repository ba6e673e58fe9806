/** Failures of PostgreSQL as `StorageError`, with advice for the user. */
import { type ErrorStatus, StorageError } from "../../errors.js";

export interface PostgresFailure {
  readonly call: string;
  /** The database's address without its password. */
  readonly shown: string;
  readonly cause: unknown;
}

/** The server or the connection went away, or another transaction was in the way: a later attempt may succeed. */
const TEMPORARY = /^(08...|53...|57014|57P0[1-5]|55P03|40001|40P01|25P0[34])$/;
const UNREACHABLE: readonly string[] = [
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EAI_AGAIN",
  "ENOENT",
];
/** Messages of the driver, which gives them no code. */
const LOST =
  /Connection terminated|timeout expired|Client has encountered a connection error|not queryable|Query read timeout|Client was closed/;

const ADVICE: readonly (readonly [codes: RegExp, advice: string])[] = [
  [/^(ECONN|EHOST|ENET|ETIMEDOUT|ENOENT)/, "check that the server runs and is reachable at this address"],
  [/^(EAI_AGAIN|ENOTFOUND)$/, "check the host's name"],
  [
    /^28/,
    "check the user and its password: set it in ASHLAR_CATALOG, PGPASSWORD or a password file (PGPASSFILE)",
  ],
  [/^3D000$/, "create the database first, e.g. with createdb"],
  [/^42501$/, "grant this user the rights that docs/fleet.md lists"],
  [/^53300$/, "raise max_connections, or end other clients"],
  [/^53100$/, "free some space on the server"],
  [/^57014$/, "other processes kept the catalog busy; try again"],
];

export function postgresError({ call, shown, cause }: PostgresFailure): StorageError {
  const code = codeOf(cause);
  const reason = messageOf(cause);
  const isLost = UNREACHABLE.includes(code) || LOST.test(reason);
  const status: ErrorStatus = isLost || TEMPORARY.test(code) ? "temporary" : "permanent";
  const advice = /SASL|password must be a string|no password/.test(reason)
    ? ADVICE[2]![1]
    : ADVICE.find(([codes]) => codes.test(code))?.[1];
  const text = `Cannot ${call} catalog ${shown}: ${reason}`;
  return new StorageError(advice === undefined ? text : `${text}; ${advice}`, { call, status, cause });
}

function codeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "";
  // Node tries the addresses of a name one after the other.
  if (cause instanceof AggregateError) return codeOf(cause.errors[0]);
  return "code" in cause && typeof cause.code === "string" ? cause.code : "";
}

function messageOf(cause: unknown): string {
  if (cause instanceof AggregateError) return messageOf(cause.errors[0]);
  return cause instanceof Error ? cause.message : String(cause);
}
