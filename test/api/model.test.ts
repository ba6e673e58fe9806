/** Random histories of requests, whose answers are compared with a model after each of them. */
import test from "ava";
import fc from "fast-check";
import { tokenAuthentication } from "../../src/api/auth/tokens.js";
import { noise } from "../pipeline/volume-bytes.js";
import { start, VOLUME_SIZE } from "../service/fixture.js";
import { Client } from "./fixture.js";
import { histories, type Model, tokenOf, type User } from "./model.js";

const PROJECTS: Readonly<Record<User, readonly [project: string, role: string]>> = {
  ann: ["admin", "member"],
  eve: ["q", "member"],
  root: ["r", "admin"],
};

test("whatever is asked in whatever order, the answers are the model's", async (t) => {
  const users = Object.entries(PROJECTS).map(([user, [project, role]]) => ({
    ...{ token: tokenOf(user as User), user, project, roles: [role] },
  }));
  const authenticator = await tokenAuthentication(users);
  await fc.assert(
    fc.asyncProperty(histories(25), async (commands) => {
      const { world, service, path } = await start(t);
      const client = new Client(world, service, { authenticator });
      const { id: volume } = await service.findVolume("disk");
      const model: Model = { volume, path, bytes: noise(VOLUME_SIZE, 1), backups: [] };
      await fc.asyncModelRun(() => ({ model, real: client }), commands);
      await service.close();
    }),
    { numRuns: Number(process.env.ASHLAR_TEST_ROUNDS ?? 12) },
  );
  t.pass();
});
