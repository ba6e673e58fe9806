/** Bodies of requests: JSON, and no longer than is allowed. */
import { badRequest, Fault } from "./faults.js";

/** `osapi_max_request_body_size`. */
const BODY_SIZE_MAX = 114_688;

const MALFORMED = "Malformed request body";

/** @throws Fault 413 for one that is longer, 400 for one that is no JSON */
export async function readBody(request: Request): Promise<unknown> {
  const text = await readText(request);
  if (text.trim() === "") throw badRequest(MALFORMED);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw badRequest(MALFORMED);
  }
}

async function readText(request: Request): Promise<string> {
  const tooLong = new Fault(413, "Request is too large.");
  if (Number(request.headers.get("Content-Length") ?? 0) > BODY_SIZE_MAX) throw tooLong;
  const reader = request.body?.getReader();
  if (reader === undefined) return "";
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let size = 0;
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      size += next.value.length;
      if (size > BODY_SIZE_MAX) throw tooLong;
      text += decoder.decode(next.value, { stream: true });
    }
    return text + decoder.decode();
  } catch (error) {
    if (error instanceof TypeError) throw badRequest(MALFORMED);
    throw error;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
