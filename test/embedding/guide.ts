/** The programs of docs/embed.md, with where each runs and what it must print. */
import { readFile } from "node:fs/promises";

export interface GuideProgram {
  /** The heading above it. */
  readonly title: string;
  readonly runtimes: readonly string[];
  readonly code: string;
  readonly prints: string;
}

const PROGRAM = /<!-- run: ([\w ]+) -->\n\n```js\n([\s\S]*?)```\n\n<!-- prints: (.*) -->/g;

/** @throws Error when a program of the guide is not marked with where it runs */
export async function readGuide(): Promise<GuideProgram[]> {
  const text = await readFile(new URL("../../../docs/embed.md", import.meta.url), "utf8");
  const programs = [...text.matchAll(PROGRAM)].map(({ 1: runtimes, 2: code, 3: prints, index }) => {
    const title = [...text.slice(0, index).matchAll(/^## (.*)$/gm)].at(-1)![1]!;
    return { title, runtimes: runtimes!.split(" "), code: code!, prints: prints! };
  });
  const all = [...text.matchAll(/^```(?:js|ts)$/gm)].length;
  if (all !== programs.length) throw new Error(`of ${all} programs, ${programs.length} say where they run`);
  return programs;
}
