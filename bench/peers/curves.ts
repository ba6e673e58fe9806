/**
 * How Ashlar's time and memory go with what it is given: cores, size, changes, zeros. Each group makes its volumes when
 * it is its turn and removes them, since together they would not stay in the page cache. A contender's name is a line of
 * the plot and a place on its axis, `LINE @ PLACE`.
 */
import { copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { CodecId } from "../../src/codecs/codec.js";
import { GIB, MIB } from "../../src/units.js";
import { change } from "../image/changes.js";
import type { ImagePair } from "../image/pair.js";
import { makeZeroFraction } from "../image/zero-fraction.js";
import { makeVolume } from "../memory/volumes.js";
import { ashlar } from "./ashlar.js";
import { type Contender, fullBackup, incremental, restoreFull } from "./contender.js";
import { LARGE_OBJECT_SIZE } from "./groups.js";
import type { Group } from "./rounds.js";
import type { Tools } from "./tools.js";
import type { Subject, Workbench } from "./workbench.js";

const OBJECT_SIZE: number = 50 * MIB;
const ROUNDS = 3;
const SEPARATOR = " @ ";

export interface CurveOptions {
  readonly bench: Workbench;
  /** Where volumes are made. */
  readonly directory: string;
  readonly pair: ImagePair;
  readonly tools: Tools;
  readonly cores: number;
  readonly isQuick: boolean;
  /** Whether there is time for 64 GiB: the MD5 of their objects alone takes two minutes. */
  readonly isLong: boolean;
}

/** Bytes of the volumes with zeros. */
export function zerosVolumeSize(isQuick: boolean): number {
  return isQuick ? 256 * MIB : GIB;
}

export function lineAndPlace(name: string): { line: string; place: string } {
  const [line, place] = name.split(SEPARATOR);
  return { line: line!, place: place ?? "" };
}

export class Curves {
  readonly #options: CurveOptions;

  constructor(options: CurveOptions) {
    this.#options = options;
  }

  all(): Group[] {
    const { tools, cores } = this.#options;
    const scaling = tools.taskset !== undefined && cores > 1 ? [this.#cores()] : [];
    return [this.#zeros(), ...scaling, this.#changes(), this.#sizes()];
  }

  /** Nothing has changed, so that digests and reading are all there is to do; `start` is a volume of one block. */
  #zeros(): Group {
    const { bench, directory, isQuick } = this.#options;
    const size = zerosVolumeSize(isQuick);
    const percents = isQuick ? [0, 90] : [0, 50, 90, 100];
    const made = new Made();
    const contenders = async () => {
      const list: Contender[] = [];
      for (const place of ["start", ...percents.map((percent) => `${percent} %`)]) {
        const image = join(directory, `zeros-${list.length}.raw`);
        const options = {
          size: place === "start" ? 32768 : size,
          zeroPercent: Number.parseInt(place, 10) || 0,
        };
        await makeZeroFraction(image, options);
        for (const digestEngine of ["wasm", "native"] as const) {
          const peer = ashlar(`zeros ${place}`, { codec: "none", objectSize: OBJECT_SIZE, digestEngine });
          const subject = made.add(await bench.subject(peer, image), image);
          list.push(incremental(subject, { bench, image, name: `${digestEngine}${SEPARATOR}${place}` }));
        }
      }
      return list;
    };
    return {
      id: "zeros",
      contenders,
      roundsMax: ROUNDS,
      end: () => made.end(),
    };
  }

  #cores(): Group {
    const { bench, pair, isQuick } = this.#options;
    const image = pair.original;
    const contenders = async () => {
      const list: Contender[] = [];
      for (const cores of [1, 2]) {
        const before = ["taskset", "-c", cores === 1 ? "0" : "0,1"];
        const subject = (codec: CodecId) =>
          bench.subject(ashlar(`ashlar ${codec}`, { codec, objectSize: OBJECT_SIZE, before }), image);
        const at = (line: string) => ({ bench, name: `${line}${SEPARATOR}${cores}` });
        for (const codec of isQuick ? (["zstd"] as const) : (["zlib", "zstd", "none"] as const)) {
          list.push(fullBackup(await subject(codec), at(`full, ${codec}`)));
        }
        list.push(incremental(await subject("zstd"), { ...at("unchanged"), image }));
        list.push(restoreFull(await subject("zstd"), at("restore, zstd")));
      }
      return list;
    };
    return { id: "cores", contenders, roundsMax: ROUNDS, end: async () => {} };
  }

  #changes(): Group {
    const { bench, directory, pair, isQuick } = this.#options;
    const made = new Made();
    const contenders = async () => {
      const list: Contender[] = [];
      for (const percent of isQuick ? [0, 10] : [0, 1, 10, 50]) {
        const image = join(directory, `changes-${percent}.raw`);
        await copyFile(pair.original, image);
        made.images.add(image);
        await change(image, { seed: 200 + percent, percent });
        for (const codec of ["zstd", "none"] as const) {
          const peer = ashlar(`ashlar ${codec}`, { codec, objectSize: OBJECT_SIZE });
          const subject = await bench.subject(peer, pair.original);
          list.push(incremental(subject, { bench, image, name: `${codec}${SEPARATOR}${percent} %` }));
        }
      }
      return list;
    };
    return { id: "changes", contenders, roundsMax: ROUNDS, end: () => made.end() };
  }

  /** zlib and the default size of objects. Volumes are empty but for 16 MiB at both ends. */
  #sizes(): Group {
    const { bench, directory, isQuick, isLong } = this.#options;
    const made = new Made();
    const sizes = [1, 4, ...(isQuick ? [] : [16]), ...(isLong ? [64] : [])];
    const contenders = async () => {
      const list: Contender[] = [];
      for (const gibibytes of sizes) {
        const image = join(directory, `size-${gibibytes}.raw`);
        await makeVolume(image, gibibytes * GIB, 32 * MIB);
        const peer = ashlar(`size ${gibibytes}`, { codec: "zlib", objectSize: LARGE_OBJECT_SIZE });
        const subject = made.add(await bench.subject(peer, image), image);
        const at = (line: string) => ({ bench, isCold: true, name: `${line}${SEPARATOR}${gibibytes} GiB` });
        list.push(fullBackup(subject, at("full")), incremental(subject, { ...at("unchanged"), image }));
      }
      return list;
    };
    return { id: "sizes", contenders, roundsMax: 1, end: () => made.end() };
  }
}

/** What a group has made on disk. */
class Made {
  readonly images: Set<string> = new Set();
  readonly #subjects: Subject[] = [];

  add(subject: Subject, image: string): Subject {
    this.images.add(image);
    this.#subjects.push(subject);
    return subject;
  }

  async end(): Promise<void> {
    for (const { site } of this.#subjects) await site.remove();
    for (const image of this.images) await rm(image, { force: true });
  }
}
