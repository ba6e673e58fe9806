/**
 * Keys for S3 from where AWS's own tools look for them: options first, then the environment, then the profile of the
 * shared credentials file. Files are read again for each answer that is older than a minute, because whoever renews
 * temporary keys writes them there.
 */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { UsageError } from "../../errors.js";
import type { S3CredentialSource, S3Credentials } from "../../sinks/s3/signer.js";

export type Environment = Readonly<Record<string, string | undefined>>;

const FRESH_MS = 60_000;

export interface GivenKeys {
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: string | undefined;
  readonly sessionToken?: string | undefined;
}

/** @throws UsageError (when asked) where no keys are found, or half of them */
export function awsCredentials(given: GivenKeys, environment: Environment): S3CredentialSource {
  let found: { readonly credentials: S3Credentials; readonly atMs: number } | undefined;
  return async () => {
    const fixed = complete(given, "backup_s3_store_access_key and backup_s3_store_secret_key");
    if (fixed !== undefined) return fixed;
    const nowMs = performance.now();
    if (found === undefined || nowMs - found.atMs > FRESH_MS) {
      const credentials = fromEnvironment(environment) ?? (await fromFile(environment));
      found = { credentials, atMs: nowMs };
    }
    return found.credentials;
  };
}

function fromEnvironment(environment: Environment): S3Credentials | undefined {
  // A profile that was named is meant.
  if ((environment.AWS_PROFILE ?? "") !== "") return undefined;
  return complete(
    {
      accessKeyId: environment.AWS_ACCESS_KEY_ID,
      secretAccessKey: environment.AWS_SECRET_ACCESS_KEY,
      sessionToken: environment.AWS_SESSION_TOKEN,
    },
    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
  );
}

async function fromFile(environment: Environment): Promise<S3Credentials> {
  const path = environment.AWS_SHARED_CREDENTIALS_FILE || join(homedir(), ".aws", "credentials");
  const profile = environment.AWS_PROFILE || "default";
  const wanted = `want backup_s3_store_access_key and backup_s3_store_secret_key, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or profile "${profile}" in "${path}"`;
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new UsageError(`Cannot sign requests to S3: there are no keys; ${wanted}`, { cause });
  }
  const section = await sectionOf(text, profile);
  const keys = complete(
    {
      accessKeyId: section.aws_access_key_id,
      secretAccessKey: section.aws_secret_access_key,
      sessionToken: section.aws_session_token,
    },
    `aws_access_key_id and aws_secret_access_key in profile "${profile}" of "${path}"`,
  );
  if (keys === undefined) throw new UsageError(`Cannot sign requests to S3: there are no keys; ${wanted}`);
  return keys;
}

async function sectionOf(text: string, profile: string): Promise<Readonly<Record<string, string>>> {
  const { decode } = await import("ini");
  // A dot in a section's name would make the parser nest it.
  const flat = text.replaceAll(
    /^\s*\[([^\]\r\n]*)\]/gm,
    (_, name: string) => `[${name.trim().replaceAll(".", "\\.")}]`,
  );
  const section: unknown = decode(flat)[profile];
  const entries = typeof section === "object" && section !== null ? Object.entries(section) : [];
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), String(value)]));
}

/** `undefined` where neither key is there. @throws UsageError where only one is */
function complete(keys: GivenKeys, names: string): S3Credentials | undefined {
  const accessKeyId = keys.accessKeyId ?? "";
  const secretAccessKey = keys.secretAccessKey ?? "";
  if (accessKeyId === "" && secretAccessKey === "") return undefined;
  if (accessKeyId === "" || secretAccessKey === "") {
    throw new UsageError(`Cannot sign requests to S3: want both of ${names}, and one is missing`);
  }
  const { sessionToken } = keys;
  return sessionToken === undefined || sessionToken === ""
    ? { accessKeyId, secretAccessKey }
    : { accessKeyId, secretAccessKey, sessionToken };
}
