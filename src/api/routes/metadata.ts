/** User metadata of volumes and of snapshots, whole and key by key. */
import type { UserMetadata } from "../../catalog/column.js";
import { accepted, type Call, json } from "../call.js";
import { badRequest, Fault } from "../faults.js";
import { check } from "../schemas/check.js";
import { metaBody, metadataBody } from "../schemas/snapshots.js";
import { get, post, put, type Route, remove } from "./router.js";

/** Where the metadata of a kind of record is. */
export interface MetadataOwner {
  /** Of the record's path. */
  readonly path: string;
  /** In messages. */
  readonly noun: string;
  /** What users may set. */
  read(call: Call): Promise<UserMetadata>;
  write(call: Call, metadata: UserMetadata): Promise<UserMetadata>;
}

export function metadataRoutes({ path, noun, read, write }: MetadataOwner): readonly Route[] {
  const one = `${path}/metadata/:key`;
  const requireKey = (call: Call, metadata: UserMetadata): string => {
    const { id, key } = call.params;
    if (Object.hasOwn(metadata, key!)) return key!;
    throw new Fault(404, `${noun} ${id} has no metadata with key ${key}.`);
  };
  return [
    get(`${path}/metadata`, async (call) => json({ metadata: await read(call) })),
    post(
      `${path}/metadata`,
      async (call) => {
        const { metadata } = check(metadataBody, call.body);
        const all = await write(call, { ...(await read(call)), ...metadata });
        return json({ metadata: all });
      },
      () => metadataBody,
    ),
    put(
      `${path}/metadata`,
      async (call) => {
        const { metadata } = check(metadataBody, call.body);
        return json({ metadata: await write(call, metadata) });
      },
      () => metadataBody,
    ),
    get(one, async (call) => {
      const metadata = await read(call);
      const key = requireKey(call, metadata);
      return json({ meta: { [key]: metadata[key] } });
    }),
    put(
      one,
      async (call) => {
        const { meta } = check(metaBody, call.body);
        const key = call.params.key!;
        if (!Object.hasOwn(meta, key)) throw badRequest("Request body and URI mismatch");
        if (Object.keys(meta).length > 1) throw badRequest("Request body contains too many items");
        await write(call, { ...(await read(call)), ...meta });
        return json({ meta });
      },
      () => metaBody,
    ),
    remove(one, async (call) => {
      const metadata = await read(call);
      const key = requireKey(call, metadata);
      await write(call, Object.fromEntries(Object.entries(metadata).filter(([each]) => each !== key)));
      return accepted(200);
    }),
  ];
}
