/** The options of encryption on this side of the store (docs/encryption.md), and the layer that they ask for. */

import { READER_MEMORY, WRITER_MEMORY } from "../encryption/memory.js";
import { UsageError } from "../errors.js";
import type { OptionTable } from "../options/option.js";
import { text } from "../options/values.js";
import type { SinkMemory } from "../sinks/definition.js";
import { sinkOfUrl } from "../sinks/registry.js";
import type { RepositorySettings } from "../sinks/repositories.js";
import type { SettingsHost } from "./host.js";

export interface EncryptionOptions {
  readonly encryption_key: readonly string[];
  readonly identity: string | undefined;
  readonly passphrase_file: string | undefined;
  readonly plain_repositories: readonly string[];
}

export const ENCRYPTION_OPTIONS: OptionTable<EncryptionOptions> = {
  encryption_key: {
    default: [],
    defaultText: "no encryption",
    help: "id of the key that encrypts backups, as repository key init prints it; after a rotation, all that are in use, separated by commas, the newest first",
    parse: (given) => listOf(given, parseKeyId),
  },
  identity: text("file of age identities that open the key"),
  passphrase_file: text("file whose first line is a passphrase that opens the key"),
  plain_repositories: {
    default: [],
    defaultText: "none",
    help: "URLs of repositories that are not encrypted although encryption_key is set, separated by commas",
    parse: (given) => listOf(given, (each) => each),
  },
};

/** What the layer needs to know of the command's repository. */
export interface EncryptedRepository {
  readonly url: string;
  /** Container of its keys, if its store has no directory for them. */
  readonly container: string | undefined;
}

/** Wraps the sinks of encrypted repositories; without a key nothing is wrapped. Its code is loaded with the first. */
export function encryptionLayer(
  options: EncryptionOptions,
  repository: EncryptedRepository,
  host: SettingsHost,
): Pick<RepositorySettings, "wrap"> {
  const { encryption_key: keyIds } = options;
  if (keyIds.length === 0) return {};
  return {
    async wrap(sink, url) {
      const { canonicalUrl } = await import("../sinks/open.js");
      for (const plain of options.plain_repositories)
        if ((await canonicalUrl(plain, host)) === url) return sink;
      const { EncryptedSink } = await import("../encryption/encrypted-sink.js");
      const { StoredKeyRing } = await import("../encryption/key-ring.js");
      const { KeyStore } = await import("../encryption/key-store.js");
      const isOwn = (await canonicalUrl(repository.url, host)) === url;
      const container = isOwn ? repository.container : sinkOfUrl(url).containerOf?.(url);
      const store = new KeyStore(sink, container);
      const identities = () => readIdentities(options, host);
      return new EncryptedSink(sink, new StoredKeyRing(store, { keyIds, identities }));
    },
  };
}

/** Reads the files that the options name. @throws UsageError without any secret */
export async function readIdentities(
  { identity, passphrase_file: passphraseFile }: Pick<EncryptionOptions, "identity" | "passphrase_file">,
  host: Pick<SettingsHost, "readTextFile">,
): Promise<import("../encryption/identities.js").Identities> {
  const { parseIdentityFile, parsePassphraseFile } = await import("../encryption/identities.js");
  return {
    identities:
      identity === undefined ? [] : parseIdentityFile(await readFile(identity, "identities", host), identity),
    passphrase:
      passphraseFile === undefined
        ? undefined
        : parsePassphraseFile(await readFile(passphraseFile, "passphrase", host), passphraseFile),
  };
}

async function readFile(
  path: string,
  what: string,
  host: Pick<SettingsHost, "readTextFile">,
): Promise<string> {
  return await host.readTextFile(path).catch((cause: unknown) => {
    throw new UsageError(`Cannot read the ${what} in "${path}": want a file that is there and can be read`, {
      cause,
    });
  });
}

/** Memory of the sink with encryption. */
export function encryptedMemory(
  memory: SinkMemory,
  { encryption_key: keyIds }: EncryptionOptions,
): SinkMemory {
  if (keyIds.length === 0) return memory;
  const { bufferSize, readBufferSize = bufferSize, isRemote } = memory;
  return {
    bufferSize: bufferSize + WRITER_MEMORY,
    readBufferSize: readBufferSize + READER_MEMORY,
    isRemote: isRemote ?? false,
  };
}

function listOf<T>(given: string, parse: (text: string) => T): T[] {
  return given.split(",").map((each) => parse(each.trim()));
}

function parseKeyId(given: string): string {
  if (/^[0-9a-f]{32}$/.test(given)) return given;
  throw new UsageError("want key ids of 32 hexadecimal digits, separated by commas");
}
