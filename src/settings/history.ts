/** The options of the signed history (docs/history.md). */
import { StorageError, UsageError } from "../errors.js";
import type { HistorySigner } from "../history/keys.js";
import type { OptionTable } from "../options/option.js";
import { Secret } from "../options/secret.js";
import { text } from "../options/values.js";
import type { HistorySettings } from "../service/settings.js";
import type { SettingsHost } from "./host.js";

export interface HistoryOptions {
  readonly history_key: readonly string[];
  readonly history_identity: string | undefined;
}

export const HISTORY_OPTIONS: OptionTable<HistoryOptions> = {
  history_key: {
    default: [],
    defaultText: "no history",
    help: "public key of the signed history, as repository history key prints it; after a change of keys, all that signed, separated by commas",
    parse: (given) => given.split(",").map((each) => parsePublicKey(each.trim())),
  },
  history_identity: text("file of the Ed25519 private key that signs the history, in PEM"),
};

/** The settings of the history; `undefined` without a key. The private key is read when something is signed. */
export function historySettings(
  { history_key: keys, history_identity: path }: HistoryOptions,
  host: Pick<SettingsHost, "readTextFile">,
): HistorySettings | undefined {
  if (keys.length === 0) return undefined;
  let signer: Promise<HistorySigner> | undefined;
  const open = (): Promise<HistorySigner> => {
    signer ??= readSigner(path!, host);
    return signer;
  };
  return { keys, signer: path === undefined ? undefined : open };
}

/** @throws StorageError, UsageError without any secret */
export async function readSigner(
  path: string,
  host: Pick<SettingsHost, "readTextFile">,
): Promise<HistorySigner> {
  const pem = await host.readTextFile(path).catch((cause: unknown) => {
    throw new StorageError(`Cannot read the private key of the history in "${path}"`, {
      call: "read",
      cause,
    });
  });
  const { openSigner } = await import("../history/keys.js");
  return await openSigner(new Secret(pem), path);
}

function parsePublicKey(given: string): string {
  if (/^[0-9a-f]{64}$/.test(given)) return given;
  throw new UsageError("want public keys of 64 hexadecimal digits, separated by commas");
}
