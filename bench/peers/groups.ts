/** The operations of the table, each with everybody who can do it. */
import type { CodecId } from "../../src/codecs/codec.js";
import { KIB, MIB } from "../../src/units.js";
import type { ImagePair } from "../image/pair.js";
import { makeTwice, TWICE } from "../image/twice.js";
import { ashlar } from "./ashlar.js";
import { borg } from "./borg.js";
import { casync } from "./casync.js";
import { cinder } from "./cinder.js";
import { type Contender, floor, fullBackup, incremental, restoreChain, restoreFull } from "./contender.js";
import { floors } from "./floors.js";
import type { Peer } from "./peer.js";
import { restic } from "./restic.js";
import type { Group } from "./rounds.js";
import type { Tools } from "./tools.js";
import type { Subject, Workbench } from "./workbench.js";

/** Objects of the reference system's drivers for object stores, and for file systems: its defaults. */
const OBJECT_SIZE: number = 50 * MIB;
export const LARGE_OBJECT_SIZE = 1_999_994_880;

/** By its contents; in blocks of our size; and in the blocks with which it reads an unchanged volume fastest. */
const BORG_CHUNKERS: readonly (readonly [name: string, chunker?: string])[] = [
  ["borg"],
  ["borg fixed", "fixed,32768"],
  ["borg fixed 4 MiB", "fixed,4194304"],
];

interface Sizes {
  readonly objectSize: number;
  readonly volumeSize: number;
}

export interface GroupOptions {
  readonly bench: Workbench;
  readonly pair: ImagePair;
  readonly tools: Tools;
  readonly cores: number;
  readonly isQuick: boolean;
}

export class Groups {
  readonly #options: GroupOptions;
  readonly #floors: ReturnType<typeof floors>;

  constructor(options: GroupOptions) {
    this.#options = options;
    this.#floors = floors(options.cores);
  }

  all(): Group[] {
    const slow = this.#options.isQuick ? [] : [this.#fullBz2(), this.#chain(), this.#largeObjects()];
    return [
      this.#fullZlib(),
      this.#fullZstd(),
      this.#fullNone(),
      this.#unchanged(),
      this.#changed(),
      this.#restore(),
      ...slow,
    ];
  }

  #fullZlib(): Group {
    const contenders = async () => [
      ...(await this.#each(this.#pairOf("zlib"), fullBackup)),
      ...(await this.#floor("pigz", "libdeflate", "igzip", "qemuZlib")),
    ];
    return { id: "full-zlib", contenders };
  }

  #fullZstd(): Group {
    const contenders = async () => [
      ...(await this.#each([...this.#pairOf("zstd"), ...this.#others()], fullBackup)),
      ...(await this.#floor("zstd", "qemuZstd")),
    ];
    return { id: "full-zstd", contenders };
  }

  #fullNone(): Group {
    const contenders = async () => [
      ...(await this.#each(this.#pairOf("none"), fullBackup)),
      ...(await this.#floor("copy", "synced")),
    ];
    return { id: "full-none", contenders };
  }

  #fullBz2(): Group {
    const contenders = () => this.#each(this.#pairOf("bz2"), fullBackup);
    return { id: "full-bz2", contenders };
  }

  #unchanged(): Group {
    const image = this.#options.pair.original;
    const contenders = async () => [
      ...(await this.#each([...this.#pairOf("zlib"), ...this.#others()], (subject, place) =>
        incremental(subject, { ...place, image }),
      )),
      ...(await this.#floor("sha256", "read")),
    ];
    return { id: "unchanged", contenders };
  }

  #changed(): Group {
    const image = this.#options.pair.changed;
    const peers = [...this.#pairOf("zlib"), ...this.#pairOf("zstd"), ...this.#others()];
    const contenders = () => this.#each(peers, (subject, place) => incremental(subject, { ...place, image }));
    return { id: "changed", contenders };
  }

  #restore(): Group {
    const codecs = ["zlib", "zstd", "none"] as const;
    const peers = [...codecs.flatMap((codec) => this.#pairOf(codec)), ...this.#others()];
    const contenders = async () => [
      ...(await this.#each(peers, restoreFull)),
      ...(await this.#floor("copy", "synced")),
    ];
    return { id: "restore", contenders };
  }

  #chain(): Group {
    const contenders = () => this.#each(this.#pairOf("zlib"), restoreChain);
    return { id: "chain", contenders };
  }

  /** For memory: once, of a volume that has a whole one. */
  #largeObjects(): Group {
    const { pair } = this.#options;
    const peers = (["zlib", "zstd"] as const).flatMap((codec) =>
      this.#pairOf(codec, { objectSize: LARGE_OBJECT_SIZE, volumeSize: TWICE * pair.size }),
    );
    const contenders = async () => {
      const image = await makeTwice(pair.original);
      const backup = (subject: Subject, place: { bench: Workbench }) =>
        fullBackup(subject, { ...place, name: `${subject.peer.name}, backup` });
      const restore = (subject: Subject, place: { bench: Workbench }) =>
        restoreFull(subject, { ...place, name: `${subject.peer.name}, restore` });
      return [...(await this.#each(peers, backup, image)), ...(await this.#each(peers, restore, image))];
    };
    return { id: "large-objects", contenders, roundsMax: 1 };
  }

  /** Ours, and Cinder's where it is installed. */
  #pairOf(
    codec: CodecId,
    { objectSize = OBJECT_SIZE, volumeSize = this.#options.pair.size }: Partial<Sizes> = {},
  ): Peer[] {
    const { tools } = this.#options;
    const suffix = objectSize === OBJECT_SIZE ? codec : `${codec} 1.86 GiB`;
    const ours = ashlar(`ashlar ${suffix}`, { codec, objectSize });
    if (tools.cinder === undefined) return [ours];
    return [ours, cinder(`cinder ${suffix}`, { codec, objectSize, volumeSize })];
  }

  #others(): Peer[] {
    const { tools } = this.#options;
    return [
      ...(tools.restic === undefined ? [] : [restic()]),
      ...(tools.borg === undefined ? [] : BORG_CHUNKERS.map(([name, chunker]) => borg(name, chunker))),
      ...(tools.casync === undefined ? [] : [casync("casync"), casync("casync fixed", 64 * KIB)]),
    ];
  }

  async #each(
    peers: readonly Peer[],
    operation: (subject: Subject, place: { bench: Workbench }) => Contender,
    image: string = this.#options.pair.original,
  ): Promise<Contender[]> {
    const { bench } = this.#options;
    const subjects = await Promise.all(peers.map((peer) => bench.subject(peer, image)));
    return subjects.map((subject) => operation(subject, { bench }));
  }

  async #floor(...names: (keyof ReturnType<typeof floors>)[]): Promise<Contender[]> {
    const { bench, pair, tools } = this.#options;
    const site = await bench.site("floors", { leavesFiles: true });
    return names
      .map((name) => this.#floors[name])
      .filter(({ tool }) => tools[tool] !== undefined)
      .map((each) => floor(each, { site, image: pair.original }));
  }
}
