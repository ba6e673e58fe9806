/** A description of the API in OpenAPI 3.1, from the table of routes and the schemas that bodies are compared with. */
import { toJsonSchema } from "@valibot/to-json-schema";
import { MICROVERSION_MAX, VERSION_HEADER } from "./microversion.js";
import { ROUTES } from "./routes/all.js";
import type { Route } from "./routes/router.js";

type JsonObject = Readonly<Record<string, unknown>>;

const VERSION = {
  ...{ name: VERSION_HEADER, in: "header", required: false },
  schema: { type: "string", examples: [`volume 3.${MICROVERSION_MAX}`] },
};

/** @param base without a slash at the end */
export function openApiDocument(base: string): JsonObject {
  const paths: Record<string, Record<string, JsonObject>> = {};
  for (const routes of routesByCall().values()) {
    const [{ method, path }] = routes;
    const template = templateOf(path);
    paths[template] = { ...paths[template], [method.toLowerCase()]: operationOf(routes) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Block Storage API v3 of Ashlar", version: `3.${MICROVERSION_MAX}` },
    servers: [
      { url: `${base}/v3` },
      { url: `${base}/v3/{project_id}`, variables: { project_id: { default: "" } } },
    ],
    paths,
    components: { securitySchemes: { token: { type: "apiKey", in: "header", name: "X-Auth-Token" } } },
    security: [{ token: [] }],
  };
}

type Routes = readonly [Route, ...Route[]];

/** Actions of a path are one operation. */
function routesByCall(): ReadonlyMap<string, Routes> {
  const found = new Map<string, Routes>();
  for (const route of ROUTES) {
    const key = `${route.method} ${route.path}`;
    const known = found.get(key);
    found.set(key, known === undefined ? [route] : [...known, route]);
  }
  return found;
}

function templateOf(path: string): string {
  return path.replaceAll(/:(\w+)/g, "{$1}");
}

function operationOf(routes: Routes): JsonObject {
  const [{ path }] = routes;
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name!);
  const body = bodyOf(routes);
  return {
    parameters: [
      ...names.map((name) => ({ name, in: "path", required: true, schema: { type: "string" } })),
      VERSION,
    ],
    ...(body !== undefined && {
      requestBody: { required: true, content: { "application/json": { schema: body } } },
    }),
    responses: { "2XX": { description: "Done, or accepted." }, default: { description: "A fault." } },
  };
}

function bodyOf(routes: Routes): JsonObject | undefined {
  const [first] = routes;
  if (first.action !== undefined) return { oneOf: routes.map(actionSchema) };
  return first.body && schemaOf(first);
}

function actionSchema(route: Route): JsonObject {
  const name = route.action!;
  return {
    ...{ type: "object", required: [name] },
    properties: { [name]: route.body === undefined ? {} : schemaOf(route) },
  };
}

function schemaOf({ body }: Route): JsonObject {
  const { $schema: _, ...schema } = toJsonSchema(body!(MICROVERSION_MAX), {
    ...{ errorMode: "ignore", typeMode: "input" },
  });
  return schema;
}
