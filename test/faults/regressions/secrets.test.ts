/** Secrets that were printed, or kept in the catalog. */
import { writeFile } from "node:fs/promises";
import test from "ava";
import { Site } from "./site.js";

const SECRET = "S3cr3tPassw0rd";
const SCAN = ["repository", "scan"];
const KEYS = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" };
const SERVER = "http://127.0.0.1:1";

interface Case {
  readonly name: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly file?: string;
}

const swift = { ASHLAR_BACKUP_DRIVER: "swift", ASHLAR_BACKUP_SWIFT_USER: "a", ASHLAR_BACKUP_SWIFT_KEY: "b" };
const CASES: readonly Case[] = [
  {
    name: "a proxy's address",
    args: ["--repository", `s3://bucket1?endpoint=${SERVER}`],
    env: { ...KEYS, ASHLAR_BACKUP_S3_HTTP_PROXY: `http://u:${SECRET}@proxy:3128` },
  },
  {
    name: "a proxy's address without a scheme",
    args: ["--repository", `s3://bucket1?endpoint=${SERVER}`],
    env: { ...KEYS, ASHLAR_BACKUP_S3_HTTP_PROXY: `u:${SECRET}@proxy:3128` },
  },
  {
    name: "an endpoint in a repository's URL, with a password alone",
    args: ["--repository", `s3://bucket1?endpoint=http://:${SECRET}@127.0.0.1:1`],
    env: KEYS,
  },
  {
    name: "an account's URL in a repository's URL",
    args: ["--repository", `swift+http://127.0.0.1:1/v3?storage_url=http://u:${SECRET}@h/v1`],
    env: swift,
  },
  { name: "a server's URL", env: { ...swift, ASHLAR_BACKUP_SWIFT_AUTH_URL: `http://u:${SECRET}@h/v1` } },
  { name: "a path that is none", args: ["--repository", `u:${SECRET}@host:/backups`] },
  { name: "a URL of a directory", args: ["--repository", `file://u:${SECRET}@host/x`] },
  { name: "a share", env: { ASHLAR_BACKUP_DRIVER: "nfs", ASHLAR_BACKUP_SHARE: `u:${SECRET}@h:/x` } },
  { name: "a webhook", env: { ASHLAR_BACKUP_NOTIFICATION_WEBHOOK: `http://u:${SECRET}@h/` } },
  {
    name: "an option that refers to a secret",
    file: `backup_file_size = $backup_swift_key\nbackup_swift_key = ${SECRET}\n`,
  },
  {
    name: "a part of a secret that looks like a reference",
    file: `transport_url = rabbit://u:pw$${SECRET}@h/\n`,
  },
  {
    name: "a token with a line break",
    args: ["--repository", `swift+http://127.0.0.1:1/v1?endpoint=storage`],
    env: { ASHLAR_BACKUP_SWIFT_TOKEN: `${SECRET}\n` },
  },
  {
    name: "a session token with a line break",
    args: ["--repository", `s3://bucket1?endpoint=${SERVER}`],
    env: { ...KEYS, AWS_SESSION_TOKEN: `x\n${SECRET}` },
  },
];

for (const { name, args = [], env = {}, file } of CASES) {
  test(`refused and not printed: ${name}`, async (t) => {
    const site = await Site.open(t);
    await writeFile(site.path("c.conf"), `[DEFAULT]\n${file ?? ""}`);
    const debug = { ASHLAR_DEBUG: "1", ...env };
    const all = ["--config-file", "c.conf", "--log-requests", ...args, ...SCAN];
    const { code, data, talk } = await site.run(all, { env: debug });
    t.is(code, 2, talk);
    t.notRegex(`${data}${talk}`, new RegExp(SECRET));
    t.regex(talk, /want |secret|reference/);
  });
}
