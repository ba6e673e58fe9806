/** The two lists of a collection: a short one, and one with details. */
import type { Listing } from "../../service/block-storage/block-storage.js";
import { type Call, json } from "../call.js";
import { type ListDescription, type ListRequest, listRequest } from "../query.js";
import { listView } from "../views/list.js";
import { get, type Route } from "./router.js";

export interface Collection<R, T> {
  /** The member's name, and the first part of the path. */
  readonly name: string;
  readonly description: ListDescription<R>;
  find(call: Call, wanted: ListRequest<R>): Promise<Listing<T>>;
  idOf(item: T): string;
  readonly summary: (call: Call, item: T) => object;
  readonly detail: (call: Call, item: T) => object;
}

export function listRoutes<R, T>(collection: Collection<R, T>): readonly Route[] {
  const { name } = collection;
  return [
    get(`/${name}`, (call) => list(call, collection, false)),
    get(`/${name}/detail`, (call) => list(call, collection, true)),
  ];
}

async function list<R, T>(
  call: Call,
  { name, description, find, idOf, summary, detail }: Collection<R, T>,
  isDetailed: boolean,
): Promise<Response> {
  const wanted = listRequest(call, description);
  const found: Listing<T> = wanted.isEmpty
    ? { items: [], count: wanted.isCounted ? 0 : undefined }
    : await find(call, wanted);
  const view = isDetailed ? detail : summary;
  const shape = { collection: name, isDetailed, idOf };
  return json(listView(call, found, { ...shape, view: (item) => view(call, item) }));
}
