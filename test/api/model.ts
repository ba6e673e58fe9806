/**
 * A model of the API's backups: what a client may see after each request, for one project that has a volume, one that
 * has nothing, and an administrator of a third.
 */
import assert from "node:assert/strict";
import { open, writeFile } from "node:fs/promises";
import fc from "fast-check";
import { VOLUME_SIZE, withBlock } from "../service/fixture.js";
import type { Answer, Client } from "./fixture.js";

/** Ann's project has the volume, Eve is of another, root is an administrator of a third. */
export type User = "ann" | "eve" | "root";

export const tokenOf = (user: User): string => `${user}-0123456789abcdef`;

interface ModelBackup {
  readonly id: string;
  readonly owner: User;
  readonly parent: string | undefined;
  readonly bytes: Uint8Array;
  name: string;
  status: "available" | "error";
}

export interface Model {
  readonly volume: string;
  readonly path: string;
  bytes: Uint8Array;
  /** The oldest first. */
  backups: ModelBackup[];
}

type Command = fc.AsyncCommand<Model, Client>;

const VERSION = "3.64";

function ask(client: Client, user: User, line: string, body?: object): Promise<Answer> {
  return client.ask(line, { token: tokenOf(user), version: VERSION, ...(body && { body }) });
}

const sees = (user: User, { owner }: ModelBackup): boolean => user === "root" || user === owner;

function isParent({ backups }: Model, id: string): boolean {
  return backups.some(({ parent }) => parent === id);
}

/** A step that needs no backup. */
function step(name: string, run: (model: Model, client: Client) => Promise<void>): Command {
  return { check: () => true, run, toString: () => name };
}

/** A step on one of the backups, whichever there are. */
function on(
  name: string,
  at: number,
  run: (model: Model, client: Client, backup: ModelBackup) => Promise<void>,
): Command {
  return {
    check: ({ backups }) => backups.length > 0,
    run: (model, client) => run(model, client, model.backups[at % model.backups.length]!),
    toString: () => `${name} of ${at}`,
  };
}

const write = (block: number, seed: number): Command =>
  step(`write(${block}, ${seed})`, async (model) => {
    model.bytes = withBlock(model.bytes, block, seed);
    await writeFile(model.path, model.bytes);
  });

const create = (user: User, incremental: boolean, name: string): Command =>
  step(`create(${user}, ${incremental}, ${name})`, async (model, client) => {
    const backup = { volume_id: model.volume, incremental, name };
    client.world.clock.advance(1000);
    const answer = await ask(client, user, "POST /v3/backups", { backup });
    if (user === "eve") return assert.equal(answer.status, 404);
    const own = model.backups.filter(({ owner, status }) => owner === user && status === "available");
    const parent = incremental ? own.at(-1) : undefined;
    if (incremental && parent === undefined) {
      assert.equal(answer.status, 400);
      assert.match(answer.body.badRequest.message, /No backups available to do an incremental backup/);
      return;
    }
    assert.equal(answer.status, 202);
    const { id } = answer.body.backup as { readonly id: string };
    const made = await settled(client, `/v3/backups/${id}`);
    assert.equal(made.status, "available");
    model.backups.push({
      id,
      owner: user,
      parent: parent?.id,
      bytes: model.bytes,
      name,
      status: "available",
    });
  });

const remove = (user: User, at: number): Command =>
  on(`remove(${user})`, at, async (model, client, backup) => {
    const { id } = backup;
    const answer = await ask(client, user, `DELETE /v3/backups/${id}`);
    if (!sees(user, backup)) return assert.equal(answer.status, 404);
    assert.equal(answer.status, isParent(model, id) ? 400 : 202);
    if (answer.status === 400) return;
    assert.equal(await settled(client, `/v3/backups/${id}`), undefined);
    model.backups = model.backups.filter((each) => each.id !== id);
  });

const reset = (user: User, at: number, status: ModelBackup["status"]): Command =>
  on(`reset(${user}, ${status})`, at, async (_, client, backup) => {
    const body = { "os-reset_status": { status } };
    const answer = await ask(client, user, `POST /v3/backups/${backup.id}/action`, body);
    if (!sees(user, backup)) return assert.equal(answer.status, 404);
    if (user !== "root") return assert.equal(answer.status, 403);
    assert.equal(answer.status, 202);
    assert.equal((await settled(client, `/v3/backups/${backup.id}`)).status, status);
    backup.status = status;
  });

