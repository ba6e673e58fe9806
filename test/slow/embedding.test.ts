/** A project of somebody else's: the packed package, installed outside the repository, and every program of the guide. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test from "ava";
import { readGuide } from "../embedding/guide.js";
import { RUNTIMES } from "../embedding/programs.js";

const ROOT: string = fileURLToPath(new URL("../../../", import.meta.url));
const run = promisify(execFile);

const project: string = await mkdtemp(join(tmpdir(), "ashlar-embedding-"));

/** Without scripts: what is packed is what lies there, which the build before the tests made. */
await run("npm", ["pack", "--ignore-scripts", "--pack-destination", project], { cwd: ROOT });
const tarball: string = join(project, (await readdir(project)).find((name) => name.endsWith(".tgz"))!);
await writeFile(
  join(project, "package.json"),
  '{ "name": "embedding", "private": true, "type": "module" }\n',
);
await run("npm", ["install", "--omit=optional", "--no-audit", "--no-fund", tarball], { cwd: project });
await mkdir(join(project, "node_modules/@types"), { recursive: true });
await symlink(join(ROOT, "node_modules/@types/node"), join(project, "node_modules/@types/node"));

const programs = await readGuide();

/** What the guide tells users of TypeScript to write. */
const WASM_TYPES = 'declare module "*.wasm" { const module: WebAssembly.Module; export default module; }\n';

const LIBRARIES = ["es2023", "dom", "dom.iterable"];

test.after.always(() => rm(project, { recursive: true }));

for (const [index, { title, runtimes, code, prints }] of programs.entries()) {
  for (const runtime of runtimes) {
    test.serial(`"${title}" runs on ${runtime}`, async (t) => {
      const directory = join(project, `${runtime}-${index}`);
      await mkdir(directory);
      await writeFile(join(directory, "program.mjs"), code);
      t.is(await RUNTIMES[runtime]!(directory), prints);
    });
  }
}

for (const resolution of ["nodenext", "bundler"]) {
  test.serial(`the programs' types are right where packages are resolved as by ${resolution}`, async (t) => {
    const directory = join(project, resolution);
    await mkdir(directory);
    for (const [index, { code }] of programs.entries())
      await writeFile(join(directory, `program-${index}.mjs`), code);
    await writeFile(join(directory, "wasm.d.ts"), WASM_TYPES);
    const module = resolution === "nodenext" ? "nodenext" : "esnext";
    const compilerOptions = { module, moduleResolution: resolution, target: "es2022", strict: true };
    const others = {
      allowJs: true,
      checkJs: true,
      noEmit: true,
      types: ["node"],
      lib: LIBRARIES,
    };
    const config = { compilerOptions: { ...compilerOptions, ...others }, include: ["*.mjs", "*.d.ts"] };
    await writeFile(join(directory, "tsconfig.json"), JSON.stringify(config));
    const { stdout } = await run(join(ROOT, "node_modules/.bin/tsc"), ["-p", directory]).catch(
      (error: { stdout: string }) => error,
    );
    t.is(stdout, "");
  });
}

/** A program of CommonJS, as it may be written under each of TypeScript's kinds of modules. */
const COMMON_JS = `import { MemorySink, type ObjectSink } from "ashlar";
export const sink: ObjectSink = new MemorySink();
export const other: MemorySink = new MemorySink();
export const ready = import("ashlar").then((entry) => new entry.MemorySink());
`;

for (const module of ["node16", "node20", "nodenext"]) {
  test.serial(`a program of CommonJS has the types under ${module}`, async (t) => {
    const directory = join(project, `commonjs-${module}`);
    await mkdir(directory);
    await writeFile(join(directory, "program.cts"), COMMON_JS);
    const compilerOptions = { module, target: "es2022", strict: true, noEmit: true, types: [] };
    const config = { compilerOptions: { ...compilerOptions, lib: LIBRARIES }, include: ["*.cts"] };
    await writeFile(join(directory, "tsconfig.json"), JSON.stringify(config));
    const { stdout } = await run(join(ROOT, "node_modules/.bin/tsc"), ["-p", directory]).catch(
      (error: { stdout: string }) => error,
    );
    t.is(stdout, "");
  });
}

test.serial("every way of resolving the package finds the right types", async (t) => {
  // It ends with a status above 0 when it has found a problem.
  const { stdout } = await run("npm", ["run", "--silent", "attw", "--", tarball], { cwd: ROOT });
  t.regex(stdout, /"ashlar\/testing" +│ OK \(CJS\) +│ OK \(ESM\) +│ OK /);
  t.notRegex(stdout.replaceAll("(ignored) Resolution failed", ""), /Resolution failed|Masquerading|Internal/);
});
