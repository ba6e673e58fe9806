/** The repository keys that one user accepts, unwrapped when an object first needs one. */
import { InvalidStateError, UsageError } from "../errors.js";
import type { Identities } from "./identities.js";
import type { KeyStore } from "./key-store.js";
import type { RepositoryKey } from "./repository-key.js";

/** Keys for new objects and for stored ones. */
export interface KeyRing {
  /** The key of new objects. */
  sealing(): Promise<RepositoryKey>;
  /** The key with that id. @throws UsageError for one that is not accepted, or that no identity opens */
  opening(keyId: string): Promise<RepositoryKey>;
}

/** Options of a `StoredKeyRing`. */
export interface StoredKeyRingOptions {
  /** Ids of the accepted keys. New objects get the first that the repository has. */
  readonly keyIds: readonly string[];
  /** Called once, when a key must be unwrapped. */
  readonly identities: () => Promise<Identities>;
}

/** Keys that a repository keeps, wrapped. Only accepted ids count: whoever writes to the store can add keys. */
export class StoredKeyRing implements KeyRing {
  readonly #store: KeyStore;
  readonly #options: StoredKeyRingOptions;
  readonly #keys = new Map<string, Promise<RepositoryKey>>();
  #sealing: Promise<RepositoryKey> | undefined;
  #identities: Promise<Identities> | undefined;

  constructor(store: KeyStore, options: StoredKeyRingOptions) {
    this.#store = store;
    this.#options = options;
  }

  sealing(): Promise<RepositoryKey> {
    this.#sealing ??= this.#findSealing();
    // A failure may pass: the next call tries again.
    this.#sealing.catch(() => {
      this.#sealing = undefined;
    });
    return this.#sealing;
  }

  async opening(keyId: string): Promise<RepositoryKey> {
    if (!this.#options.keyIds.includes(keyId)) {
      const accepted = this.#options.keyIds.join(", ");
      throw new UsageError(
        `Cannot decrypt object: it is encrypted with key ${keyId}, and encryption_key accepts ${accepted}`,
      );
    }
    let key = this.#keys.get(keyId);
    if (key === undefined) {
      key = this.#unwrap(keyId);
      this.#keys.set(keyId, key);
      key.catch(() => this.#keys.delete(keyId));
    }
    return await key;
  }

  async #findSealing(): Promise<RepositoryKey> {
    for (const keyId of this.#options.keyIds) {
      if ((await this.#store.wrapped(keyId)).length > 0) return await this.opening(keyId);
    }
    const ids = this.#options.keyIds.join(", ");
    throw new InvalidStateError(
      `Cannot encrypt backup: the repository has no key ${ids}; make one with "ashlar repository key init", or name the repository in plain_repositories`,
    );
  }

  async #unwrap(keyId: string): Promise<RepositoryKey> {
    this.#identities ??= this.#options.identities();
    this.#identities.catch(() => {
      this.#identities = undefined;
    });
    const identities = await this.#identities;
    const { unwrapKey } = await import("./wrapping.js");
    return await unwrapKey(keyId, await this.#store.wrapped(keyId), identities);
  }
}
