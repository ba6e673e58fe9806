/** What the command needs of the machine and the process that it runs in. Tests bring their own. */
import type { Codecs } from "../codecs/codec.js";
import type { CodecLevels } from "../codecs/levels.js";
import type { ImageMemoryPlan } from "../image/image-memory-plan.js";
import type { Clock } from "../ports.js";
import type { Caller } from "../service/caller.js";
import type { Service } from "../service/service.js";
import type { Settings } from "../service/settings.js";
import type { SinkEvent } from "../sinks/layers/log.js";

export type DigestEngineChoice = "auto" | "wasm" | "native";
export type StopSignal = "SIGINT" | "SIGTERM";

/** What repositories are opened with, whichever is named by a backup that is to be read. */
export interface RepositorySettings {
  /** Values of the drivers' options that were given, by their names; secrets are among them. */
  readonly options: Readonly<Record<string, string>>;
  /** `backup_create_containers`. @default {true} */
  readonly createsContainers?: boolean | undefined;
  /** Bytes a second, of all operations together. @default {no limit} */
  readonly limitUpload?: number | undefined;
  readonly limitDownload?: number | undefined;
  /** Told of every call of a repository that has ended. @default {nobody is told} */
  readonly onRequest?: ((event: SinkEvent) => void) | undefined;
}

export interface OpenServiceOptions {
  readonly digestEngine: DigestEngineChoice;
  readonly repositories?: RepositorySettings | undefined;
  readonly caller: Caller;
  /** Tells the user what went wrong beside the work. */
  warn(text: string): void;
}

/** There is no catalog in between, and so nobody to ask whose a backup is. */
export interface ServeImagesOptions extends Omit<OpenServiceOptions, "caller" | "warn"> {
  /** To listen on. */
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** What clients have to send. */
  readonly token: string | undefined;
  /** Bytes of decoded data that are kept. @default {that of `planImageMemory`} */
  readonly cacheSize: number | undefined;
  readonly signal: AbortSignal;
  /** Called once requests are served. */
  onListening(url: string, memory: ImageMemoryPlan): Promise<void>;
  /** Told of what could not be read. */
  onError(error: unknown): void;
}

/** Standard error: talk, never data. */
export interface Screen {
  write(text: string): void;
  /** Whether a line can be drawn over. */
  readonly isTerminal: boolean;
  /** Characters in a line. */
  readonly columns: number;
}

export interface CommandHost {
  /** Of the program, for `--version`. */
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly homeDirectory: string;
  readonly clock: Clock;
  readonly screen: Screen;
  /** Writes to standard output: data, never talk. Resolves once it is handed over or nobody reads any more. */
  print(text: string): Promise<void>;
  readTextFile(path: string): Promise<string>;
  readStandardInput(): Promise<string>;
  /** An absolute path without `.`, `..` and a slash at the end. */
  resolvePath(path: string): string;
  /** The `file:` URL of `resolvePath(path)`. */
  fileUrl(path: string): string;
  /** Calls `tick` at that interval until the returned function is called. Does not keep the process alive. */
  every(intervalMs: number, tick: () => void): () => void;
  /** Calls `listener` at each of these signals, which then do nothing else, until the returned function is called. */
  onSignal(listener: (signal: StopSignal) => void): () => void;
  /** Ends the process at once. */
  exit(code: number): void;
  /** The codecs of this runtime, by which operations are planned. */
  loadCodecs(levels: CodecLevels | undefined): Promise<Codecs>;
  openService(settings: Settings, options: OpenServiceOptions): Promise<Service>;
  /** Serves the images of the repository with that URL; resolves when `signal` has come and all is closed. */
  serveImages(repository: string, options: ServeImagesOptions): Promise<void>;
}
