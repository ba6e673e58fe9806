/** Files of oslo.config, whose values `oslo-config.json` has as the real one reads them (test/interop/configuration.test.ts). */
import { readFile } from "node:fs/promises";
import test from "ava";
import { UsageError } from "../../src/errors.js";
import { type ConfigFile, readConfigFile } from "../../src/settings/config-file.js";

interface Vector {
  readonly name: string;
  readonly file: string;
  /** `null` where oslo.config refuses the file. */
  readonly values: Readonly<Record<string, string>> | null;
}

const table = new URL("../../../test/settings/oslo-config.json", import.meta.url);
const vectors = JSON.parse(await readFile(table, "utf8")) as Vector[];
const NAMES = ["backup_posix_path", "backup_container", "backup_swift_user"];

function read(content: string): Promise<ConfigFile> {
  return readConfigFile("/etc/c.conf", { readTextFile: async () => content });
}

/** An empty text is no value here. */
async function valuesOf(content: string): Promise<Record<string, string> | null> {
  try {
    const file = await read(content);
    const given = NAMES.map((name) => [name, file.get(name)?.text ?? ""] as const);
    return Object.fromEntries(given.filter(([, text]) => text !== ""));
  } catch (error) {
    if (error instanceof UsageError) return null;
    throw error;
  }
}

for (const { name, file, values } of vectors) {
  test(`as oslo.config: ${name}`, async (t) => {
    const filled = values && Object.fromEntries(Object.entries(values).filter(([, text]) => text !== ""));
    t.deepEqual(await valuesOf(file), filled);
  });
}

test("messages about a file name the line and quote nothing of it", async (t) => {
  const error = await t.throwsAsync(read("[DEFAULT]\nbackup_swift_key hush\n"), {
    message: 'Cannot read configuration file "/etc/c.conf": line 2: want NAME = VALUE or NAME: VALUE',
  });
  t.false(error.message.includes("hush"));
});

test("a number or a flag that is empty is refused", async (t) => {
  const file = await read("[DEFAULT]\nbackup_file_size =\nbackup_s3_verify_ssl = ''\n");
  for (const name of ["backup_file_size", "backup_s3_verify_ssl"])
    t.throws(() => file.get(name), { instanceOf: UsageError, message: /: want a value$/ });
});

test("a reference to a secret is refused, unless the option is a secret itself", async (t) => {
  const file = await read(
    `[DEFAULT]
backup_swift_key = hush
rabbit_password = hush
backup_swift_user = $backup_swift_key
backup_container = \${rabbit_password}
transport_url = rabbit://u:$rabbit_password@h/
backup_swift_token = part$hush
`,
  );
  for (const name of ["backup_swift_user", "backup_container"])
    t.throws(() => file.get(name), { message: /" in it is a secret, which this option would show$/ });
  t.is(file.get("transport_url")?.text, "rabbit://u:hush@h/");
  const error = t.throws(() => file.get("backup_swift_token"), { message: /a reference in it has no value/ });
  t.false(error.message.includes("hush"));
});

test("misspelt options of Ashlar's get a warning, Cinder's others and other sections' none", async (t) => {
  const { warnings } = await read(
    `[DEFAULT]
backup_compresion_algorithm = zstd
backup_ceph_conf = /etc/ceph.conf
backup_workers = 2
Backup_file_size = 1
debug = true
[lvm]
backup_nonsense = 1
`,
  );
  t.deepEqual(warnings, [
    'backup_compresion_algorithm in "/etc/c.conf" is not an option and is ignored; did you mean backup_compression_algorithm?',
    'Backup_file_size in "/etc/c.conf" is not an option and is ignored; did you mean backup_file_size?',
  ]);
  t.regex((await read("[default]\nbackup_file_size = 1\n")).warnings[0]!, /did you mean \[DEFAULT\]\?$/);
});
