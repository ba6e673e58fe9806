/**
 * Sources in a catalog of several hosts: a path is one host's, so it is stored as `HOST:/PATH`. The host itself sees the
 * path alone; the others see whose it is, and cannot open it. URLs of servers, and images in a Ceph cluster, mean the same on every host.
 */
import { type ColumnType, text } from "./column.js";

/** Absolute paths, images in files, and sockets of one host. */
const LOCAL = /^\/|^qcow2:|^[a-z]+\+unix:/;
const OF_HOST = /^(?!qcow2:)([^/:]+):(?=\/(?!\/)|qcow2:|[a-z]+\+unix:)/;

/** @param host of this process; `undefined` in a catalog of one host, where paths are stored as they are */
export function source(host: string | undefined): ColumnType<string> {
  if (host === undefined) return text();
  const prefix = `${host}:`;
  return {
    toSql: (value) => (LOCAL.test(value) ? prefix + value : value),
    fromSql(value) {
      const stored = value as string;
      return hostOfSource(stored) === host ? stored.slice(prefix.length) : stored;
    },
  };
}

/** Whether the source means something on one host only. */
export function isLocal(source: string): boolean {
  return LOCAL.test(source);
}

/** The host whose path the source is, if that is not this one. */
export function hostOfSource(source: string): string | undefined {
  return OF_HOST.exec(source)?.[1];
}
