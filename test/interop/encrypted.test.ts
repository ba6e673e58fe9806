/** Encrypted backups: real Cinder refuses them by name, and age and Python decrypt them without us. */
import { execFile, spawnSync } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { inflateSync } from "node:zlib";
import test from "ava";
import { fromUtf8 } from "../../src/bytes.js";
import { parseManifest } from "../../src/format/manifest.js";
import { COMMAND } from "../command.js";
import { joined, noise, prose } from "../pipeline/volume-bytes.js";
import { firstDifference } from "../pipeline/world.js";
import { CinderError } from "./cinder.js";
import { ashlarIn } from "./histories.js";
import { makeWorkspace } from "./matrix.js";
import { useCinder } from "./peer.js";

const PYTHON = "/usr/bin/python3";
const DECRYPT: string = fileURLToPath(new URL("../../../test/interop/decrypt.py", import.meta.url));
const run = promisify(execFile);
const peer = useCinder(test);

test("Cinder refuses an encrypted backup by its version, and age and Python decrypt all of it", async (t) => {
  const workspace = await makeWorkspace(t);
  const { repository } = workspace;
  const identity = workspace.path("identity.txt");
  const { stderr } = await run("age-keygen", ["-o", identity]);
  const [recipient] = /age1\w+/.exec(stderr)!;
  const passphrase = workspace.path("passphrase.txt");
  await writeFile(passphrase, "correct horse\n");
  const { stdout } = await run(process.execPath, [
    ...[
      COMMAND,
      "--state-dir",
      workspace.path("state"),
      "--repository",
      repository,
      "repository",
      "key",
      "init",
    ],
    ...["--recipient", recipient, "--new-passphrase-file", passphrase, "-f", "json"],
  ]);
  const [{ key_id: keyId }] = JSON.parse(stdout) as [{ readonly key_id: string }];
  const volume = joined(noise(2_200_000), prose(300_000));
  await writeFile(workspace.source, volume);
  const combination = { title: "", compression: "zlib", blockSize: 32_768, objectSize: 20 * 131_072 };
  const environment = { ASHLAR_ENCRYPTION_KEY: keyId, ASHLAR_IDENTITY: identity };
  const ashlar = ashlarIn(workspace, combination, "state", environment);
  const volumeId = await ashlar.createVolume("protected", workspace.source);
  const { id, container } = await ashlar.createBackup("protected");

  const directory = join(repository, container);
  const names = (await readdir(directory)).sort();
  const prefix = names.find((name) => name.endsWith("_metadata"))!.replace(/_metadata$/, "");
  await peer.cinder.register({
    id,
    volume_id: volumeId,
    parent_id: null,
    container,
    service_metadata: prefix,
  });
  const target = workspace.path("target.raw");
  await writeFile(target, new Uint8Array(volume.length));
  const refused = await t.throwsAsync(peer.cinder.restore({ repository, id, target }), {
    instanceOf: CinderError,
  });
  t.regex(refused!.message, /^InvalidBackup: .*No support to restore backup version ashlar-encrypted-1$/);
  t.true((await readFile(target)).every((byte) => byte === 0));

  const keys = join(repository, "ashlar-repository");
  const wrapped = await Promise.all(
    (await readdir(keys))
      .filter((name) => name.startsWith("key-"))
      .map((name) => readFile(join(keys, name), "utf8")),
  );
  const { age } = wrapped.map((text) => JSON.parse(text)).find((each) => each.recipient === recipient);
  const key = spawnSync("age", ["--decrypt", "-i", identity], { input: age }).stdout.toString("hex");
  t.is(key.length, 64);
  const decrypt = (name: string): Buffer => {
    const { status, stdout, stderr } = spawnSync(PYTHON, [DECRYPT, name, join(directory, name)], {
      input: key,
      maxBuffer: 1e8,
    });
    t.is(status, 0, stderr.toString());
    return stdout;
  };
  const manifest = parseManifest(decrypt(`${prefix}_metadata`), `${prefix}_metadata`);
  t.is(manifest.backupId, id);
  const restored = joined(
    ...manifest.objects.map(({ name, compression }) =>
      compression === "zlib" ? inflateSync(decrypt(name)) : decrypt(name),
    ),
  );
  t.is(firstDifference(restored, volume), -1);
  t.is(
    JSON.parse(fromUtf8(decrypt(`${prefix}_sha256file`))).sha256s.length,
    Math.ceil(volume.length / 32_768),
  );

  await peer.cinder.delete(repository, id);
  t.deepEqual(await readdir(directory).catch(() => []), []);
});
