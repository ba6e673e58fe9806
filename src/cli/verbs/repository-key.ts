/** `ashlar repository key …`: the keys of an encrypted repository, and who can open them. */
import type { Command } from "commander";
import type { WrappedKey } from "../../encryption/key-store.js";
import type { RepositoryKeys } from "../../encryption/repository-keys.js";
import type { Recipient } from "../../encryption/wrapping.js";
import { REPOSITORY_NAME } from "../../format/names.js";
import { readIdentities } from "../../settings/encryption.js";
import type { ObjectSink } from "../../sinks/sink.js";
import type { Invocation } from "../invocation.js";
import { type Field, field, momentField } from "../output/field.js";
import { rowsPrinter } from "../output/printer.js";
import { collect, type OutputFlags, withOutput } from "./flags.js";

const COLUMNS: readonly string[] = ["key_id", "id", "recipient", "created_at"];
const FIELDS: readonly Field<WrappedKey>[] = [
  { ...field("key_id", ({ keyId }) => keyId, "Key ID"), isWhole: true },
  { ...field("id", ({ id }) => id, "ID"), isWhole: true },
  // A post-quantum recipient has two thousand characters.
  field(
    "recipient",
    ({ recipient }) => recipient,
    "Recipient",
    ({ recipient }) => shortened(recipient),
  ),
  momentField("created_at", ({ createdAt }) => new Date(createdAt)),
];
const SHOWN_MAX = 64;

interface RecipientFlags extends OutputFlags {
  readonly recipient?: readonly string[];
  readonly newPassphraseFile?: string;
}

export function addKeyVerbs(key: Command, invocation: Invocation): void {
  withRecipients(key.command("init"))
    .description("make the first key of the repository, for these recipients")
    .action((flags: RecipientFlags) => make("first", flags, invocation));
  withRecipients(key.command("rotate"))
    .description("make a new key for new backups; the keys of stored backups stay")
    .action((flags: RecipientFlags) => make("rotated", flags, invocation));
  withOutput(key.command("list"))
    .description("list the keys, and the recipients who can open them")
    .action(async (flags: OutputFlags) => {
      await show(flags, invocation, (keys) => keys.list());
    });
  withRecipients(key.command("add-recipient"))
    .description("let more recipients open every key; needs --identity or --passphrase-file")
    .action(async (flags: RecipientFlags) => {
      const recipients = await recipientsOf(flags, invocation);
      const identities = await identitiesOf(invocation);
      await show(flags, invocation, (keys) => keys.add(recipients, identities));
    });
  withOutput(key.command("remove-recipient <recipient>"))
    .description(
      "remove a recipient, named by its text or its id, from every key; who has opened a key keeps it",
    )
    .action(async (recipient: string, flags: OutputFlags) => {
      await show(flags, invocation, (keys) => keys.remove(recipient));
    });
}

function withRecipients(command: Command): Command {
  return withOutput(command)
    .option("--recipient <recipient>", "a recipient of age's, age1… or age1pq1…; may be repeated", collect)
    .option("--new-passphrase-file <path>", "also let the passphrase in this file open the key");
}

/** Marks the repository with its first key, so that a command without the key stores nothing plain there. */
async function make(kind: "first" | "rotated", flags: RecipientFlags, invocation: Invocation): Promise<void> {
  const recipients = await recipientsOf(flags, invocation);
  const made = await show(flags, invocation, async (keys, { sink, container }) => {
    const wrapped = await keys.make(kind, recipients);
    if (kind === "first") {
      const { markEncrypted, markerContainer } = await import("../../service/repositories/marker.js");
      await markEncrypted(sink, markerContainer(sink, container ?? REPOSITORY_NAME));
    }
    return wrapped;
  });
  const [{ keyId }] = made as [WrappedKey];
  const setting = kind === "first" ? keyId : `${keyId} and the ids before, separated by commas`;
  invocation.note(`set encryption_key to ${setting}; without it nothing is encrypted`);
}

async function recipientsOf(
  { recipient = [], newPassphraseFile: path }: RecipientFlags,
  { host }: Invocation,
): Promise<Recipient[]> {
  const { passphrase } = await readIdentities({ identity: undefined, passphrase_file: path }, host);
  return [
    ...recipient.map((text): Recipient => ({ kind: "age", text })),
    ...(passphrase === undefined ? [] : [{ kind: "passphrase", passphrase } as const]),
  ];
}

async function identitiesOf(invocation: Invocation): ReturnType<typeof readIdentities> {
  const { encryption } = await invocation.settings();
  return await readIdentities(encryption, invocation.host);
}

interface KeyPlace {
  readonly sink: ObjectSink;
  readonly container: string | undefined;
}

async function show(
  flags: OutputFlags,
  invocation: Invocation,
  work: (keys: RepositoryKeys, place: KeyPlace) => Promise<WrappedKey[]>,
): Promise<WrappedKey[]> {
  const print = rowsPrinter(FIELDS, COLUMNS, flags);
  const { settings, repositories } = await invocation.settings();
  const { KeyStore } = await import("../../encryption/key-store.js");
  const { RepositoryKeys } = await import("../../encryption/repository-keys.js");
  const opened = await invocation.host.openSink(settings.repository, { ...repositories, wrap: undefined });
  try {
    const store = new KeyStore(opened.sink, settings.container);
    const keys = new RepositoryKeys(store, invocation.host.clock);
    const rows = await work(keys, { sink: opened.sink, container: settings.container });
    await invocation.show(print, rows);
    return rows;
  } finally {
    await opened.close();
  }
}

function shortened(recipient: string): string {
  return recipient.length <= SHOWN_MAX ? recipient : `${recipient.slice(0, 24)}…${recipient.slice(-8)}`;
}
