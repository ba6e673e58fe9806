/**
 * Volumes read out of backups by real tools, at every point of chains that Ashlar and Cinder made: `nbdkit`, `qemu-img`
 * and `curl` read them over HTTP, `e2fsck` and `debugfs` find the file system whole.
 */
import { readFile, writeFile } from "node:fs/promises";
import test, { type ExecutionContext } from "ava";
import { Random } from "../fuzz/random.js";
import { ashlarBacksUp, ashlarIn, cinderBacksUp } from "./histories.js";
import { type FileSystemPoint, fileSystemHistory, type Serving, serve, tool } from "./image-tools.js";
import { makeWorkspace, type Workspace } from "./matrix.js";
import { useCinder } from "./peer.js";

const peer = useCinder(test);
const CODECS = ["none", "zlib", "bz2", "zstd"];

interface Point extends FileSystemPoint {
  readonly backupId: string;
}

async function isAsItWas(
  t: ExecutionContext,
  { imageOf }: Serving,
  workspace: Workspace,
  point: Point,
): Promise<void> {
  const { backupId, volume, files } = point;
  const url = imageOf(backupId);
  const [expected, copy] = [workspace.path("expected"), workspace.path("copy")];
  await writeFile(expected, volume);
  await tool("qemu-img", "compare", "-f", "raw", "-F", "raw", url, expected);

  await tool("nbdkit", "-r", "-U", "-", "curl", url, "--run", `nbdcopy "$uri" '${copy}'`);
  t.true((await readFile(copy)).equals(volume));
  await tool("e2fsck", "-fn", copy);
  for (const [path, content] of Object.entries(files))
    t.true((await tool("debugfs", "-R", `cat ${path}`, copy)).equals(content), path);

  const random = new Random(volume.length);
  for (let read = 0; read < 5; read++) {
    const from = random.below(volume.length);
    const end = Math.min(volume.length, from + 1 + random.below(300_000));
    const found = await tool("curl", "-sf", "-r", `${from}-${end - 1}`, url);
    t.true(found.equals(volume.subarray(from, end)), `${from} to ${end}`);
  }
}

for (const compression of CODECS) {
  test.serial(`tools read every point of Ashlar's chain and of Cinder's: ${compression}`, async (t) => {
    const workspace = await makeWorkspace(t);
    const history = await fileSystemHistory(workspace.path("."));
    const volumes = history.map(({ volume }) => volume);
    const combination = { title: compression, compression, blockSize: 32_768, objectSize: 64 * 32_768 };
    const mine = await ashlarBacksUp(ashlarIn(workspace, combination, "state"), workspace, volumes);
    const theirs = await cinderBacksUp(peer.cinder, workspace, combination, volumes);
    const serving = await serve(t, workspace.repository);
    for (const backups of [mine, theirs]) {
      for (const [index, { id }] of backups.entries())
        await isAsItWas(t, serving, workspace, { ...history[index]!, backupId: id });
    }
    t.is(await serving.stop(), 0);
  });
}

test.serial("tools send the token", async (t) => {
  const workspace = await makeWorkspace(t);
  const volumes = [Buffer.alloc(2 ** 20, "token ")];
  const combination = { title: "token", compression: "zlib", blockSize: 32_768, objectSize: 2 ** 20 };
  const [backup] = await ashlarBacksUp(ashlarIn(workspace, combination, "state"), workspace, volumes);
  const token = workspace.path("token");
  await writeFile(token, "0123456789abcdefghij");
  const serving = await serve(t, workspace.repository, "--token-file", token);
  const url = serving.imageOf(backup!.id);
  const copy = workspace.path("copy");
  await t.throwsAsync(tool("curl", "-sf", url));
  t.true((await tool("curl", "-sf", "-u", "anyone:0123456789abcdefghij", url)).equals(volumes[0]!));
  const nbdcopy = `nbdcopy "$uri" '${copy}'`;
  await tool("nbdkit", "-r", "-U", "-", "curl", url, "user=anyone", `password=+${token}`, "--run", nbdcopy);
  t.true((await readFile(copy)).equals(volumes[0]!));
  const image = {
    driver: "raw",
    file: { driver: "http", url, username: "anyone", "password-secret": "token" },
  };
  const secret = `secret,id=token,file=${token}`;
  await tool(
    "qemu-img",
    "convert",
    "--object",
    secret,
    "-O",
    "raw",
    `json:${JSON.stringify(image)}`,
    `${copy}2`,
  );
  t.true((await readFile(`${copy}2`)).equals(volumes[0]!));
  t.is(await serving.stop(), 0);
});
