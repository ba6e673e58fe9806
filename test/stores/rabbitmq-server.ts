/** RabbitMQ on loopback, from Debian's package, in one directory, with a name and ports of its own. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Daemon, startDaemon, untilReady } from "./daemon.js";
import { freePorts } from "./python-server.js";

/** The package's own script; the one on the path wants to be the system's service. */
const SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server";
export const USER = "ashlar";
/** With what has to be encoded in a URL, but for a slash, which oslo.messaging itself cannot read there. */
export const PASSWORD = "s3cret@:,";

export class RabbitServer {
  readonly port: number;
  readonly #directory: string;
  readonly #portMapper: number;
  readonly #distribution: number;
  #mapper: Daemon | undefined;
  #broker: Daemon | undefined;

  private constructor(directory: string, ports: readonly number[]) {
    this.#directory = directory;
    [this.port, this.#portMapper, this.#distribution] = ports as [number, number, number];
  }

  static async start(): Promise<RabbitServer> {
    const directory = await mkdtemp(join(tmpdir(), "ashlar-rabbit-"));
    const server = new RabbitServer(directory, await freePorts(3));
    const settings = [
      `listeners.tcp.1 = 127.0.0.1:${server.port}`,
      ...[`default_user = ${USER}`, `default_pass = ${PASSWORD}`, "log.console.level = error"],
    ];
    await writeFile(join(directory, "rabbitmq.conf"), `${settings.join("\n")}\n`);
    await writeFile(join(directory, "plugins"), "[].\n");
    // In the foreground, or Erlang would start one that stays.
    const args = ["-port", String(server.#portMapper), "-address", "127.0.0.1"];
    server.#mapper = startDaemon("epmd", args);
    await server.startBroker();
    return server;
  }

  /** `rabbit://USER:PASSWORD@HOST:PORT/` */
  get url(): string {
    return `rabbit://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${this.port}/`;
  }

  async startBroker(): Promise<void> {
    const at = (name: string): string => join(this.#directory, name);
    this.#broker = startDaemon(SERVER, [], {
      HOME: this.#directory,
      ERL_EPMD_PORT: String(this.#portMapper),
      ERL_EPMD_ADDRESS: "127.0.0.1",
      RABBITMQ_NODENAME: `ashlar${this.port}@localhost`,
      RABBITMQ_DIST_PORT: String(this.#distribution),
      RABBITMQ_CONF_ENV_FILE: at("none"),
      RABBITMQ_CONFIG_FILE: at("rabbitmq.conf"),
      RABBITMQ_ENABLED_PLUGINS_FILE: at("plugins"),
      RABBITMQ_MNESIA_BASE: at("mnesia"),
      RABBITMQ_LOG_BASE: at("log"),
      RABBITMQ_PID_FILE: at("pid"),
      RABBITMQ_FEATURE_FLAGS_FILE: at("flags"),
      // One scheduler does, and starts sooner.
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "+S 1:1 -kernel inet_dist_use_interface {127,0,0,1}",
    });
    await untilReady("RabbitMQ", () => answers(this.port), { daemon: this.#broker });
  }

  async stopBroker(): Promise<void> {
    await this.#broker?.stop();
  }

  async stop(): Promise<void> {
    await this.stopBroker();
    await this.#mapper?.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** Whether the broker begins the protocol: before it does, it takes connections and is silent. */
async function answers(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(Buffer.from("AMQP\0\0\x09\x01", "latin1")));
    const end = (isReady: boolean): void => {
      socket.destroy();
      resolve(isReady);
    };
    socket.once("data", () => end(true));
    socket.once("error", () => end(false));
    socket.setTimeout(1000, () => end(false));
  });
}
