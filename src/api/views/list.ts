/** One page of a list. */
import type { Listing } from "../../service/block-storage/block-storage.js";
import type { Call } from "../call.js";
import { nextLink } from "./links.js";

interface ListShape<T> {
  /** The member's name, and the first part of the path. */
  readonly collection: string;
  readonly isDetailed: boolean;
  readonly idOf: (item: T) => string;
  readonly view: (item: T) => object;
}

export function listView<T>(call: Call, { items, count }: Listing<T>, shape: ListShape<T>): object {
  const { collection, isDetailed, idOf, view } = shape;
  const path = isDetailed ? `${collection}/detail` : collection;
  const links = nextLink(
    call,
    path,
    items.map((item) => ({ id: idOf(item) })),
  );
  return {
    [collection]: items.map(view),
    ...(links !== undefined && { [`${collection}_links`]: links }),
    ...(count !== undefined && { count }),
  };
}
