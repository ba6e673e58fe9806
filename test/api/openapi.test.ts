/** The served description: every route and nothing else, with the schemas that the API compares bodies with. */
import test from "ava";
import { tokenAuthentication } from "../../src/api/auth/tokens.js";
import { openApiDocument } from "../../src/api/openapi.js";
import { ROUTES } from "../../src/api/routes/all.js";
import { open } from "./fixture.js";

interface Schema {
  readonly type?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean;
  readonly oneOf?: readonly Schema[];
}

interface Operation {
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: Schema } | undefined>>;
  };
}

type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

const paths = (openApiDocument("http://localhost") as { readonly paths: Paths }).paths;

function bodyOf(path: string, method: string): Schema | undefined {
  return paths[path]![method]!.requestBody?.content["application/json"]?.schema;
}

test("every route is described, and nothing else", (t) => {
  const described = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map(
      (method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`,
    ),
  );
  t.deepEqual(described.sort(), [...new Set(ROUTES.map(({ method, path }) => `${method} ${path}`))].sort());
  for (const [path, operations] of Object.entries(paths))
    for (const { parameters } of Object.values(operations))
      t.deepEqual(
        parameters.filter((each) => each.in === "path").map(({ name }) => `{${name}}`),
        path.match(/\{\w+\}/g) ?? [],
      );
});

test("bodies have the schemas that they are compared with", (t) => {
  const backup = bodyOf("/backups", "post")!.properties!.backup!;
  t.deepEqual(backup.required, ["volume_id"]);
  t.false(backup.additionalProperties);
  t.true(Object.hasOwn(backup.properties!, "availability_zone"));
  const actions = bodyOf("/volumes/{id}/action", "post")!.oneOf!;
  t.is(actions.length, ROUTES.filter(({ path }) => path === "/volumes/:id/action").length);
  const extend = actions.find(({ required }) => required?.includes("os-extend"))!;
  t.deepEqual(extend.properties!["os-extend"]!.required, ["new_size"]);
  const without = ROUTES.filter(
    ({ method, action, body }) => method !== "GET" && method !== "DELETE" && !action && !body,
  );
  // Limits are named by the resources that there are.
  t.deepEqual(
    without.map(({ path }) => path),
    ["/os-quota-sets/:project", "/os-quota-class-sets/:class"],
  );
});

test("a body without a member that is required is refused by the API, too", async (t) => {
  const client = await open(t);
  for (const [path, operations] of Object.entries(paths)) {
    for (const method of ["post", "put"]) {
      if (operations[method] === undefined || !bodyOf(path, method)?.required) continue;
      const line = `${method.toUpperCase()} /v3${path.replaceAll(/\{\w+\}/g, "x")}`;
      const { status } = await client.ask(line, { version: "3.71", body: { nothing: {} } });
      t.is(status, 400, line);
    }
  }
});

test("the description is served without a token", async (t) => {
  const client = await open(t, { authenticator: await tokenAuthentication([]) });
  const { status, body } = await client.ask("GET /openapi.json");
  t.is(status, 200);
  t.is(body.openapi, "3.1.0");
  t.is(body.servers[0].url, "http://localhost:8776/v3");
});
