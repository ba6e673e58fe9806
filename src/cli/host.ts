/** The machine and the process that the command runs in, as it needs them. Tests provide their own. */

import type { HookRunner } from "../batch/hooks.js";
import type { MeasuredMachine } from "../benchmark/report.js";
import type { BenchmarkOptions } from "../benchmark/run.js";
import type { VolumeShape } from "../benchmark/synthetic-volume.js";
import type { BenchmarkRow } from "../benchmark/trial.js";
import type { CopiedTable } from "../catalog/copy.js";
import type { Codecs } from "../codecs/codec.js";
import type { CodecLevels } from "../codecs/levels.js";
import type { ImageMemoryPlan } from "../image/image-memory-plan.js";
import type { DigestEngineChoice } from "../kernels/engine.js";
import type { FileSystem } from "../ports.js";
import type { Caller } from "../service/access/caller.js";
import type { BackgroundSubject } from "../service/operations/background-subject.js";
import type { Service } from "../service/service.js";
import type { Settings } from "../service/settings.js";
import type { SettingsHost } from "../settings/host.js";
import type { OpenedSink } from "../sinks/definition.js";
import type { RepositorySettings } from "../sinks/repositories.js";
import type { VolumeOutput, VolumeStream } from "../sources/volume.js";

export type StopSignal = "SIGHUP" | "SIGINT" | "SIGTERM";

export interface OpenServiceOptions {
  readonly digestEngine: DigestEngineChoice;
  readonly repositories?: RepositorySettings | undefined;
  readonly caller: Caller;
  /** How long operations that run in the background may take to end when the service is closed, milliseconds. */
  readonly graceMs?: number | undefined;
  /** Called with the failure of an operation that runs in the background. */
  readonly onBackgroundError?: ((error: unknown, subject: BackgroundSubject) => void) | undefined;
  /** Warns the user about what went wrong beside the work. */
  warn(text: string): void;
}

/** Options of the image server. They have no caller, because without a catalog backups have no known owners. */
export interface ServeImagesOptions extends Omit<OpenServiceOptions, "caller" | "warn"> {
  /** Address to listen on. */
  readonly host: string;
  /** Port to listen on; 0 for any that is free. */
  readonly port: number;
  /** The token that clients must send. */
  readonly token: string | undefined;
  /** Bytes of decoded data to cache. @default {that of `planImageMemory`} */
  readonly cacheSize: number | undefined;
  readonly signal: AbortSignal;
  /** Called once requests are served. */
  onListening(url: string, memory: ImageMemoryPlan): Promise<void>;
  /** Called with read errors. */
  onError(error: unknown): void;
}

/** How the API authenticates callers. */
export type ApiAuth =
  | { readonly kind: "noauth" }
  | { readonly kind: "tokens"; readonly tokens: unknown }
  | { readonly kind: "keystone"; readonly credentials: KeystoneCredentials };

/** Describes what has failed. */
export interface FailureSubject {
  /** The action, or the request's method and path. */
  readonly what: string;
  readonly resourceId?: string | undefined;
  readonly requestId: string | undefined;
}