const rename = (user: User, at: number, name: string): Command =>
  on(`rename(${user}, ${name})`, at, async (_, client, backup) => {
    const answer = await ask(client, user, `PUT /v3/backups/${backup.id}`, { backup: { name } });
    if (!sees(user, backup)) return assert.equal(answer.status, 404);
    assert.equal(answer.status, 200);
    backup.name = name;
  });

const restore = (user: User, at: number): Command =>
  on(`restore(${user})`, at, async (_, client, backup) => {
    const answer = await ask(client, user, `POST /v3/backups/${backup.id}/restore`, { restore: {} });
    if (!sees(user, backup)) return assert.equal(answer.status, 404);
    if (backup.status !== "available") return assert.equal(answer.status, 400);
    assert.equal(answer.status, 202);
    const { volume_id: id } = answer.body.restore as { readonly volume_id: string };
    const volume = await settled(client, `/v3/volumes/${id}`);
    assert.equal(volume.status, "available");
    const { source } = await client.service.findVolume(id);
    assert.equal(Buffer.compare(await beginningOf(source!), backup.bytes), 0);
    assert.equal((await ask(client, "root", `DELETE /v3/volumes/${id}`)).status, 202);
  });

const look = (user: User): Command =>
  step(`look(${user})`, async (model, client) => {
    const { body } = await ask(client, user, "GET /v3/backups/detail?all_tenants=1&sort=created_at:asc");
    const expected = model.backups.filter((each) => sees(user, each));
    const seen = (body.backups as readonly Record<string, unknown>[]).map((each) => ({
      ...{ id: each.id, name: each.name, status: each.status },
      ...{ isIncremental: each.is_incremental, isParent: each.has_dependent_backups },
    }));
    assert.deepEqual(
      seen,
      expected.map(({ id, name, status, parent }) => ({
        ...{ id, name, status },
        ...{ isIncremental: parent !== undefined, isParent: isParent(model, id) },
      })),
    );
  });

const page = (status: string, limit: number, offset: number): Command =>
  step(`page(${status}, ${limit}, ${offset})`, async (model, client) => {
    const query = `status=${status}&limit=${limit}&offset=${offset}&sort_key=created_at&with_count=True`;
    const { body } = await ask(client, "ann", `GET /v3/backups?${query}`);
    const all = model.backups.filter((each) => each.owner === "ann" && each.status === status).reverse();
    assert.equal(body.count, all.length);
    assert.deepEqual(
      (body.backups as readonly { readonly id: string }[]).map(({ id }) => id),
      all.slice(offset, offset + limit).map(({ id }) => id),
    );
  });

/** The volume of a backup; the one that the API restores into has whole GiB. */
async function beginningOf(path: string): Promise<Uint8Array> {
  await using file = await open(path);
  return (await file.read(new Uint8Array(VOLUME_SIZE))).buffer;
}

/** The record once nothing is under way on it, as the administrator sees it. */
async function settled(client: Client, path: string): Promise<Answer["body"]> {
  for (;;) {
    const { body } = await ask(client, "root", `GET ${path}`);
    const record = body.backup ?? body.volume;
    if (record === undefined || !/(ing|-up|-backup)$/.test(record.status)) return record;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Any history of at most `maxCommands` requests, with a look after each. */
export function histories(maxCommands: number): fc.Arbitrary<Iterable<Command>> {
  const user = fc.constantFrom<User>("ann", "ann", "ann", "root", "eve");
  const at = fc.nat(7);
  const name = fc.string({ minLength: 1, maxLength: 5, unit: fc.constantFrom("a", "b", "é", "-") });
  const status = fc.constantFrom<ModelBackup["status"]>("available", "error");
  const small = fc.nat(4);
  return fc.commands(
    [
      fc.tuple(fc.nat(19), fc.nat(99)).map((args) => write(...args)),
      fc.tuple(user, fc.boolean(), name).map((args) => create(...args)),
      fc.tuple(user, fc.boolean(), name).map((args) => create(...args)),
      fc.tuple(user, at).map((args) => remove(...args)),
      fc.tuple(user, at, status).map((args) => reset(...args)),
      fc.tuple(user, at, name).map((args) => rename(...args)),
      fc.tuple(user, at).map((args) => restore(...args)),
      user.map(look),
      fc.tuple(status, small, small).map((args) => page(...args)),
    ],
    { maxCommands },
  );
}
