import test from "ava";
import {
  CancelledError,
  IntegrityError,
  InvalidStateError,
  NotFoundError,
  StorageError,
  UsageError,
} from "../../src/errors.js";
import { FakeHost } from "./fake-host.js";
import { FakeService } from "./fake-service.js";

/** Runs `volume show x` over a service whose answer is `error`. */
async function failWith(
  error: unknown,
  environment: Record<string, string> = {},
): Promise<[number, FakeHost]> {
  const service = new FakeService();
  service.findVolume = async () => {
    throw error;
  };
  const host = new FakeHost(service);
  host.environment = environment;
  const code = await host.run("volume", "show", "x", "-f", "json");
  if (!service.isClosed) throw new Error("The service was left open");
  return [code, host];
}

const CODES: readonly [error: unknown, code: number][] = [
  [new UsageError("Cannot do it"), 2],
  [new NotFoundError("Cannot do it"), 3],
  [new InvalidStateError("Cannot do it"), 4],
  [new IntegrityError("Cannot do it"), 5],
  [new StorageError("Cannot do it", { call: "write" }), 1],
  [new CancelledError("Cannot do it"), 130],
  [new TypeError("Cannot do it"), 1],
  ["Cannot do it", 1],
];

for (const [error, code] of CODES) {
  test(`${error instanceof Error ? error.name : "a thrown text"} ends with ${code}, says so, and prints no data`, async (t) => {
    const [ended, host] = await failWith(error);
    t.is(ended, code);
    t.is(host.talk, "ashlar: Cannot do it\n");
    t.is(host.data, "");
  });
}

test("causes from outside are told, those that are told already are not", async (t) => {
  const cause = new Error("ENOSPC: no space left", { cause: new Error("block 7 is bad") });
  const [, host] = await failWith(new StorageError("Cannot write object", { call: "write", cause }));
  t.is(
    host.talk,
    "ashlar: Cannot write object\n  caused by: ENOSPC: no space left\n  caused by: block 7 is bad\n",
  );
  const known = new StorageError("Cannot write object: ENOSPC", {
    call: "write",
    cause: new Error("ENOSPC"),
  });
  const [, second] = await failWith(new NotFoundError("Cannot find it", { cause: known }));
  t.is(second.talk, "ashlar: Cannot find it\n  caused by: ENOSPC\n");
});

test("a ring of causes ends", async (t) => {
  const first = new Error("one");
  first.cause = new Error("two", { cause: first });
  const [code] = await failWith(first);
  t.is(code, 1);
});

test("the stack is shown when ASHLAR_DEBUG asks for it", async (t) => {
  const [, host] = await failWith(new NotFoundError("Cannot find it"), { ASHLAR_DEBUG: "1" });
  t.regex(host.talk, /^ashlar: Cannot find it\nNotFoundError: Cannot find it\n +at /);
});

test("messages cannot send control characters to the terminal", async (t) => {
  const [, host] = await failWith(new NotFoundError("No volume \x1b[2J"));
  t.is(host.talk, "ashlar: No volume \\x1b[2J\n");
});

const MISUSES: readonly [args: string[], message: RegExp][] = [
  [["volume", "creat"], /^ashlar: unknown command 'creat'/],
  [["frob"], /^ashlar: unknown command 'frob'/],
  [["volume", "list", "--colour"], /^ashlar: unknown option '--colour'/],
  [["volume", "show"], /^ashlar: missing required argument 'volume'/],
  [["volume", "show", "a", "b"], /^ashlar: too many arguments/],
  [["volume", "create", "a"], /^ashlar: required option '--source <path>' not specified/],
  [["volume", "list", "-f", "xml"], /^ashlar: option '-f, --format <format>' argument 'xml' is invalid/],
  [["volume", "list", "--progress", "loud"], /^ashlar: .*'loud' is invalid/],
  [
    ["volume", "create", "a", "--source", "s", "--property", "k"],
    /^ashlar: Cannot use --property "k": want KEY=VALUE/,
  ],
  [
    ["volume", "backup", "list", "--limit", "-1"],
    /^ashlar: Cannot use --limit "-1": want a whole number from 0 on, in digits/,
  ],
  [["volume", "backup", "list", "--limit", "1.5"], /^ashlar: Cannot use --limit "1.5"/],
  [
    ["volume", "backup", "list", "--status", "gone"],
    /^ashlar: Cannot use --status "gone": want one of creating, available/,
  ],
  [["volume"], /^Usage: ashlar volume /],
  [[], /^Usage: ashlar /],
];

for (const [args, message] of MISUSES) {
  test(`misuse: ashlar ${args.join(" ")}`, async (t) => {
    const service = new FakeService();
    const host = new FakeHost(service);
    t.is(await host.run(...args), 2);
    t.regex(host.talk, message);
    t.is(host.data, "");
    t.is(host.opened, undefined);
  });
}

test("of several to delete all are tried, each failure is told, and the first one's code counts", async (t) => {
  const service = new FakeService();
  const tried: string[] = [];
  service.deleteBackup = async (name) => {
    tried.push(name);
    if (name === "b") throw new InvalidStateError("Cannot delete b");
    if (name === "c") throw new NotFoundError("No backup c");
    return await FakeService.prototype.deleteBackup.call(service, name);
  };
  const host = new FakeHost(service);
  t.is(await host.run("volume", "backup", "delete", "a", "b", "c", "d"), 4);
  t.deepEqual(tried, ["a", "b", "c", "d"]);
  t.is(host.talk, "ashlar: Cannot delete b\nashlar: No backup c\n");
});

test("a service that fails to close after a failure does not hide it", async (t) => {
  const service = new FakeService();
  service.findVolume = async () => {
    throw new NotFoundError("No volume x");
  };
  service.close = async () => {
    throw new StorageError("Cannot close", { call: "close" });
  };
  const host = new FakeHost(service);
  t.is(await host.run("volume", "show", "x"), 3);
  t.is(host.talk, "ashlar: No volume x\n");
});

test("a service that fails to close after its work is a failure", async (t) => {
  const service = new FakeService();
  service.close = async () => {
    throw new StorageError("Cannot close", { call: "close" });
  };
  const host = new FakeHost(service);
  t.is(await host.run("volume", "list"), 1);
  t.is(host.talk, "ashlar: Cannot close\n");
});

test("warnings are told, and --quiet keeps them back", async (t) => {
  const host = new FakeHost(new FakeService());
  host.environment = { ASHLAR_BACKUP_FILE_SIZ: "1" };
  t.is(await host.run("volume", "list", "-f", "value"), 0);
  t.regex(host.talk, /^ashlar: warning: ASHLAR_BACKUP_FILE_SIZ is not an option/);
  host.talk = "";
  t.is(await host.run("volume", "list", "-f", "value", "--quiet"), 0);
  t.is(host.talk, "");
});
