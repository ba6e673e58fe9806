/** A program that keeps backups of a volume: ours, and those that one would otherwise take. */
import type { Command } from "./command.js";
import type { Site } from "./site.js";

export interface BackupOptions {
  /** By which a restore finds it; each name once in a repository. */
  readonly name: string;
  /** The backup that it may build upon; a full backup without it. */
  readonly parent?: string;
}

/**
 * Commands, each whole: what they do is all that the peer needs for the job, and they work upon a site of its own.
 * `initialise` is never measured. A peer that compares by time and size of a file is told to read all of it.
 */
export interface Peer {
  /** Unique among all: the tool and what sets it apart. */
  readonly name: string;
  /** Whether a file of its repository is never written again once it is there. */
  readonly leavesFiles: boolean;
  initialise(site: Site): readonly Command[];
  backup(site: Site, options: BackupOptions): Command;
  /** Into the site's target, which is an empty directory. */
  restore(site: Site, name: string): Command;
  /** Where `restore` leaves what it wrote to the page cache: the same, and the file synced. */
  restoreSynced?(site: Site, name: string): Command;
  /** Path at which the restored volume is. */
  restored(site: Site): string;
}
