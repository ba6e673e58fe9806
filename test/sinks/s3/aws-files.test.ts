/** Files of AWS's tools, whose values `aws-files.json` has as botocore reads them (test/interop/configuration.test.ts). */
import { readFile } from "node:fs/promises";
import test from "ava";
import { UsageError } from "../../../src/errors.js";
import { parseAwsFile } from "../../../src/sinks/s3/aws-file.js";

interface Vector {
  readonly name: string;
  readonly file: string;
  /** By section; `null` where botocore refuses the file. */
  readonly values: Readonly<Record<string, Readonly<Record<string, string>>>> | null;
}

const table = new URL("../../../../test/sinks/s3/aws-files.json", import.meta.url);
const vectors = JSON.parse(await readFile(table, "utf8")) as Vector[];

function valuesOf(content: string): unknown {
  try {
    const sections = [...parseAwsFile(content)];
    return Object.fromEntries(sections.map(([name, values]) => [name, Object.fromEntries(values)]));
  } catch (error) {
    if (error instanceof UsageError) return null;
    throw error;
  }
}

for (const { name, file, values } of vectors)
  test(`as botocore: ${name}`, (t) => {
    t.deepEqual(valuesOf(file), values);
  });
