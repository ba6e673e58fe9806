/** Chromium without a window, told what to do over its debugging protocol, which goes through two pipes. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { CHROMIUM_FLAGS } from "../chromium-flags.js";

type Json = Readonly<Record<string, unknown>>;

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Json;
  readonly result?: Json;
  readonly error?: { readonly message: string };
}

interface Waiting {
  resolve(result: Json): void;
  reject(error: Error): void;
}

export class Browser implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #commands: Writable;
  readonly #waiting = new Map<number, Waiting>();
  readonly #onEvent = new Set<(message: Message) => void>();
  #nextId = 1;

  /** @param directory for the profile */
  static start(directory: string): Browser {
    const flags = [
      ...CHROMIUM_FLAGS,
      `--user-data-dir=${join(directory, "profile")}`,
      "--remote-debugging-pipe",
    ];
    return new Browser(
      spawn("chromium", [...flags, "about:blank"], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] }),
    );
  }

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#commands = child.stdio[3] as Writable;
    this.#commands.on("error", () => {});
    this.#listen(child.stdio[4] as Readable);
    child.once("exit", (code) => this.#fail(new Error(`chromium ended with status ${code}`)));
    child.once("error", (error) => this.#fail(error));
  }

  async newPage(): Promise<Page> {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    return await Page.attach(this, sessionId as string);
  }

  send(method: string, params: Json = {}, sessionId?: string): Promise<Json> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#commands.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  }

  onEvent(listener: (message: Message) => void): void {
    this.#onEvent.add(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGKILL");
    await once(this.#child, "exit");
  }

  #listen(answers: Readable): void {
    let text = "";
    answers.setEncoding("utf8");
    answers.on("data", (piece: string) => {
      const messages = (text + piece).split("\0");
      text = messages.pop()!;
      for (const message of messages) this.#receive(JSON.parse(message) as Message);
    });
  }

  #receive(message: Message): void {
    const { id, result, error } = message;
    if (id === undefined) {
      for (const listener of this.#onEvent) listener(message);
      return;
    }
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error !== undefined) waiting?.reject(new Error(error.message));
    else waiting?.resolve(result ?? {});
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

export interface Viewport {
  readonly width: number;
  readonly height: number;
  /** @default {false} */
  readonly dark?: boolean;
}

const KEYS: Readonly<Record<string, { readonly code: number; readonly text?: string }>> = {
  Tab: { code: 9 },
  Enter: { code: 13, text: "\r" },
  " ": { code: 32, text: " " },
  ArrowDown: { code: 40 },
  ArrowUp: { code: 38 },
};

export class Page {
  /** What the page has logged as an error, and threw. */
  readonly errors: string[] = [];
  readonly #browser: Browser;
  readonly #session: string;

  static async attach(browser: Browser, session: string): Promise<Page> {
    const page = new Page(browser, session);
    for (const domain of ["Page", "Runtime", "Log"]) await page.send(`${domain}.enable`);
    return page;
  }

  private constructor(browser: Browser, session: string) {
    this.#browser = browser;
    this.#session = session;
    browser.onEvent(({ method, params }) => {
      if (method === "Runtime.exceptionThrown" || method === "Log.entryAdded")
        this.errors.push(JSON.stringify(params));
    });
  }

  send(method: string, params: Json = {}): Promise<Json> {
    return this.#browser.send(method, params, this.#session);
  }

  /** Runs `source` in every document from now on, before the document's own scripts. */
  async prepare(source: string): Promise<void> {
    await this.send("Page.addScriptToEvaluateOnNewDocument", { source });
  }

  async open(url: string): Promise<void> {
    await this.send("Page.navigate", { url });
    await this.until("document.documentElement?.dataset.ready === 'true'");
  }

  /** The value of an expression, awaited. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = (await this.send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
      userGesture: true,
    })) as { result: { value: T }; exceptionDetails?: { exception?: { description?: string } } };
    if (exceptionDetails !== undefined)
      throw new Error(exceptionDetails.exception?.description ?? JSON.stringify(exceptionDetails));
    return result.value;
  }

  /** Resolves when the expression is true. @throws Error after a minute */
  async until(expression: string): Promise<void> {
    for (const end = Date.now() + 60_000; Date.now() < end; ) {
      if (await this.evaluate<boolean>(`Boolean(${expression})`)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const text = await this.evaluate<string>("document.body.innerText");
    throw new Error(`It never came to ${expression}; the page says:\n${text}\n${this.errors.join("\n")}`);
  }

  async press(key: string, { shift = false } = {}): Promise<void> {
    const { code, text } = KEYS[key]!;
    const event = {
      key,
      code: key === " " ? "Space" : key,
      windowsVirtualKeyCode: code,
      modifiers: shift ? 8 : 0,
    };
    await this.send("Input.dispatchKeyEvent", {
      type: text === undefined ? "rawKeyDown" : "keyDown",
      ...event,
      ...(text === undefined ? {} : { text }),
    });
    await this.send("Input.dispatchKeyEvent", { type: "keyUp", ...event });
  }

  async type(text: string): Promise<void> {
    await this.send("Input.insertText", { text });
  }

  async look({ width, height, dark = false }: Viewport): Promise<void> {
    const mobile = width < 500;
    await this.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile });
    await this.send("Emulation.setEmulatedMedia", {
      features: [{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }],
    });
  }

  /** Writes the whole page as a picture. */
  async photograph(path: string): Promise<void> {
    // Two frames, so that what was asked for has been painted.
    await this.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
    const { data } = await this.send("Page.captureScreenshot", {
      format: "png",
      captureBeyondViewport: true,
    });
    await writeFile(path, Buffer.from(data as string, "base64"));
  }
}
