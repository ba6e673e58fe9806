/** Bodies compared with their schemas; what does not fit is refused in the reference system's words. */
import * as v from "valibot";
import { badRequest, type Fault } from "../faults.js";
import { repr, str } from "../python-text.js";

type Schema<T> = v.GenericSchema<unknown, T>;

/** @throws Fault 400 naming the field, its value, and what is wanted */
export function check<T>(schema: Schema<T>, body: unknown): T {
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw badRequest(`${repr(body)} is not of type 'object'`);
  const result = v.safeParse(schema, body, { abortEarly: true });
  if (result.success) return result.output;
  throw faultOfIssue(result.issues[0] as v.BaseIssue<unknown>, body);
}

function faultOfIssue(issue: v.BaseIssue<unknown>, body: unknown): Fault {
  const path = issue.path ?? [];
  const key = path.at(-1)?.key;
  const parent = path.at(-2);
  const isOfObject = /object$/.test(issue.type) && issue.kind === "schema" && key !== undefined;
  const owner = { field: parent?.key ?? "", value: path.length > 1 ? parent?.value : body };
  if (isOfObject && issue.expected === "never")
    return fault(owner, `Additional properties are not allowed (${repr(key)} was unexpected)`);
  if (isOfObject && issue.received === "undefined" && issue.expected !== "Object")
    return fault(owner, `${repr(key)} is a required property`);
  const reason = isOfObject ? `${repr(issue.input)} is not of type 'object'` : issue.message;
  return fault({ field: key ?? "", value: issue.input }, reason);
}

interface Place {
  readonly field: unknown;
  readonly value: unknown;
}

function fault({ field, value }: Place, reason: string): Fault {
  if (field === "")
    return badRequest(`Invalid input for field/attribute None. Value: ${str(value)}. ${reason}`);
  return badRequest(`Invalid input for field/attribute ${str(field)}. Value: ${str(value)}. ${reason}`);
}
