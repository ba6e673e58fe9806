/** A signed history that Python verifies by docs/history.md alone, with signatures, digests and roots. */
import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import test from "ava";
import { openSigner } from "../../src/history/keys.js";
import { Secret } from "../../src/options/secret.js";
import { noise } from "../pipeline/volume-bytes.js";
import { start } from "../service/fixture.js";

const PYTHON = "/usr/bin/python3";
const VERIFY: string = fileURLToPath(new URL("../../../test/interop/verify_history.py", import.meta.url));

test("Python verifies a history: signatures, chain, digests and Merkle roots", async (t) => {
  const { world, path } = await start(t);
  const { privateKey } = generateKeyPairSync("ed25519");
  const pem = new Secret(String(privateKey.export({ type: "pkcs8", format: "pem" })));
  const signer = await openSigner(pem, "history.pem");
  const history = { keys: [signer.publicKey], signer: async () => signer };
  const service = await world.open({ settings: { history } });
  // Three leaves, the last of them short.
  for (const seed of [1, 2]) {
    await writeFile(path, noise(150 * 4096 + 7, seed));
    await world.backup(service, { volume: "disk", name: `point ${seed}`, incremental: seed > 1 });
  }
  const verify = () =>
    spawnSync(PYTHON, [VERIFY, world.repositoryPath, signer.publicKey], { encoding: "utf8" });
  const { status, stdout, stderr } = verify();
  t.is(status, 0, stderr);
  t.deepEqual(stdout.match(/^\w+/gm), ["stored", "stored"]);
  const view = await service.findBackup("point 2");
  await writeFile(world.objectPath(view, "_metadata"), "{}");
  t.regex(verify().stderr, /AssertionError: manifest/);
});
