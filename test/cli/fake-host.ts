/** A host that keeps what it is told, and a service that records what it is asked. */
import type { BenchmarkOperation, BenchmarkRow, TrialSettings } from "../../src/benchmark/trial.js";
import type { CopiedTable } from "../../src/catalog/copy.js";
import type {
  BatchHost,
  BenchmarkHost,
  BenchmarkRequest,
  CommandHost,
  OpenServiceOptions,
  ServeApiOptions,
  ServeImagesOptions,
  StopSignal,
} from "../../src/cli/host.js";
import { runCommand } from "../../src/cli/run.js";
import type { Codecs } from "../../src/codecs/codec.js";
import { zlibCodec } from "../../src/codecs/zlib/codec.js";
import { planImageMemory } from "../../src/image/image-memory-plan.js";
import type { Service } from "../../src/service/service.js";
import type { Settings } from "../../src/service/settings.js";
import type { OpenedSink } from "../../src/sinks/definition.js";
import { MemorySink } from "../../src/sinks/memory/sink.js";
import { streamSource } from "../../src/sources/stream.js";
import type { VolumeOutput, VolumeStream } from "../../src/sources/volume.js";

export class FakeHost implements CommandHost {
  version = "1.2.3";
  environment: Record<string, string | undefined> = {};
  homeDirectory = "/home/mason";
  timeMs = 0;
  readonly clock = { now: (): Date => new Date(this.timeMs), monotonicMs: (): number => this.timeMs };
  readonly screen = {
    isTerminal: false,
    columns: 100,
    write: (text: string): void => {
      this.talk += text;
    },
  };
  tableWidth = 300;
  /** What was written to standard output and standard error. */
  data = "";
  talk = "";
  files = new Map<string, string>();
  standardInput = "";
  service: Service;
  /** The repository without a service. */
  readonly sink = new MemorySink({ naming: "flat" });
  /** What the service was opened with; `undefined` when it was not. */
  opened: ({ settings: Settings } & OpenServiceOptions) | undefined;
  /** What the API was served with; `undefined` when it was not. */
  servedApi: ServeApiOptions | undefined;
  /** What images were served with; `undefined` when they were not. */
  served: ({ repository: string } & ServeImagesOptions) | undefined;
  /** What a benchmark was started with; `undefined` when none was. */
  benchmark: BenchmarkRequest | undefined;
  exitCode: number | undefined;
  timers: { intervalMs: number; tick: () => void }[] = [];
  signalListeners: ((signal: StopSignal) => void)[] = [];

  constructor(service: Service) {
    this.service = service;
  }

  async print(text: string): Promise<void> {
    this.data += text;
  }

  async readTextFile(path: string): Promise<string> {
    const content = this.files.get(path);
    if (content === undefined) throw new Error(`ENOENT: no such file or directory, open '${path}'`);
    return content;
  }

  async readStandardInput(): Promise<string> {
    return this.standardInput;
  }

  async openVolumeInput(): Promise<VolumeStream> {
    return streamSource(new Blob([this.standardInput]).stream());
  }

  async openVolumeOutput(): Promise<VolumeOutput> {
    return { write: async () => undefined, finish: async () => undefined };
  }

  /** A working directory of `/here`; paths in these tests have no dots to resolve. */
  resolvePath(path: string): string {
    const absolute = path.startsWith("/") ? path : `/here/${path}`;
    return absolute.replace(/\/+$/, "");
  }

  fileUrl(path: string): string {
    return `file://${encodeURI(this.resolvePath(path))}`;
  }

  every(intervalMs: number, tick: () => void): () => void {
    const timer = { intervalMs, tick };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((each) => each !== timer);
    };
  }

  onSignal(listener: (signal: StopSignal) => void): () => void {
    this.signalListeners.push(listener);
    return () => {
      this.signalListeners = this.signalListeners.filter((each) => each !== listener);
    };
  }

  async openBatchHost(): Promise<BatchHost> {
    throw new Error("no batches are run here");
  }

  async openBenchmarkHost(): Promise<BenchmarkHost> {
    const machine = { runtime: "Node v20", processor: "abacus", cores: 2, memory: 2 ** 30, load: 0 };
    return {
      machine: () => machine,
      run: async (request) => {
        this.benchmark = request;
        return request.trials.flatMap((trial, index) =>
          request.operations.map((operation) => measuredRow(trial, operation, index)),
        );
      },
      replaceFile: async (path, text) => void this.files.set(path, text),
    };
  }

  async copyCatalog(): Promise<CopiedTable[]> {
    throw new Error("no catalogs are copied here");
  }

  exit(code: number): void {
    this.exitCode = code;
  }

  async loadCodecs(): Promise<Codecs> {
    return new Map([["zlib", zlibCodec()]]);
  }

  async openService(settings: Settings, options: OpenServiceOptions): Promise<Service> {
    this.opened = { settings, ...options };
    return this.service;
  }

  async openSink(_repository: string): Promise<OpenedSink> {
    return { sink: this.sink, close: async () => undefined };
  }

  async serveApi(_settings: Settings, options: ServeApiOptions): Promise<void> {
    this.servedApi = options;
  }

  async serveImages(repository: string, options: ServeImagesOptions): Promise<void> {
    this.served = { repository, ...options };
    await options.onListening("http://127.0.0.1:8459", planImageMemory());
  }

  send(signal: StopSignal): void {
    for (const listener of this.signalListeners) listener(signal);
  }

  /** Lets `ms` pass; every timer that was due in it ticks, each at its time. */
  advance(ms: number): void {
    const endMs = this.timeMs + ms;
    while (this.timeMs < endMs) {
      this.timeMs++;
      for (const { intervalMs, tick } of this.timers) if (this.timeMs % intervalMs === 0) tick();
    }
  }

  async run(...args: string[]): Promise<number> {
    return await runCommand(args, this);
  }
}

/** Each next trial is a second faster, and stores a tenth more. */
function measuredRow(trial: TrialSettings, operation: BenchmarkOperation, index: number): BenchmarkRow {
  return {
    ...{
      ...trial,
      operation,
      volumeSize: 2 ** 30,
      seconds: 9 - index,
      secondsRange: [8 - index, 10 - index],
    },
    ...{ processorSeconds: 5, memory: 2 ** 27, storedSize: 2 ** 29 * 1.1 ** index },
    limit: { stage: "compress", share: 0.75 },
  };
}
