/** The tables that the readers of configuration files are tested by, compared with the real oslo.config and botocore. */
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import test from "ava";

interface Vector {
  readonly file: string;
  readonly values: unknown;
}

const ROOT = new URL("../../../test/", import.meta.url);
const PEERS: string = fileURLToPath(new URL("interop/configuration_peers.py", ROOT));

async function tableOf(path: string): Promise<Vector[]> {
  return JSON.parse(await readFile(new URL(path, ROOT), "utf8")) as Vector[];
}

test("oslo.config and botocore read the files of the tables as the tables say", async (t) => {
  const tables = {
    oslo: await tableOf("settings/oslo-config.json"),
    aws: await tableOf("sinks/s3/aws-files.json"),
  };
  const child = spawn("/usr/bin/python3", [PEERS], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(
    JSON.stringify({ oslo: tables.oslo.map(({ file }) => file), aws: tables.aws.map(({ file }) => file) }),
  );
  const results = JSON.parse(await text(child.stdout)) as Record<"oslo" | "aws", unknown[]>;
  t.deepEqual(
    results.oslo,
    tables.oslo.map(({ values }) => values),
  );
  t.deepEqual(
    results.aws,
    tables.aws.map(({ values }) => values),
  );
});
