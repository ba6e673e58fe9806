/** What the command needs of the machine and the process that it runs in. Tests bring their own. */
import type { Codecs } from "../codecs/codec.js";
import type { CodecLevels } from "../codecs/levels.js";
import type { ImageMemoryPlan } from "../image/image-memory-plan.js";
import type { DigestEngineChoice } from "../kernels/engine.js";
import type { Caller } from "../service/caller.js";
import type { Service } from "../service/service.js";
import type { Settings } from "../service/settings.js";
import type { SettingsHost } from "../settings/host.js";
import type { RepositorySettings } from "../sinks/repositories.js";

export type StopSignal = "SIGHUP" | "SIGINT" | "SIGTERM";

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

/** Whom the API believes. */
export type ApiAuth =
  | { readonly kind: "noauth" }
  | { readonly kind: "tokens"; readonly tokens: unknown }
  | { readonly kind: "keystone"; readonly credentials: KeystoneCredentials };

/** Clients say on whose behalf they ask. */
export interface ServeApiOptions extends Omit<OpenServiceOptions, "caller"> {
  /** To listen on. */
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  readonly auth: ApiAuth;
  /** Whether `noauth` is allowed where others than this machine's users reach it. */
  readonly allowsOpen: boolean;
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  /** Where links begin. @default {what the request says} */
  readonly publicEndpoint: string | undefined;
  /** Of one project. @default {no limit} */
  readonly requestsPerMinute: number | undefined;
  readonly signal: AbortSignal;
  /** Called once requests are served. */
  onListening(url: string): Promise<void>;
  /** Called with each request that was answered, where requests are logged. */
  readonly onRequest?: ((entry: Readonly<Record<string, string | number | undefined>>) => void) | undefined;
  /** Called with failures of the service's own, and what they happened to. */
  onError(error: unknown, subject: string): void;
}

/** The account with which the API validates tokens. */
export interface KeystoneCredentials {
  readonly authUrl: string;
  readonly username: string;
  readonly password: string;
  readonly projectName: string;
  readonly userDomain: KeystoneDomain;
  readonly projectDomain: KeystoneDomain;
}

/** By its id or its name. */
export type KeystoneDomain = { readonly id: string } | { readonly name: string };

/** Standard error: talk, never data. */
export interface Screen {
  write(text: string): void;
  /** Whether a line can be drawn over. */
  readonly isTerminal: boolean;
  /** Characters in a line. */
  readonly columns: number;
}

export interface CommandHost extends SettingsHost {
  /** Of the program, for `--version`. */
  readonly version: string;
  readonly screen: Screen;
  /** Writes to standard output: data, never talk. Resolves once it is handed over or nobody reads any more. */
  print(text: string): Promise<void>;
  readStandardInput(): Promise<string>;
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
  /** Serves the Block Storage API; resolves when `signal` has come, and what was accepted is done. */
  serveApi(settings: Settings, options: ServeApiOptions): Promise<void>;
}
