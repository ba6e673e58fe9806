/** The package as it is published, used through `fetch` with real servers by a program that has it installed. */

import { copyFile, mkdir, readdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import { temporaryDirectory } from "../helpers/temporary-directory.js";
import { run } from "./daemon.js";
import { startGcsEmulator } from "./gcs-emulator.js";
import { startSwift, useServer } from "./swift-server.js";

const swift = useServer(test, startSwift);
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

test("portable entries back up to Swift, S3 and Google Cloud Storage and restore", async (t) => {
  const directory = await temporaryDirectory(t);
  // `--ignore-scripts`: what is packed is what lies there, which the build before the tests made.
  await run("npm", ["pack", ROOT, "--silent", "--ignore-scripts", "--pack-destination", directory], {});
  const archive = (await readdir(directory)).find((name) => name.endsWith(".tgz"))!;
  const installed = join(directory, "node_modules", "ashlar");
  await mkdir(installed, { recursive: true });
  await run("tar", ["-xzf", join(directory, archive), "-C", installed, "--strip-components=1"], {});
  await symlink(join(ROOT, "node_modules"), join(installed, "node_modules"));
  await copyFile(join(ROOT, "test/stores/consumer.mjs"), join(directory, "consumer.mjs"));
  const emulator = await startGcsEmulator();
  t.teardown(() => emulator.stop());
  const places = {
    swift: { authUrl: swift.server.authUrl, user: "test:tester", key: "testing" },
    s3: { endpoint: swift.server.url, accessKeyId: "test:tester", secretAccessKey: "testing" },
    gcs: { endpoint: emulator.url },
  };
  const printed = await run(process.execPath, [join(directory, "consumer.mjs"), JSON.stringify(places)], {});
  t.deepEqual(printed.trim().split("\n"), [
    "swift: the same",
    "s3: the same",
    "gcs: the same",
    "object of a token",
  ]);
});
