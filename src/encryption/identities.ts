/** What opens wrapped keys: identities of age, and a passphrase. Their texts are secrets. */
import { UsageError } from "../errors.js";
import { Secret } from "../options/secret.js";

/** What opens wrapped keys: age identities, and a passphrase. */
export interface Identities {
  /** `AGE-SECRET-KEY-…` */
  readonly identities: readonly Secret[];
  readonly passphrase?: Secret | undefined;
}

/**
 * The identities in a file of age's: one a line, with comments and empty lines between.
 * @param path for messages
 * @throws UsageError that never quotes a line, because it may be a secret
 */
export function parseIdentityFile(text: string, path: string): Secret[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const secrets = lines.filter((line) => line !== "" && !line.startsWith("#"));
  const wrong = lines.findIndex((line) => line !== "" && !line.startsWith("#") && !IDENTITY.test(line));
  if (wrong >= 0) {
    const wanted = "an identity of age, AGE-SECRET-KEY-1… or AGE-SECRET-KEY-PQ-1…";
    throw new UsageError(`Cannot use identity file "${path}": line ${wrong + 1} is not ${wanted}`);
  }
  if (secrets.length === 0) throw new UsageError(`Cannot use identity file "${path}": it has no identity`);
  return secrets.map((line) => new Secret(line));
}

const IDENTITY = /^AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]+$/;

/** The passphrase in a file: its first line. @throws UsageError if that is empty */
export function parsePassphraseFile(text: string, path: string): Secret {
  const [line = ""] = text.split(/\r?\n/);
  if (line === "") throw new UsageError(`Cannot use passphrase file "${path}": its first line is empty`);
  return new Secret(line);
}
