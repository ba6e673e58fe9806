/** A PostgreSQL server of Debian's package in a temporary directory, on a Unix socket alone. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chown, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);
const PACKAGES = "/usr/lib/postgresql";
const START_MS = 30_000;

export interface PostgresServer {
  /** The URL of a new and empty database. */
  createDatabase(): Promise<string>;
  /** Runs statements in a database, as its administrator. */
  psql(database: string, sql: string): Promise<string>;
  /** Adds a user who has to give a password. */
  requirePassword(user: string, password: string): Promise<void>;
  /** Ends the server at once, as a crash does, and starts it again. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startPostgres(): Promise<PostgresServer> {
  const [version] = (await readdir(PACKAGES)).sort().reverse();
  const programs = join(PACKAGES, version!, "bin");
  const directory = await mkdtemp("/tmp/ashlar-postgres-");
  const user = await serverUser();
  if (user !== undefined) await chown(directory, user.uid, user.gid);
  const data = join(directory, "data");
  const options = ["--auth=trust", "--username=ashlar", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"];
  await run(join(programs, "initdb"), ["--pgdata", data, ...options], { ...user, cwd: directory });
  let server = await start();
  let databases = 0;

  async function start(): Promise<ChildProcess> {
    const settings = [
      "listen_addresses=",
      `unix_socket_directories=${directory}`,
      "fsync=off",
      "max_connections=500",
    ];
    const flags = settings.flatMap((setting) => ["-c", setting]);
    const started = spawn(join(programs, "postgres"), ["-D", data, ...flags], {
      ...{ ...user, cwd: directory, stdio: "ignore" },
    });
    const deadline = Date.now() + START_MS;
    const isReady = (): Promise<boolean> =>
      run(join(programs, "pg_isready"), ["-q", "-h", directory]).then(
        () => true,
        () => false,
      );
    while (!(await isReady())) {
      if (started.exitCode !== null || Date.now() > deadline) throw new Error("PostgreSQL does not start");
      await sleep(50);
    }
    return started;
  }

  /** SIGINT disconnects the clients, and writes everything; SIGQUIT ends everything at once. */
  async function end(signal: "SIGINT" | "SIGQUIT"): Promise<void> {
    const ended = once(server, "exit");
    server.kill(signal);
    await ended;
  }

  async function psql(database: string, sql: string): Promise<string> {
    const target = ["-h", directory, "-U", "ashlar", "-d", database];
    const { stdout } = await run(join(programs, "psql"), [...target, "-XAtq", "-c", sql]);
    return stdout.trim();
  }

  return {
    psql,
    async createDatabase() {
      const name = `catalog${++databases}`;
      await psql("postgres", `CREATE DATABASE ${name}`);
      return `postgres://ashlar@localhost/${name}?host=${encodeURIComponent(directory)}`;
    },
    async requirePassword(name, password) {
      const file = join(data, "pg_hba.conf");
      await writeFile(file, `local all ${name} scram-sha-256\n${await readFile(file, "utf8")}`);
      await psql("postgres", `CREATE USER ${name} PASSWORD '${password}'`);
      await psql("postgres", "SELECT pg_reload_conf()");
    },
    async restart() {
      await end("SIGQUIT");
      server = await start();
    },
    async stop() {
      await end("SIGINT");
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL refuses to run as root. */
async function serverUser(): Promise<{ readonly uid: number; readonly gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all(
    ["-u", "-g"].map(async (flag) => Number((await run("id", [flag, "postgres"])).stdout)),
  );
  return { uid: uid!, gid: gid! };
}
