/**
 * Keys for S3, from the places where botocore looks: options, the environment, the profile in the shared credentials
 * file, then the profile in the configuration file. Keys are looked up again after a minute, because programs that
 * renew temporary keys write them into those files.
 */
import { UsageError } from "../../errors.js";
import { Secret } from "../../options/secret.js";
import type { Clock, FileSystem } from "../../ports.js";
import { readTextFile } from "../option-file.js";
import { type AwsSections, parseAwsFile } from "./aws-file.js";
import type { S3CredentialSource, S3Credentials } from "./signer.js";

export type Environment = Readonly<Record<string, string | undefined>>;

const FRESH_MS = 60_000;

export interface GivenKeys {
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: Secret | undefined;
  readonly sessionToken?: Secret | undefined;
}

/** Sources of keys other than options. */
export interface CredentialHost {
  readonly clock: Clock;
  readonly environment?: Environment | undefined;
  readonly homeDirectory?: string | undefined;
  readonly fileSystem?: FileSystem | undefined;
}

/** @throws UsageError (from the returned source) if it finds no keys, or only one of the two */
export function s3Credentials(given: GivenKeys, host: CredentialHost): S3CredentialSource {
  let found: { readonly credentials: S3Credentials; readonly atMs: number } | undefined;
  return async () => {
    const fixed = complete(given, "backup_s3_store_access_key and backup_s3_store_secret_key");
    if (fixed !== undefined) return fixed;
    const nowMs = host.clock.monotonicMs();
    if (found === undefined || nowMs - found.atMs > FRESH_MS) {
      const credentials = fromEnvironment(host.environment ?? {}) ?? (await fromFiles(host));
      found = { credentials, atMs: nowMs };
    }
    return found.credentials;
  };
}

function fromEnvironment(environment: Environment): S3Credentials | undefined {
  return complete(
    {
      accessKeyId: environment.AWS_ACCESS_KEY_ID,
      secretAccessKey: secretOf(environment.AWS_SECRET_ACCESS_KEY),
      sessionToken: secretOf(environment.AWS_SECURITY_TOKEN || environment.AWS_SESSION_TOKEN),
    },
    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
  );
}

type Profile = ReadonlyMap<string, string>;

async function fromFiles(host: CredentialHost): Promise<S3Credentials> {
  const environment = host.environment ?? {};
  const name = environment.AWS_DEFAULT_PROFILE || environment.AWS_PROFILE || "default";
  const sharedPath = pathOf(environment.AWS_SHARED_CREDENTIALS_FILE, "credentials", host);
  const configPath = pathOf(environment.AWS_CONFIG_FILE, "config", host);
  const shared = (await sectionsOf(sharedPath, host))?.get(name);
  const config = profileIn(await sectionsOf(configPath, host), name);
  // The order is botocore's: roles and single sign-on take precedence over keys of the same profile.
  refuseUnsupported(name, shared, ["role_arn"]);
  refuseUnsupported(name, config, ["role_arn", "sso_session", "sso_account_id"]);
  const stored = keysOf(shared, `profile "${name}" of "${sharedPath}"`);
  if (stored !== undefined) return stored;
  refuseUnsupported(name, config, ["credential_process"]);
  const configured = keysOf(config, `profile "${name}" of "${configPath}"`);
  if (configured !== undefined) return configured;
  throw new UsageError(
    `Cannot sign requests to S3: there are no keys; set backup_s3_store_access_key and backup_s3_store_secret_key, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or profile "${name}" in "${sharedPath}"`,
  );
}

/** The given or the usual path, with `~` and variables expanded as by a shell. */
function pathOf(
  given: string | undefined,
  usual: string,
  { environment, homeDirectory = "" }: CredentialHost,
): string {
  const path = given || `~/.aws/${usual}`;
  const expanded = path.replaceAll(
    /\$(?:(\w+)|\{([^}]*)\})/g,
    (reference, plain?: string, braced?: string) => environment?.[plain ?? braced!] ?? reference,
  );
  return expanded.replace(/^~(?=\/|$)/, homeDirectory);
}

/** `undefined` if there is no such file. */
async function sectionsOf(path: string, { fileSystem }: CredentialHost): Promise<AwsSections | undefined> {
  if (fileSystem === undefined || (await fileSystem.status(path))?.kind !== "file") return undefined;
  try {
    return parseAwsFile(await readTextFile(fileSystem, path));
  } catch (cause) {
    const reason = cause instanceof UsageError ? cause.message : "want a file that can be read";
    throw new UsageError(`Cannot sign requests to S3 by the keys in "${path}": ${reason}`, { cause });
  }
}

/** Finds `[default]`, `[profile NAME]` or `[profile "NAME WITH SPACES"]`; if there are several, the last. */
function profileIn(sections: AwsSections | undefined, name: string): Profile | undefined {
  const named = [...(sections ?? [])].filter(([section]) => profileName(section) === name);
  return named.at(-1)?.[1];
}

function profileName(section: string): string | undefined {
  if (section === "default") return section;
  const [, double, single, bare] = /^profile\s+(?:"([^"]*)"|'([^']*)'|(\S+))\s*$/.exec(section) ?? [];
  return double ?? single ?? bare;
}

function refuseUnsupported(name: string, profile: Profile | undefined, keys: readonly string[]): void {
  const key = keys.find((each) => profile?.has(each));
  if (key === undefined) return;
  throw new UsageError(
    `Cannot sign requests to S3 by profile "${name}": its ${key} is not supported; write the keys that \`aws configure export-credentials\` prints into the environment or into a profile`,
  );
}

function keysOf(profile: Profile | undefined, file: string): S3Credentials | undefined {
  if (!profile?.has("aws_access_key_id")) return undefined;
  return complete(
    {
      accessKeyId: profile.get("aws_access_key_id"),
      secretAccessKey: secretOf(profile.get("aws_secret_access_key")),
      sessionToken: secretOf(profile.get("aws_security_token") ?? profile.get("aws_session_token")),
    },
    `aws_access_key_id and aws_secret_access_key in ${file}`,
  );
}

function secretOf(text: string | undefined): Secret | undefined {
  return text === undefined || text === "" ? undefined : new Secret(text);
}

/** `undefined` if both keys are missing. @throws UsageError if only one is */
function complete(keys: GivenKeys, names: string): S3Credentials | undefined {
  const { accessKeyId = "", secretAccessKey, sessionToken } = keys;
  if (accessKeyId === "" && secretAccessKey === undefined) return undefined;
  if (accessKeyId === "" || secretAccessKey === undefined) {
    throw new UsageError(`Cannot sign requests to S3: want both of ${names}, and one is missing`);
  }
  return sessionToken === undefined
    ? { accessKeyId, secretAccessKey }
    : { accessKeyId, secretAccessKey, sessionToken };
}
