/** How a program of any runtime asks what to run and says what came out, over HTTP on this machine. */
import type { Runtime } from "../../src/pipeline/run/runtime.js";
import { runSuite, type SuiteReport, type SuiteRequest } from "../portable/run.js";

/** Where the request is got and the report is posted, below the driver's URL. */
export const REQUEST_PATH = "/request";
export const REPORT_PATH = "/report";

export interface Answer {
  readonly report?: SuiteReport;
  /** What went wrong outside of any test. */
  readonly error?: string;
}

export async function answerOf(
  request: SuiteRequest,
  createRuntime: () => Promise<Runtime>,
): Promise<Answer> {
  try {
    return { report: await runSuite(await createRuntime(), request) };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? String(error)) : String(error) };
  }
}

/** Runs what the driver at `url` asks for. */
export async function serveDriver(url: string, createRuntime: () => Promise<Runtime>): Promise<void> {
  const request = (await (await fetch(url + REQUEST_PATH)).json()) as SuiteRequest;
  const answer = await answerOf(request, createRuntime);
  await fetch(url + REPORT_PATH, { method: "POST", body: JSON.stringify(answer) });
}
