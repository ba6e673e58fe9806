/** Globs over a tree of files. */

import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { expandGlob } from "../../src/batch/glob.js";
import { nodeFileSystem } from "../../src/node/files/file-system.js";
import { temporaryDirectory } from "../helpers/temporary-directory.js";

const FILES = ["a.img", "b.img", "b.raw", ".hidden.img", "x/a.img", "x/y/c1.img", "x/y/c2.img", "[odd].img"];

async function tree(
  t: ExecutionContext,
): Promise<(pattern: string, exclude?: string[]) => Promise<string[]>> {
  const root = await temporaryDirectory(t);
  for (const file of FILES) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), "");
  }
  await symlink("b.raw", join(root, "link.img"));
  await symlink(".", join(root, "loop"));
  return async (pattern, exclude = []) =>
    (await expandGlob(nodeFileSystem, join(root, pattern), exclude)).map((path) =>
      path.slice(root.length + 1),
    );
}

test("names are matched within a directory, and links followed", async (t) => {
  const find = await tree(t);
  t.deepEqual(await find("*.img"), ["[odd].img", "a.img", "b.img", "link.img"]);
  t.deepEqual(await find("?.img"), ["a.img", "b.img"]);
  t.deepEqual(await find("[b-z].*"), ["b.img", "b.raw"]);
  t.deepEqual(await find("[!b].img"), ["a.img"]);
  t.deepEqual(await find(".*.img"), [".hidden.img"]);
  t.deepEqual(await find("{a,b}.{img,raw}"), ["a.img", "b.img", "b.raw"]);
  t.deepEqual(await find("nothing/*.img"), []);
});

test("directories are matched, at any depth by **, and a loop of links ends", async (t) => {
  const find = await tree(t);
  t.deepEqual(await find("*/y/*.img"), ["x/y/c1.img", "x/y/c2.img"]);
  t.deepEqual(await find("**/c?.img"), ["x/y/c1.img", "x/y/c2.img"]);
  t.deepEqual(await find("x/**"), []);
  t.deepEqual(await find("**/a.img"), ["a.img", "x/a.img"]);
});

test("exclude leaves out names and paths", async (t) => {
  const find = await tree(t);
  t.deepEqual(await find("**/*.img", ["c*.img", "/**/x/a.img", "?odd*"]), ["a.img", "b.img", "link.img"]);
});
