/**
 * Encryption of a repository on this side of the store, on any web-standard runtime (docs/encryption.md).
 *
 *     const keys = new KeyStore(sink);
 *     const ring = new StoredKeyRing(keys, { keyIds: [id], identities: async () => ({ identities }) });
 *     const encrypted = new EncryptedSink(sink, ring);
 */
export { EncryptedSink } from "./encrypted-sink.js";
export { type Identities, parseIdentityFile, parsePassphraseFile } from "./identities.js";
export { type KeyRing, StoredKeyRing, type StoredKeyRingOptions } from "./key-ring.js";
export { KeyStore, type WrappedKey } from "./key-store.js";
export { RepositoryKey } from "./repository-key.js";
export { RepositoryKeys } from "./repository-keys.js";
export { newKey, type Recipient, unwrapBytes, unwrapKey, wrapKey } from "./wrapping.js";
