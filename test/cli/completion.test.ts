/** Completions and the manual page, made of the same tree as the help. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import test from "ava";
import { FakeHost } from "./fake-host.js";
import { FakeService } from "./fake-service.js";

const run = promisify(execFile);

async function script(shell: string): Promise<string> {
  const host = new FakeHost(new FakeService());
  if ((await host.run("completion", shell)) !== 0) throw new Error(host.talk);
  return host.data;
}

const TYPED: readonly (readonly [words: string[], found: string[]])[] = [
  [["v"], ["volume"]],
  [["volume", "backup", "cr"], ["create"]],
  [
    ["--state-dir", "volume", "volume", "backup", "res"],
    ["reset-state", "restore"],
  ],
  [
    ["volume", "backup", "create", "--inc"],
    ["--incremental", "--incremental-auto"],
  ],
  [["volume", "backup", "create", "v", "--state"], ["--state-dir"]],
  [["volume", "backup", "list", "-f", "js"], ["json"]],
  [["--progress", "b"], ["bar"]],
  [["volume", "backup", "create", "disk"], []],
];

test("bash completes verbs, flags and choices, wherever global flags stand", async (t) => {
  const text = await script("bash");
  for (const [words, found] of TYPED) {
    const call = `${text}\nCOMP_WORDS=(ashlar "$@"); COMP_CWORD=$#; _ashlar; echo "\${COMPREPLY[*]}"`;
    const { stdout } = await run("bash", ["-c", call, "bash", ...words]);
    t.deepEqual(stdout.trim().split(" ").filter(Boolean).sort(), found, words.join(" "));
  }
});

test("the scripts of zsh and fish have every verb, and the shells that are here can read them", async (t) => {
  for (const shell of ["zsh", "fish"]) {
    const text = await script(shell);
    for (const verb of ["consolidate", "snapshot", "cancel", "serve", "memory", "completion"])
      t.true(text.includes(verb), verb);
    const isHere = await run(shell, ["-c", "true"]).then(
      () => true,
      () => false,
    );
    if (isHere) await t.notThrowsAsync(run(shell, ["-n", "-c", text]));
  }
});

test("another shell is refused with those that there are", async (t) => {
  const host = new FakeHost(new FakeService());
  t.is(await host.run("completion", "csh"), 2);
  t.regex(host.talk, /bash, zsh, fish/);
});

test("the manual page is built, with every verb and option, and in the package", async (t) => {
  const root = new URL("../../../", import.meta.url);
  const page = await readFile(new URL("build/man/ashlar.1", root), "utf8");
  for (const part of [".TH ASHLAR 1 ", ".SS ashlar volume backup create ", "backup_file_size", ".B 130"])
    t.true(page.includes(part), part);
  const { man, files } = JSON.parse(await readFile(new URL("package.json", root), "utf8")) as {
    man: string;
    files: string[];
  };
  t.is(man, "./build/man/ashlar.1");
  t.true(files.includes("build/man"));
});
