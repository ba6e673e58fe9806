/** Messages of requests that were accepted and failed later. */
import type { MessageRow } from "../../catalog/messages.js";
import { accepted, type Call, json, since } from "../call.js";
import { publicText } from "../faults.js";
import { moment } from "../views/dates.js";
import { linksTo } from "../views/links.js";
import { get, type Route, remove } from "./router.js";

const SINCE = 3;

function view(call: Call, message: MessageRow): object {
  const { id, resourceType, actionId, detailId } = message;
  return {
    id,
    event_id: `VOLUME_${resourceType}_${actionId}_${detailId}`,
    user_message: publicText(message.text),
    message_level: "ERROR",
    created_at: moment(message.createdAt),
    guaranteed_until: moment(message.expiresAt),
    request_id: message.requestId,
    links: linksTo(call, "messages", id),
    resource_type: resourceType,
    resource_uuid: message.resourceId,
  };
}

/** Filters by what is recorded, as `resource_filters` has them. */
function matches(call: Call, message: MessageRow): boolean {
  const wanted: readonly (readonly [string | null, string])[] = [
    [call.url.searchParams.get("resource_uuid"), message.resourceId],
    [call.url.searchParams.get("resource_type"), message.resourceType],
    [call.url.searchParams.get("request_id"), message.requestId],
  ];
  return wanted.every(([text, value]) => text === null || text === value);
}

export const MESSAGE_ROUTES: readonly Route[] = [
  get(
    "/messages",
    since(SINCE, async (call) => {
      const messages = (await call.storage.listMessages()).filter((message) => matches(call, message));
      return json({ messages: messages.map((message) => view(call, message)) });
    }),
  ),
  get(
    "/messages/:id",
    since(SINCE, async (call) =>
      json({ message: view(call, await call.storage.findMessage(call.params.id!)) }),
    ),
  ),
  remove(
    "/messages/:id",
    since(SINCE, async (call) => {
      await call.storage.deleteMessage(call.params.id!);
      return accepted(204);
    }),
  ),
];
