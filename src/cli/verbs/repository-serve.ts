/** `ashlar repository serve`: serves volumes from backups to other programs, over HTTP. */
import type { Command } from "commander";
import { UsageError } from "../../errors.js";
import { imageCommands } from "../../image/image-commands.js";
import { parseSize } from "../../options/values.js";
import type { Invocation } from "../invocation.js";

interface ServeFlags {
  readonly image?: boolean;
  readonly listen: Listen;
  readonly tokenFile?: string;
  readonly cacheSize?: number;
}

interface Listen {
  readonly host: string;
  readonly port: number;
}

const DEFAULT_LISTEN = "127.0.0.1:8459";
/** Shorter tokens can be guessed over a network. */
const TOKEN_LENGTH_MIN = 16;

export function addServeVerb(repository: Command, invocation: Invocation): void {
  repository
    .command("serve")
    .description("serve the volumes of all backups as raw images over HTTP, read-only, until stopped")
    .requiredOption("--image", "serve raw volume images")
    .option(
      "--listen <address:port>",
      "where to listen; port 0 takes a free one",
      parseListen,
      parseListen(DEFAULT_LISTEN),
    )
    .option(
      "--token-file <path>",
      "file of the token that clients have to send; without it only this machine is served",
    )
    .option("--cache-size <size>", "bytes of decoded data to cache, e.g. 256M (default: 64M)", parseCacheSize)
    .action((flags: ServeFlags) => serve(flags, invocation));
}

async function serve({ listen, tokenFile, cacheSize }: ServeFlags, invocation: Invocation): Promise<void> {
  const { host, signal } = invocation;
  const token = tokenFile === undefined ? undefined : await readToken(tokenFile, invocation);
  const { settings, digestEngine, repositories } = await invocation.settings();
  await host.serveImages(settings.repository, {
    ...listen,
    token,
    cacheSize,
    digestEngine,
    repositories,
    signal,
    onListening: async (url, { total }) => {
      invocation.note(`images take at most ${Math.ceil(total / 1024 ** 2)} MiB`);
      const advice =
        token === undefined
          ? []
          : ["# a token is required, as the password of any user or as a bearer token"];
      const commands = imageCommands(`${url}/backups/ID.img`);
      await host.print(`${[`${url}/`, ...advice, ...commands].join("\n")}\n`);
    },
    onError: (error) => invocation.note(error instanceof Error ? error.message : String(error)),
  });
}

function parseListen(text: string): Listen {
  const [, host = "", port = ""] = /^(\[[0-9a-f:]+\]|[^:[\]]+):(\d{1,5})$/i.exec(text) ?? [];
  if (host !== "" && Number(port) < 65_536) return { host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
  throw new UsageError(
    `Cannot listen on "${text}": want an address and a port, as ${DEFAULT_LISTEN} or [::1]:8459`,
  );
}

function parseCacheSize(text: string): number {
  try {
    return parseSize(text);
  } catch (error) {
    throw new UsageError(`Cannot use --cache-size "${text}": ${(error as Error).message}`);
  }
}

async function readToken(path: string, { host }: Invocation): Promise<string> {
  const text = await host.readTextFile(path).catch((cause: unknown) => {
    throw new UsageError(`Cannot read the token in "${path}": want a file that is there and can be read`, {
      cause,
    });
  });
  const token = text.trim();
  if (token.length >= TOKEN_LENGTH_MIN && /^[\x21-\x7e]+$/.test(token)) return token;
  const wanted = `want at least ${TOKEN_LENGTH_MIN} characters of ASCII without spaces`;
  throw new UsageError(`Cannot use the token in "${path}": ${wanted}`);
}
