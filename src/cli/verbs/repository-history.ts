/** `ashlar repository history …`: the signed history of a repository. */
import type { Command } from "commander";
import { UsageError } from "../../errors.js";
import type { BlockProof, ProvenBlock } from "../../history/proof.js";
import type { HistoryRow } from "../../service/repositories/history-calls.js";
import { readSigner } from "../../settings/history.js";
import type { Invocation } from "../invocation.js";
import { type Field, field, idField } from "../output/field.js";
import { recordPrinter, rowsPrinter } from "../output/printer.js";
import { readText } from "../read-text.js";
import { type OutputFlags, parseCount, withOutput } from "./flags.js";

/** A field of entries that have it. */
function ofStored<Key extends keyof Extract<HistoryRow, { event: "stored" }>>(key: Key): Field<HistoryRow> {
  return field(key, (row) => (row.event === "stored" ? (row[key] as string | number) : null));
}

const ENTRY_FIELDS: readonly Field<HistoryRow>[] = [
  field("number", ({ number }) => number),
  field("event", ({ event }) => event),
  idField("backup_id", ({ backup_id: id }) => id),
  idField("volume_id", (row) => (row.event === "stored" ? row.volume_id : null)),
  ...(
    [
      "container",
      "prefix",
      "manifest_sha256",
      "digest_table_sha256",
      "block_size",
      "block_count",
      "root",
    ] as const
  ).map(ofStored),
  field("at", ({ at }) => at),
  field("hash", ({ hash }) => hash),
];
const ENTRY_COLUMNS: readonly string[] = ["number", "event", "backup_id", "volume_id", "at", "hash"];

const KEY_FIELDS: readonly Field<string>[] = [field("public_key", (key) => key)];

const PROVEN_FIELDS: readonly Field<ProvenBlock>[] = [
  idField("backup_id", ({ backupId }) => backupId),
  idField("volume_id", ({ volumeId }) => volumeId),
  field("at", ({ at }) => at),
  field("block", ({ block }) => block),
  field("offset", ({ offset }) => offset),
  field("block_size", ({ blockSize }) => blockSize),
  field("sha256", ({ digest }) => digest, "SHA-256"),
];

export function addHistoryVerbs(history: Command, invocation: Invocation): void {
  withOutput(history.command("key"))
    .description("print the public key of history_identity, for history_key")
    .action(async (flags: OutputFlags) => {
      const print = recordPrinter(KEY_FIELDS, flags);
      const { historyIdentity: path } = await invocation.settings();
      if (path === undefined)
        throw new UsageError(
          "Cannot print the public key: want history_identity, the file of a private key; openssl genpkey -algorithm ed25519 makes one",
        );
      await invocation.show(print, (await readSigner(path, invocation.host)).publicKey);
    });
  withOutput(history.command("list"))
    .description("list the entries of the repository's history, after checking the newest")
    .action(async (flags: OutputFlags) => {
      const print = rowsPrinter(ENTRY_FIELDS, ENTRY_COLUMNS, flags);
      const rows = await invocation.use(async (service) => await (await service.history()).list());
      await invocation.show(print, rows);
    });
  withOutput(history.command("add [backups...]"))
    .description("add backups that the history lacks, as they are now (default: all of the repository)")
    .action(async (backups: readonly string[], flags: OutputFlags) => {
      const print = rowsPrinter(ENTRY_FIELDS, ENTRY_COLUMNS, flags);
      const given = backups.length === 0 ? undefined : backups;
      const rows = await invocation.use(async (service) => await (await service.history()).add(given));
      await invocation.show(print, rows);
    });
  history
    .command("prove <backup> <block>")
    .description("print the proof of one block of a backup, as JSON")
    .action(async (backup: string, text: string) => {
      const block = parseCount("BLOCK", text)!;
      const proof = await invocation.use(
        async (service) => await (await service.history()).prove(backup, block),
      );
      await invocation.show(async (value: BlockProof) => `${JSON.stringify(value, undefined, 2)}\n`, proof);
    });
  withOutput(history.command("check-proof <path>"))
    .description("check a proof without the repository; - for standard input")
    .action(async (path: string, flags: OutputFlags) => {
      const print = recordPrinter(PROVEN_FIELDS, flags);
      const proof = parseProof(await readText("a proof", path, invocation.host), path);
      const proven = await invocation.use(async (service) => await (await service.history()).check(proof));
      await invocation.show(print, proven);
    });
}

function parseProof(text: string, path: string): BlockProof {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as BlockProof;
  } catch {
    // The same error as for other JSON.
  }
  throw new UsageError(`Cannot read a proof from "${path}": want the JSON that history prove prints`);
}
