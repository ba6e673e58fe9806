/** `docs/command.md` against the program: nothing that there is may be missing from it. */
import { readFile } from "node:fs/promises";
import test from "ava";
import type { Command } from "commander";
import { BACKUP_FIELDS } from "../../src/cli/backup-fields.js";
import { EXIT_CODES } from "../../src/cli/exit-code.js";
import { HELP_VERB } from "../../src/cli/help-verb.js";
import { Invocation } from "../../src/cli/invocation.js";
import { RECORD_FIELDS, RESTORE_FIELDS, VERIFY_FIELDS } from "../../src/cli/outcome-fields.js";
import { buildProgram } from "../../src/cli/program.js";
import { Stop } from "../../src/cli/signals.js";
import { PRUNE_FIELDS } from "../../src/cli/verbs/backup-state.js";
import { OPERATION_FIELDS } from "../../src/cli/verbs/operation.js";
import { SNAPSHOT_FIELDS } from "../../src/cli/verbs/snapshot.js";
import { VOLUME_FIELDS } from "../../src/cli/volume-fields.js";
import { defaultTextOf, optionsIn } from "../../src/options/option.js";
import { environmentName } from "../../src/settings/option-sources.js";
import { SERVICE_OPTIONS } from "../../src/settings/options.js";
import { SINKS } from "../../src/sinks/registry.js";
import { FakeHost } from "./fake-host.js";
import { FakeService } from "./fake-service.js";

const DOCUMENT = await readFile(new URL("../../../docs/command.md", import.meta.url), "utf8");

function program(): Command {
  const host = new FakeHost(new FakeService());
  const silent = { out: () => undefined, error: () => undefined };
  return buildProgram(new Invocation(host, new Stop(host)), silent);
}

interface Verb {
  /** For example `ashlar volume list`. */
  readonly path: string;
  readonly command: Command;
}

function verbsOf(command: Command, path: string): Verb[] {
  if (command.commands.length === 0) return [{ path, command }];
  return command.commands
    .filter((child) => child.name() !== HELP_VERB)
    .flatMap((child) => verbsOf(child, `${path} ${child.name()}`));
}

/** The text under the heading of a verb. */
function sectionOf(path: string): string {
  const start = DOCUMENT.indexOf(`### \`${path}`);
  return start < 0 ? "" : DOCUMENT.slice(start, DOCUMENT.indexOf("\n##", start + 1));
}

test("every verb has a section, which names all of its own flags", (t) => {
  const verbs = verbsOf(program(), "ashlar");
  t.is(verbs.length, 55);
  for (const { path, command } of verbs) {
    const section = sectionOf(path);
    t.not(section, "", path);
    for (const { long } of command.options) {
      const isShared = long === "--format" || long === "--column";
      t.true(isShared || section.includes(long!), `${path} ${long}`);
    }
    for (const { long } of command.options) t.true(DOCUMENT.includes(long!));
  }
});

test("no verb and no flag is described that there is not", (t) => {
  const verbs = verbsOf(program(), "ashlar");
  const headings = [...DOCUMENT.matchAll(/^### `(ashlar [a-z -]+[a-z])/gm)].map(([, path]) => path);
  t.deepEqual(headings.sort(), verbs.map(({ path }) => path).sort());
  const known = new Set([
    "--help",
    ...[program(), ...verbs.map(({ command }) => command)].flatMap(({ options }) =>
      options.map(({ long }) => long),
    ),
  ]);
  for (const [flag] of DOCUMENT.matchAll(/--[a-z][a-z-]*/g)) t.true(known.has(flag), flag);
});

test("every flag of the command, option, default and field is described", (t) => {
  for (const { long } of program().options) t.true(DOCUMENT.includes(`\`${long}`), long);
  for (const [name, option] of optionsIn(SERVICE_OPTIONS)) {
    const usual = defaultTextOf(option);
    const cell = usual === undefined ? "" : ` \`${usual}\``;
    t.true(DOCUMENT.includes(`\n| \`${name}\` |${cell} |`), name);
  }
  for (const name of [
    "state_dir",
    "catalog",
    "repository",
    "config_file",
    "digest_engine",
    "encryption_key",
    "identity",
    "passphrase_file",
    "limit_upload",
    "limit_download",
    "log_requests",
  ]) {
    t.true(DOCUMENT.includes(`\`${environmentName(name)}\``), name);
  }
  const fields = [
    ...BACKUP_FIELDS,
    ...VOLUME_FIELDS,
    ...RESTORE_FIELDS,
    ...VERIFY_FIELDS,
    ...RECORD_FIELDS,
    ...OPERATION_FIELDS,
    ...SNAPSHOT_FIELDS,
    ...PRUNE_FIELDS,
  ];
  for (const { key } of fields) t.true(DOCUMENT.includes(`\`${key}\``), key);
});

test("every option of every kind of repository is in the table of stores", async (t) => {
  const stores = await readFile(new URL("../../../docs/stores.md", import.meta.url), "utf8");
  for (const { name, service, options } of SINKS) {
    t.true(stores.includes(`\`${service}\``), name);
    for (const [optionName, option] of optionsIn(options)) {
      const usual = defaultTextOf(option);
      const cell = usual === undefined ? "" : ` \`${usual}\``;
      t.true(stores.includes(`\n| \`${optionName}\` |${cell} |`), `${name}: ${optionName}`);
    }
  }
});

test("the table of exit codes is the program's", (t) => {
  const rows = EXIT_CODES.map(([code, meaning]) => `| ${code} | ${meaning} |`).join("\n");
  t.true(DOCUMENT.includes(rows));
});
