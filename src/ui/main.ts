/**
 * The dashboard: it asks the API in turns, and shows what has changed.
 *
 *     activity and memory       every 2 seconds while something runs, else every 6
 *     backups                   when operations began or ended, and every 30 seconds
 *     the repository's health   every minute
 *
 * A page that is not visible asks for nothing. Data that could not be renewed stay, marked as old; data of a token that
 * is not valid any more are removed.
 */
import type { ChainLink, MemoryAnswer, RepositoryAnswer } from "../api/views/dashboard.js";
import { type Activity, Api, BACKUPS_MAX, Refused } from "./api.js";
import { BackupList } from "./backup-list.js";
import { byId, show } from "./elements.js";
import { activitySummary, endedRows, operationCards } from "./operation-view.js";
import { RestoreDialog } from "./restore-dialog.js";
import { memoryView, repositoryView } from "./site-view.js";
import { shortId } from "./texts.js";

const BUSY_MS = 2000;
const IDLE_MS = 6000;
const BACKUPS_MS = 30_000;
const REPOSITORY_MS = 60_000;

const api: Api = new Api();
const alertBox: HTMLElement = byId("alert");
const connection: HTMLElement = byId("connection");
const dashboard: HTMLElement = byId("dashboard");
const signIn: HTMLFormElement = byId<HTMLFormElement>("sign-in");
const tokenInput: HTMLInputElement = byId<HTMLInputElement>("token");
const signOut: HTMLElement = byId("sign-out");

let activity: Activity = { operations: [], ended: [] };
let isAdmin = true;
let backupsMs = Number.NEGATIVE_INFINITY;
let repositoryMs = Number.NEGATIVE_INFINITY;
let timer: ReturnType<typeof setTimeout> | undefined;
/** Counts sign-ins and -outs: answers to requests from before are dropped. */
let session = 0;

const restoreDialog: RestoreDialog = new RestoreDialog((backup, name) =>
  act(backup, "Restoring", () => api.restore(backup.id, name)),
);
const list: BackupList = new BackupList({
  onVerify: (backup) => act(backup, "Verifying", () => api.verify(backup.id)),
  onRestore: (backup) => restoreDialog.open(backup),
  onProjects: () => refreshSoon(),
});

async function act(backup: ChainLink, what: string, request: () => Promise<void>): Promise<void> {
  const name = backup.name ?? shortId(backup.id);
  try {
    await request();
    alertBox.textContent = "";
    connection.textContent = `${what} ${name} was accepted.`;
  } catch (error) {
    if (isExpired(error)) return askForToken("The token is not valid any more. Sign in again.");
    alertBox.textContent = `Cannot start: ${reasonOf(error)}`;
  }
  refreshSoon();
}

function reasonOf(error: unknown): string {
  if (error instanceof Refused) return error.message;
  return "the server does not answer";
}

function isExpired(error: unknown): boolean {
  return error instanceof Refused && error.status === 401;
}

function refreshSoon(): void {
  backupsMs = Number.NEGATIVE_INFINITY;
  schedule(300);
}

function schedule(ms: number): void {
  clearTimeout(timer);
  timer = setTimeout(() => void refresh(), ms);
}

async function refresh(): Promise<void> {
  if (document.hidden) return;
  const own = session;
  try {
    await renew(own);
    if (own !== session) return;
    schedule(activity.operations.length > 0 ? BUSY_MS : IDLE_MS);
  } catch (error) {
    if (own !== session) return;
    if (isExpired(error)) return askForToken(tokenProblem());
    dashboard.dataset.old = "true";
    connection.textContent = "";
    alertBox.textContent = problemOf(error);
    const wait = error instanceof Refused ? error.retryAfter * 1000 : 0;
    schedule(Math.max(wait, IDLE_MS));
  } finally {
    document.documentElement.dataset.ready = "true";
  }
}

function problemOf(error: unknown): string {
  if (error instanceof Refused && error.status === 429)
    return "This page has asked too often; it will ask again later. What you see is old.";
  if (error instanceof Refused && error.status === 403)
    return `Your roles do not allow this page: ${error.message}`;
  return `Cannot reach the server (${reasonOf(error)}); trying again. What you see is old.`;
}

async function renew(own: number): Promise<void> {
  const [next, memory] = await Promise.all([api.activity(), memoryIfAllowed()]);
  const now = performance.now();
  const hasChanged =
    next.operations.length !== activity.operations.length || next.ended.length !== activity.ended.length;
  const isDue = hasChanged || now - backupsMs >= BACKUPS_MS;
  const backups = isDue ? await api.backups(list.allProjects) : undefined;
  const repository = now - repositoryMs >= REPOSITORY_MS ? await repositoryIfAllowed() : undefined;
  if (own !== session) return;
  activity = next;
  if (backups !== undefined) {
    backupsMs = now;
    list.backups = backups;
  }
  list.activity = activity;
  showAll(memory, repository);
  if (repository !== undefined) repositoryMs = now;
}

function showAll(memory: MemoryAnswer | undefined, repository: RepositoryAnswer | undefined): void {
  const { operations, ended } = activity;
  dashboard.hidden = false;
  delete dashboard.dataset.old;
  signIn.hidden = true;
  alertBox.textContent = list.count >= BACKUPS_MAX ? `Only the newest ${BACKUPS_MAX} backups are shown.` : "";
  connection.textContent = activitySummary(operations);
  show(byId("operation-list"), ...operationCards(operations, list.nameOf));
  show(byId("ended-list"), ...endedRows(ended, list.nameOf));
  show(byId("memory"), ...memoryView(memory));
  if (repository !== undefined) show(byId("repository"), ...repositoryView(repository));
  list.allowProjects(isAdmin);
  list.render();
}

/** `undefined` for those who are no administrators. */
async function memoryIfAllowed(): Promise<MemoryAnswer | undefined> {
  if (!isAdmin) return undefined;
  try {
    return await api.memory();
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 403) throw error;
    isAdmin = false;
    return undefined;
  }
}

async function repositoryIfAllowed(): Promise<RepositoryAnswer> {
  try {
    return await api.repository();
  } catch (error) {
    if (!(error instanceof Refused) || error.status < 500) throw error;
    return { state: "unreachable", is_marked: false, error: error.message, backups: {}, stored_size: 0 };
  }
}

let hasToken = false;

function tokenProblem(): string {
  return hasToken ? "The token is not valid, or not any more." : "";
}

function askForToken(problem: string): void {
  forget();
  alertBox.textContent = problem;
  connection.textContent = "";
  signIn.hidden = false;
  tokenInput.focus();
}

/** Removes the token, and all that it showed. */
function forget(): void {
  session++;
  clearTimeout(timer);
  api.token = "";
  hasToken = false;
  signOut.hidden = true;
  dashboard.hidden = true;
  activity = { operations: [], ended: [] };
  isAdmin = true;
  backupsMs = Number.NEGATIVE_INFINITY;
  repositoryMs = Number.NEGATIVE_INFINITY;
  restoreDialog.close();
  list.backups = [];
  list.activity = activity;
  for (const id of ["operation-list", "ended-list", "memory", "repository", "chains"]) show(byId(id));
}

signIn.addEventListener("submit", (event) => {
  event.preventDefault();
  forget();
  api.token = tokenInput.value.trim();
  tokenInput.value = "";
  hasToken = true;
  signOut.hidden = false;
  alertBox.textContent = "";
  void refresh();
});
signOut.addEventListener("click", () => askForToken(""));
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && signIn.hidden) schedule(0);
});
void refresh();
