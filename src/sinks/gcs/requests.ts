/** The heads of requests about buckets and objects. */
import type { GcsRequest } from "./connection.js";

/** A bucket and the name of an object in it. */
export interface ObjectLocation {
  readonly container: string;
  readonly name: string;
}

/** The path of a bucket. */
export function bucketPath(container: string): string {
  return `/storage/v1/b/${encodeURIComponent(container)}`;
}

type RequestHead = Pick<GcsRequest, "method" | "what" | "call">;

/** A request about what is named. */
export function request(method: GcsRequest["method"], call: string, what: string): RequestHead {
  return { method, call, what: `${call} ${what}` };
}

/** A request about a bucket. */
export function ofBucket(method: GcsRequest["method"], call: string, container: string): GcsRequest {
  return {
    ...request(method, call, `container ${JSON.stringify(container)}`),
    path: bucketPath(container),
  };
}

/** A request about an object. */
export function ofObject(method: GcsRequest["method"], call: string, location: ObjectLocation): GcsRequest {
  const path = `${bucketPath(location.container)}/o/${encodeURIComponent(location.name)}`;
  return { ...request(method, call, shown(location)), path };
}

/** The object in words, for messages. */
export function shown({ container, name }: ObjectLocation): string {
  return `object ${JSON.stringify(name)} in container ${JSON.stringify(container)}`;
}
