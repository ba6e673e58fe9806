/** Configuration that was read otherwise than the reference reads it, and repositories taken for paths. */
import { randomBytes } from "node:crypto";
import { access, readdir, readFile, writeFile } from "node:fs/promises";
import test, { type ExecutionContext } from "ava";
import { Site } from "./site.js";

const CREATE = ["volume", "backup", "create", "--name", "b"];

async function open(t: ExecutionContext): Promise<Site> {
  const site = await Site.open(t);
  await writeFile(site.path("disk"), Buffer.concat([randomBytes(1000), Buffer.alloc(100_000, "a")]));
  return site;
}

test("a codec is what the file says, or the file is refused", async (t) => {
  const site = await open(t);
  const codec = "backup_compression_algorithm";
  const files = [
    [`[DEFAULT]\n${codec}: zstd\n`, "zstd"],
    [`[DEFAULT]\r\n${codec} = "zstd"\r\n`, "zstd"],
    [`\ufeff[DEFAULT]\n${codec} = zstd\n`, undefined],
    [`[DEFAULT]\n${codec} =\n  zstd\n`, undefined],
    [`[DEFAULT]\n  ${codec} = zstd\n`, undefined],
  ] as const;
  for (const [index, [content, wanted]] of files.entries()) {
    await writeFile(site.path("c.conf"), content);
    const repository = site.path(`repository-${index}`);
    const args = ["--repository", repository, "--config-file", "c.conf", ...CREATE, "disk"];
    const { code } = await site.run(args, { env: { ASHLAR_BACKUP_COMPRESSION_ALGORITHM: "" } });
    t.is(code, wanted === undefined ? 2 : 0, content);
    if (wanted === undefined) continue;
    const names = await readdir(repository, { recursive: true });
    const manifest = names.find((name) => name.endsWith("_metadata"))!;
    t.true((await readFile(`${repository}/${manifest}`, "utf8")).includes(`"compression": "${wanted}"`));
  }
});

test("a path with # and ; is whole", async (t) => {
  const site = await open(t);
  await writeFile(site.path("c.conf"), `[DEFAULT]\nbackup_posix_path = ${site.path("p#1;x")}\n`);
  await site.data(t, ["--config-file", "c.conf", ...CREATE, "disk"]);
  await t.notThrowsAsync(access(site.path("p#1;x")));
});

test("a misspelt option in the file is warned about", async (t) => {
  const site = await open(t);
  await writeFile(site.path("c.conf"), "[DEFAULT]\nbackup_compresion_algorithm = zstd\n");
  const { code, talk } = await site.run(["--config-file", "c.conf", "volume", "list"]);
  t.is(code, 0);
  t.regex(talk, /warning: backup_compresion_algorithm .* did you mean backup_compression_algorithm\?/);
});

test("a repository that is a path by mistake is refused, with what to write", async (t) => {
  const site = await open(t);
  const before = await readdir(site.directory);
  const wrong = [
    ["s3:bucket", /want a URL with s3:\/\/, or \.\/s3:bucket for a directory here/],
    ["nfs:host/path", /want a URL with nfs:\/\//],
    ["~/backups", /want a whole path, because the shell has left ~ as it is/],
  ] as const;
  for (const [repository, message] of wrong) {
    const { code, talk } = await site.run([`--repository=${repository}`, ...CREATE, "disk"]);
    t.is(code, 2, repository);
    t.regex(talk, message);
  }
  t.deepEqual(await readdir(site.directory), before, "nothing was made");
  await site.data(t, ["--repository=./s3:bucket", ...CREATE, "disk"]);
  await t.notThrowsAsync(access(site.path("s3:bucket")));
});
