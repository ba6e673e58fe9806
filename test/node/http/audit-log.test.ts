/** The audit log: changes and refusals, each with who asked; reading leaves no line. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { tokenAuthentication } from "../../../src/api/auth/tokens.js";
import { StorageError } from "../../../src/errors.js";
import { AuditLog } from "../../../src/node/http/audit-log.js";
import { open } from "../../api/fixture.js";

const TOKEN = "rod-0123456789abcdef";
const now = (): Date => new Date("2026-11-29T00:00:00Z");

test("changes and refusals are recorded, and reading is not", async (t) => {
  const user = { token: TOKEN, user: "rod", project: "admin", roles: ["reader"] };
  const client = await open(t, { authenticator: await tokenAuthentication([user]) });
  const path = join(client.world.directory, "audit.log");
  const log = await AuditLog.open(path, now, (text) => t.fail(text));
  await client.ask("GET /v3/volumes", { token: TOKEN });
  await client.ask("GET /v3/os-services", { token: TOKEN });
  await client.ask("POST /v3/volumes", { token: TOKEN, body: { volume: { size: 1 } } });
  await client.ask("DELETE /v3/backups/x", { token: "nobody-0123456789" });
  for (const record of client.records) log.note(record);
  await log.close();
  const entries = (await readFile(path, "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  t.deepEqual(
    entries.map(({ user_id: who, method, route, status }) => [who, method, route, status]),
    [
      ["rod", "GET", "GET /os-services", 403],
      ["rod", "POST", "POST /volumes", 403],
      [null, "DELETE", null, 401],
    ],
  );
  t.like(entries[0], { time: "2026-11-29T00:00:00.000Z", project_id: "admin", roles: ["reader"] });
  t.regex(entries[0].request_id, /^req-/);
  t.is((await stat(path)).mode & 0o777, 0o600);
});

test("a file that cannot be written is an error at the start", async (t) => {
  const client = await open(t);
  const path = join(client.world.directory, "nowhere", "audit.log");
  await t.throwsAsync(
    AuditLog.open(path, now, () => undefined),
    { instanceOf: StorageError, message: /^Cannot append to audit log "/ },
  );
});
