/** Wraps repository keys for recipients, as files of age's, and unwraps them. */
import { armor, Decrypter, Encrypter } from "age-encryption";
import { toHex } from "../bytes.js";
import { IntegrityError, UsageError } from "../errors.js";
import type { Secret } from "../options/secret.js";
import type { Identities } from "./identities.js";
import type { WrappedKey } from "./key-store.js";
import { KEY_SIZE, RepositoryKey } from "./repository-key.js";

/** A recipient of age's, `age1…` or `age1pq1…`; or a passphrase. */
export type Recipient =
  | { readonly kind: "age"; readonly text: string }
  | { readonly kind: "passphrase"; readonly passphrase: Secret };

/** Shown for a passphrase in place of a recipient. */
export const PASSPHRASE = "passphrase";
const RECIPIENT_ID_SIZE = 8;

/** The bytes of a new repository key. */
export function newKey(): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(KEY_SIZE));
}

/** @throws UsageError for a text that is no recipient of age's */
export async function wrapKey(
  key: Uint8Array<ArrayBuffer>,
  recipient: Recipient,
  now: Date,
): Promise<WrappedKey> {
  const { id: keyId } = await RepositoryKey.from(key);
  const encrypter = new Encrypter();
  if (recipient.kind === PASSPHRASE) encrypter.setPassphrase(recipient.passphrase.reveal());
  else addRecipient(encrypter, recipient.text);
  return {
    keyId,
    id: toHex(crypto.getRandomValues(new Uint8Array(RECIPIENT_ID_SIZE))),
    recipient: recipient.kind === PASSPHRASE ? PASSPHRASE : recipient.text,
    createdAt: now.toISOString(),
    age: armor.encode(await encrypter.encrypt(key)),
  };
}

function addRecipient(encrypter: Encrypter, text: string): void {
  try {
    encrypter.addRecipient(text);
  } catch (cause) {
    // A secret key may have been taken for its recipient.
    const shown = /^age1/.test(text) ? ` "${text}"` : "";
    throw new UsageError(`Cannot use recipient${shown}: want one of age's, age1… or age1pq1…`, { cause });
  }
}

/** The key with that id. @throws UsageError if nothing opens it */
export async function unwrapKey(
  keyId: string,
  wrapped: readonly WrappedKey[],
  identities: Identities,
): Promise<RepositoryKey> {
  return await RepositoryKey.from(await unwrapBytes(keyId, wrapped, identities));
}

/** The bytes of the key with that id, to wrap it for another recipient. @throws UsageError if nothing opens it */
export async function unwrapBytes(
  keyId: string,
  wrapped: readonly WrappedKey[],
  identities: Identities,
): Promise<Uint8Array<ArrayBuffer>> {
  for (const each of wrapped) {
    const bytes = await unwrapOne(each, identities);
    if (bytes === undefined) continue;
    if (bytes.length === KEY_SIZE && (await RepositoryKey.from(bytes)).id === keyId) return bytes;
    throw new IntegrityError(`Cannot trust key ${keyId}: recipient ${each.id} has another key`);
  }
  const recipients = wrapped.map(({ recipient }) => recipient).join(", ");
  const state = wrapped.length === 0 ? "the repository does not have it" : `it is wrapped for ${recipients}`;
  throw new UsageError(`Cannot open key ${keyId}: ${state}, and ${givenOf(identities)}`);
}

function givenOf({ identities, passphrase }: Identities): string {
  const given = [
    ...(identities.length === 0 ? [] : [`${identities.length} identities`]),
    ...(passphrase === undefined ? [] : ["a passphrase"]),
  ];
  return given.length === 0
    ? "no --identity and no --passphrase-file is given"
    : `${given.join(" and ")} given did not open it`;
}

async function unwrapOne(
  { recipient, age }: WrappedKey,
  { identities, passphrase }: Identities,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const decrypter = new Decrypter();
  if (recipient === PASSPHRASE) {
    if (passphrase === undefined) return undefined;
    decrypter.addPassphrase(passphrase.reveal());
  } else {
    if (identities.length === 0) return undefined;
    for (const identity of identities) decrypter.addIdentity(identity.reveal());
  }
  try {
    return new Uint8Array(await decrypter.decrypt(armor.decode(age)));
  } catch {
    // Another recipient's, or damaged: another copy may do.
    return undefined;
  }
}
