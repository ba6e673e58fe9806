/** Links to a record, and to the next page of a list. */
import type { Call } from "../call.js";

export interface Link {
  readonly rel: string;
  readonly href: string;
}

/** @param collection as it stands in the path */
export function linksTo(
  { base, projectPath }: Pick<Call, "base" | "projectPath">,
  collection: string,
  id: string,
): readonly Link[] {
  return [
    { rel: "self", href: `${base}/v3${projectPath}/${collection}/${id}` },
    { rel: "bookmark", href: `${base}${projectPath}/${collection}/${id}` },
  ];
}

/** `undefined` where there can be no next page. */
export function nextLink(
  { base, projectPath, url, identity }: Call,
  collection: string,
  items: readonly { readonly id: string }[],
): readonly Link[] | undefined {
  const limit = Number(url.searchParams.get("limit") ?? identity.listLimit);
  const last = items.at(-1);
  if (last === undefined || limit === 0 || items.length < limit) return undefined;
  const query = new URLSearchParams(url.searchParams);
  query.delete("offset");
  query.set("marker", last.id);
  return [{ rel: "next", href: `${base}/v3${projectPath}/${collection}?${query}` }];
}
