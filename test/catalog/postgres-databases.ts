/** Databases of one PostgreSQL server for each test file, which starts when the first one is asked for. */
import { registerCompletionHandler } from "ava";
import { type PostgresServer, startPostgres } from "../helpers/postgres-server.js";

let server: Promise<PostgresServer> | undefined;

export async function postgresServer(): Promise<PostgresServer> {
  server ??= startPostgres();
  return await server;
}

// No hook: where a module of the graph awaits at its top level, a hook is declared too long before the tests.
registerCompletionHandler(() => void server?.then((started) => started.stop()));
