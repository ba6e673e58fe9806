/** The keys of a repository and their recipients: making, listing, adding, removing. No backup is rewritten. */
import { InvalidStateError, NotFoundError, UsageError } from "../errors.js";
import type { Clock } from "../ports.js";
import type { Identities } from "./identities.js";
import type { KeyStore, WrappedKey } from "./key-store.js";
import { newKey, PASSPHRASE, type Recipient, unwrapBytes, wrapKey } from "./wrapping.js";

/** A first key and a rotated one are made by different calls, so that nobody makes a second key by mistake. */
export type NewKeyKind = "first" | "rotated";

/** Makes, rotates and lists the keys of a repository, and changes their recipients. */
export class RepositoryKeys {
  readonly #store: KeyStore;
  readonly #clock: Clock;

  constructor(store: KeyStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Every recipient of every key. */
  async list(): Promise<WrappedKey[]> {
    return await this.#store.all();
  }

  /**
   * Makes a key for these recipients. Earlier keys stay, because stored backups need them.
   * @throws InvalidStateError for a first key where there is one, or a rotation where there is none
   */
  async make(kind: NewKeyKind, recipients: readonly Recipient[]): Promise<WrappedKey[]> {
    requireSome(recipients);
    const keys = await this.#store.all();
    const known = [...new Set(keys.map(({ keyId }) => keyId))];
    if (kind === "first" && known.length > 0) {
      const reason = `the repository has ${known.join(", ")}`;
      throw new InvalidStateError(`Cannot make a first key: ${reason}; "rotate" makes another`);
    }
    if (kind === "rotated" && known.length === 0)
      throw new InvalidStateError('Cannot rotate the key: the repository has none; "init" makes one');
    return await this.#wrap([newKey()], recipients);
  }

  /** Wraps every key for more recipients. @throws UsageError for a key that the identities do not open */
  async add(recipients: readonly Recipient[], identities: Identities): Promise<WrappedKey[]> {
    requireSome(recipients);
    const keys = grouped(await this.#store.all());
    if (keys.size === 0)
      throw new NotFoundError('Cannot add a recipient: the repository has no key; "init" makes one');
    for (const recipient of recipients) {
      const twice = [...keys.values()].flat().find((each) => isOf(each, recipient));
      if (twice !== undefined)
        throw new InvalidStateError(`Cannot add recipient "${twice.recipient}": key ${twice.keyId} has it`);
    }
    const opened: Uint8Array<ArrayBuffer>[] = [];
    for (const [keyId, wrapped] of keys) opened.push(await unwrapBytes(keyId, wrapped, identities));
    return await this.#wrap(opened, recipients);
  }

  /**
   * Removes a recipient from every key. One who has opened a key keeps it: only a rotation, and new backups, end that.
   * @param named the recipient, or its id
   * @throws InvalidStateError for the last recipient of a key
   */
  async remove(named: string): Promise<WrappedKey[]> {
    const keys = grouped(await this.#store.all());
    const removed = [...keys.values()]
      .flat()
      .filter(({ id, recipient }) => named === id || named === recipient);
    if (removed.length === 0) throw new NotFoundError(`Cannot remove recipient "${named}": no key has it`);
    for (const [keyId, wrapped] of keys) {
      if (wrapped.every((each) => removed.includes(each)))
        throw new InvalidStateError(
          `Cannot remove recipient "${named}": it is the last of key ${keyId}, whose backups could never be read again`,
        );
    }
    for (const each of removed) await this.#store.remove(each);
    return removed;
  }

  async #wrap(
    keys: readonly Uint8Array<ArrayBuffer>[],
    recipients: readonly Recipient[],
  ): Promise<WrappedKey[]> {
    const wrapped: WrappedKey[] = [];
    // All are wrapped before any is stored, so that a wrong recipient changes nothing.
    for (const key of keys)
      for (const recipient of recipients) wrapped.push(await wrapKey(key, recipient, this.#clock.now()));
    for (const each of wrapped) await this.#store.put(each);
    return wrapped;
  }
}

function requireSome(recipients: readonly Recipient[]): void {
  if (recipients.length > 0) return;
  throw new UsageError("Cannot wrap the key: want at least one --recipient, or --new-passphrase-file");
}

function isOf({ recipient }: WrappedKey, given: Recipient): boolean {
  return given.kind !== PASSPHRASE && recipient === given.text;
}

function grouped(keys: readonly WrappedKey[]): Map<string, WrappedKey[]> {
  const groups = new Map<string, WrappedKey[]>();
  for (const key of keys) groups.set(key.keyId, [...(groups.get(key.keyId) ?? []), key]);
  return groups;
}
