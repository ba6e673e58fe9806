/** What takes part in a round: a command, what has to be as it needs it before, and what is looked at afterwards. */
import { type Command, run } from "./command.js";
import type { Floor } from "./floors.js";
import type { Site } from "./site.js";
import { CHAIN_LENGTH, chainImage, type Subject, type Workbench } from "./workbench.js";

/** Bytes that a contender's operation has stored. */
export type Figures = Readonly<Partial<Record<"repository" | "growth", number>>>;

export interface Contender {
  /** Unique in its group. */
  readonly name: string;
  /** Makes its state and warms the page cache; not measured. */
  readonly prepare: () => Promise<void>;
  readonly command: () => Command;
  /**
   * After a measured run, of which the first is checked.
   * @param messages what it has printed on standard error
   * @throws Error when the outcome is not what it should be
   */
  readonly finish: (isFirst: boolean, messages: string) => Promise<Figures>;
}

interface Place {
  readonly bench: Workbench;
  /** @default the peer's */
  readonly name?: string;
  /** Whether the volume is not read before: one of holes needs no disk, and would take as long as its backup. */
  readonly isCold?: boolean;
}

export function fullBackup(subject: Subject, { bench, name, isCold }: Place): Contender {
  const { peer, site, image } = subject;
  return {
    name: name ?? peer.name,
    prepare: async () => {
      await bench.begin(subject, "empty");
      await site.mount(image);
      if (isCold !== true) await warm(image);
    },
    command: () => peer.backup(site, { name: "full" }),
    finish: async (isFirst) => {
      if (!isFirst) return {};
      if (!site.has("full")) await site.save("full");
      return { repository: await site.repositorySize() };
    },
  };
}

/** `image` is what the volume has become. */
export function incremental(subject: Subject, place: Place & { readonly image: string }): Contender {
  const { peer, site } = subject;
  const { bench, name, isCold, image } = place;
  let before = 0;
  return {
    name: name ?? peer.name,
    prepare: async () => {
      await bench.begin(subject, "full");
      await site.mount(image);
      if (isCold !== true) await warm(image);
      before = await site.repositorySize();
    },
    command: () => peer.backup(site, { name: "next", parent: "full" }),
    finish: async (isFirst) => (isFirst ? { growth: (await site.repositorySize()) - before } : {}),
  };
}

export function restoreFull(subject: Subject, { bench, name }: Place): Contender {
  return restoring(subject, { bench, name: name ?? subject.peer.name, state: "full", backup: "full" });
}

export function restoreChain(subject: Subject, { bench, name }: Place): Contender {
  const backup = `link${CHAIN_LENGTH - 1}`;
  return restoring(subject, { bench, name: name ?? subject.peer.name, state: "chain", backup });
}

interface Restoring {
  readonly bench: Workbench;
  readonly name: string;
  readonly state: "full" | "chain";
  readonly backup: string;
}

/** What the first round has restored is compared with the image, byte by byte. */
function restoring(subject: Subject, { bench, name, state, backup }: Restoring): Contender {
  const { peer, site, image } = subject;
  return {
    name,
    prepare: async () => {
      await bench.begin(subject, state);
      await site.emptyTarget();
      await run({
        argv: ["find", site.repository, "-type", "f", "-exec", "cat", "{}", "+"],
        output: "/dev/null",
      });
    },
    command: () => peer.restore(site, backup),
    finish: async (isFirst) => {
      const wanted = state === "chain" ? chainImage(subject) : image;
      if (isFirst) await run({ argv: ["cmp", peer.restored(site), wanted] });
      await site.emptyTarget();
      return {};
    },
  };
}

export function floor({ name, command }: Floor, { site, image }: { site: Site; image: string }): Contender {
  return {
    name,
    prepare: async () => {
      await site.mount(image);
      await site.emptyTarget();
      await warm(image);
    },
    command: () => command(site),
    finish: async () => {
      await site.emptyTarget();
      return {};
    },
  };
}

/** Reads it once, so that no contender is the one who brings it in from the disk. */
async function warm(image: string): Promise<void> {
  await run({ argv: ["cat", image], output: "/dev/null" });
}
