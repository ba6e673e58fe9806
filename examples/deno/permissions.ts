/** Permissions are asked about before any work: a request that Deno refuses looks like a network that is down. */
import { UsageError } from "../../src/index.js";
import { deno, type Permission } from "./deno.js";

/** @throws UsageError that names what to allow, and how */
export async function checkAllowed(wanted: readonly Permission[]): Promise<void> {
  const states = await Promise.all(wanted.map((each) => deno.permissions.query(each)));
  const missing = wanted.filter((_, index) => states[index]!.state !== "granted");
  if (missing.length === 0) return;
  throw new UsageError(`Cannot start: not allowed, run with ${missing.map(flagOf).join(" ")}`);
}

function flagOf(permission: Permission): string {
  switch (permission.name) {
    case "read":
      return `--allow-read=${permission.path}`;
    case "net":
      return `--allow-net=${permission.host}`;
    case "env":
      return `--allow-env=${permission.variable}`;
  }
}