/** Options of the API server. They have no caller, because each request brings its own. */
export interface ServeApiOptions extends Omit<OpenServiceOptions, "caller"> {
  /** Address to listen on. */
  readonly host: string;
  /** Port to listen on; 0 for any that is free. */
  readonly port: number;
  readonly auth: ApiAuth;
  /** Whether `noauth` is allowed on an address that other machines can reach. */
  readonly allowsOpen: boolean;
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  /** Base URL of links. @default {that of the request} */
  readonly publicEndpoint: string | undefined;
  /** Limit for one project. @default {no limit} */
  readonly requestsPerMinute: number | undefined;
  /** Rules that replace the defaults, as the reference system's `policy.yaml` has them. */
  readonly policy: { readonly text: string; readonly path: string } | undefined;
  /** Whether the dashboard is served at `/ui`, without a token. */
  readonly hasUi: boolean;
  /** Whether metrics are served at `/metrics`, without a token. */
  readonly hasMetrics: boolean;
  /** Path of a file to which changes and refusals are appended. */
  readonly auditLog: string | undefined;
  /** Words that give another run of this command the same settings. */
  readonly settingsWords: readonly string[];
  /** How long background work may take to end once the signal is aborted, milliseconds. */
  readonly graceMs: number;
  readonly signal: AbortSignal;
  /** Called once requests are served. */
  onListening(url: string): Promise<void>;
  /** Called with each answered request, if requests are logged. */
  readonly onRequest?: ((entry: Readonly<Record<string, string | number | undefined>>) => void) | undefined;
  /** Called with internal failures of the service, and their subject. */
  onError(error: unknown, subject: FailureSubject): void;
  /** Receives warnings, failures and requests as lines of JSON, instead of the callbacks. @default {no JSON} */
  readonly writeJson?: ((line: string) => void) | undefined;
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

/** A domain, by its id or its name. */
export type KeystoneDomain = { readonly id: string } | { readonly name: string };

/** Standard error: messages, never data. */
export interface Screen {
  write(text: string): void;
  /** Whether a line can be overwritten. */
  readonly isTerminal: boolean;
  /** Characters per line. */
  readonly columns: number;
}

export interface FileReplacer {
  /** Writes a file so that readers see the old text or the new one, whole. */
  replaceFile(path: string, text: string): Promise<void>;
}

/** The machine as batches need it. */
export interface BatchHost extends FileReplacer {
  readonly fileSystem: Pick<FileSystem, "list" | "status">;
  readonly hooks: HookRunner;
  /** The program that runs this command, and its first arguments. */
  readonly command: readonly string[];
  /** The canonical spelling of a repository's URL or path. @throws UsageError */
  canonicalUrl(url: string): Promise<string>;
}

/** A benchmark, without what the host has: clock, threads and open files. */
export interface BenchmarkRequest
  extends Omit<
      BenchmarkOptions,
      "volume" | "sink" | "runtimeAt" | "createTarget" | "clock" | "processorSeconds"
    >,
    Pick<OpenServiceOptions, "digestEngine" | "repositories"> {
  /** Path or URL, or the shape of a volume to make up. */
  readonly volume: string | VolumeShape;
  /** URL. */
  readonly repository: string;
  /** Directory of a volume that is made up, and of restores. They are removed at the end. */
  readonly scratch: string;
}

/** The machine as benchmarks need it. */
export interface BenchmarkHost extends FileReplacer {
  /** The machine, and what it does already. */
  machine(): Omit<MeasuredMachine, "version">;
  /** Measures; see `runBenchmark`. */
  run(request: BenchmarkRequest): Promise<BenchmarkRow[]>;
}

export interface CatalogCopy {
  /** Path of a file of SQLite, or a URL of PostgreSQL. */
  readonly from: string;
  readonly to: string;
  /** Name of this host in a catalog of several. @default {the system's} */
  readonly hostName?: string | undefined;
}

export interface CommandHost extends SettingsHost {
  /** Version of the program, for `--version`. */
  readonly version: string;
  readonly screen: Screen;
  /** Writes to standard output: data, never messages. Resolves once the text is written or has no reader any more. */
  print(text: string): Promise<void>;
  /** Width of tables on standard output: that of the terminal, or a usual one. */
  readonly tableWidth: number;
  readStandardInput(): Promise<string>;
  /** Standard input as a volume. @throws UsageError for a terminal or a directory */
  openVolumeInput(): Promise<VolumeStream>;
  /** Standard output for a volume's bytes. @throws UsageError for a terminal */
  openVolumeOutput(): Promise<VolumeOutput>;
  /** Calls `tick` at that interval until the returned function is called. Does not keep the process alive. */
  every(intervalMs: number, tick: () => void): () => void;
  /** Calls `listener` instead of the default action of each of these signals, until the returned function is called. */
  onSignal(listener: (signal: StopSignal) => void): () => void;
  /** Ends the process at once. */
  exit(code: number): void;
  /** The codecs of this runtime, for planning memory. */
  loadCodecs(levels: CodecLevels | undefined): Promise<Codecs>;
  openBatchHost(): Promise<BatchHost>;
  openBenchmarkHost(): Promise<BenchmarkHost>;
  copyCatalog(copy: CatalogCopy): Promise<CopiedTable[]>;
  openService(settings: Settings, options: OpenServiceOptions): Promise<Service>;
  /** Opens the repository with that URL, without a service. */
  openSink(repository: string, options: RepositorySettings): Promise<OpenedSink>;
  /** Serves the images of the repository with that URL; resolves when `signal` is aborted and everything is closed. */
  serveImages(repository: string, options: ServeImagesOptions): Promise<void>;
  /** Serves the Block Storage API; resolves when `signal` is aborted, and accepted work is done. */
  serveApi(settings: Settings, options: ServeApiOptions): Promise<void>;
}
