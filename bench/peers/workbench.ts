/**
 * Subjects and the states that operations begin from. A state is made once, outside of what is measured, and brought
 * back before every round:
 *
 *     empty   an initialised repository
 *     full    one full backup of the subject's image
 *     chain   that, and seven incrementals of 1 % each
 */
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { change } from "../image/changes.js";
import { run } from "./command.js";
import type { Peer } from "./peer.js";
import { Site } from "./site.js";

export const CHAIN_LENGTH = 8;

export interface Subject {
  readonly peer: Peer;
  readonly site: Site;
  /** Path of the image of its full backup. */
  readonly image: string;
}

export class Workbench {
  readonly #directory: string;
  readonly #sites: Map<string, Site> = new Map();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The subject of this peer; several peers can work upon the place of one. */
  async subject(peer: Peer, image: string, place: string = peer.name): Promise<Subject> {
    return { peer, site: await this.site(place, peer), image };
  }

  async site(place: string, options: { readonly leavesFiles: boolean }): Promise<Site> {
    const directory = join(this.#directory, place.replaceAll(/[^a-z0-9.]+/gi, "-"));
    const site = this.#sites.get(place) ?? new Site(directory, options);
    this.#sites.set(place, site);
    await mkdir(directory, { recursive: true });
    return site;
  }

  async begin(subject: Subject, state: "empty" | "full" | "chain"): Promise<void> {
    if (!subject.site.has(state)) await MAKERS[state](this, subject);
    await subject.site.load(state);
  }
}

/** The image that the last backup of a chain is of. */
export function chainImage({ site }: Subject): string {
  return join(site.directory, "chain.raw");
}

const MAKERS = {
  empty: async (_bench: Workbench, { peer, site, image }: Subject) => {
    await site.clear();
    await site.mount(image);
    for (const command of peer.initialise(site)) await run(command);
    await site.save("empty");
  },
  full: async (bench: Workbench, subject: Subject) => {
    const { peer, site, image } = subject;
    await bench.begin(subject, "empty");
    await site.mount(image);
    await run(peer.backup(site, { name: "full" }));
    await site.save("full");
  },
  chain: async (bench: Workbench, subject: Subject) => {
    const { peer, site, image } = subject;
    await bench.begin(subject, "full");
    await site.mountCopy(image);
    let parent = "full";
    for (let link = 1; link < CHAIN_LENGTH; link++) {
      await change(site.volume, { seed: 100 + link, percent: 1 });
      await run(peer.backup(site, { name: `link${link}`, parent }));
      parent = `link${link}`;
    }
    await rename(site.volume, chainImage(subject));
    await site.save("chain");
  },
};
