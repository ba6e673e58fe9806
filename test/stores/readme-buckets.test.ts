/** What the README shows of buckets, run as it is written, but for the addresses and the keys. */

import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { patternBytes } from "../../src/testing/objects.js";
import { COMMAND } from "../command.js";
import { temporaryDirectory } from "../helpers/temporary-directory.js";
import { run } from "./daemon.js";
import { startGcsEmulator } from "./gcs-emulator.js";
import { startRadosgw } from "./radosgw-server.js";
import { useServer } from "./swift-server.js";

const radosgw = useServer(test, startRadosgw);
const README = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");

/** The block of the README that begins with this comment. */
function snippet(title: string): string {
  const found = [...README.matchAll(/```sh\n(.*?)```/gs)].find((match) =>
    match[1]!.startsWith(`# ${title}\n`),
  );
  return found![1]!;
}

/** Runs a script where `npx ashlar` is this build's command, and `data` a volume. */
async function runScript(t: ExecutionContext, script: string, environment = {}): Promise<string> {
  const directory = await temporaryDirectory(t);
  const shim = join(directory, "npx");
  await writeFile(shim, `#!/bin/sh\nshift\nexec "${process.execPath}" "${COMMAND}" --quiet "$@"\n`);
  await chmod(shim, 0o755);
  await writeFile(join(directory, "data.img"), patternBytes(3_000_000, 1));
  const path = `${directory}:${process.env.PATH}`;
  const begin = `set -e; cd "${directory}"; npx ashlar volume create data --source data.img\n`;
  return await run("bash", ["-c", begin + script], {
    ...environment,
    PATH: path,
    ASHLAR_STATE_DIR: join(directory, "state"),
  });
}

test("S3: check, back up and verify", async (t) => {
  const { accessKeyId, secretAccessKey } = await radosgw.server.makeAccount();
  const script = snippet("S3")
    .replace("https://s3.example", radosgw.server.endpoint)
    .replace("tester", accessKeyId)
    .replace("testing1234", secretAccessKey);
  const printed = await runScript(t, script);
  t.regex(printed, /\| list +\| good +\| 1001 objects, each once/);
  t.regex(printed, /\| conditional put \| good/);
  t.regex(printed, /\| cleanup +\| good +\| nothing is left/);
  t.regex(printed, /\| verified_size +\| 2.9 MiB/);
  t.notRegex(printed, /\| bad/);
});

test("Google Cloud Storage: check, back up and verify", async (t) => {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const client_email = "backup@my-project.example";
  const emulator = await startGcsEmulator({ publicKey, clientEmail: client_email });
  t.teardown(() => emulator.stop());
  const token_uri = `${emulator.url}/token`;
  const key = { type: "service_account", client_email, private_key: privateKey, token_uri };
  const script = `cat > service-account.json <<'KEY'\n${JSON.stringify(key)}\nKEY\n${snippet("Google Cloud Storage")}`;
  const printed = await runScript(t, script, { ASHLAR_BACKUP_GCS_ENDPOINT_URL: emulator.url });
  t.regex(printed, /\| list +\| good +\| 1001 objects, each once/);
  t.regex(printed, /\| verified_size +\| 2.9 MiB/);
  t.notRegex(printed, /\| bad/);
});
