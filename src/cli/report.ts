/** Reports of errors, on standard error whatever the output format is. */
import { isAshlarError } from "../errors.js";
import { escapeControls } from "./output/text.js";

export interface ReportOptions {
  /** Whether to add the stack trace. */
  readonly withStack: boolean;
}

/** Lines for `error`: one for each of several errors, and one for each cause that its message does not contain. */
export function reportError(error: unknown, { withStack }: ReportOptions): string {
  if (error instanceof AggregateError) {
    return error.errors.map((each) => reportError(each, { withStack })).join("");
  }
  const lines = [`ashlar: ${escapeControls(messageOf(error))}`];
  for (const cause of causesOf(error)) lines.push(`  caused by: ${escapeControls(messageOf(cause))}`);
  if (withStack && error instanceof Error && error.stack !== undefined) lines.push(error.stack);
  return `${lines.join("\n")}\n`;
}

export function noteLine(text: string): string {
  return `ashlar: ${escapeControls(text)}\n`;
}

export function warningLine(text: string): string {
  return `ashlar: warning: ${escapeControls(text)}\n`;
}

/** Causes other than Ashlar's own errors, whose messages already contain those of their causes. */
function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = [];
  const seen = new Set([error]);
  let text = messageOf(error);
  // Causes can form a ring.
  for (let cause = causeOf(error); cause !== undefined && !seen.has(cause); cause = causeOf(cause)) {
    seen.add(cause);
    const message = messageOf(cause);
    if (isAshlarError(cause) || text.includes(message)) continue;
    causes.push(cause);
    text += message;
  }
  return causes;
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message === "" ? error.name : error.message;
}
