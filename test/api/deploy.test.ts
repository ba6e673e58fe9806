/** The files of `deploy/`: they can be read, and what they name is there. */
import { readFile } from "node:fs/promises";
import test from "ava";
import { parseAllDocuments } from "yaml";
import { FakeHost } from "../cli/fake-host.js";
import { FakeService } from "../cli/fake-service.js";

const file = (name: string): Promise<string> =>
  readFile(new URL(`../../../deploy/${name}`, import.meta.url), "utf8");

/** The command understands the words, and would serve. */
async function serves(words: readonly string[]): Promise<FakeHost> {
  const host = new FakeHost(new FakeService());
  for (const name of ["AUTH_URL", "USERNAME", "PASSWORD", "PROJECT_NAME"])
    host.environment[`OS_${name}`] = "x";
  const code = await host.run(...words);
  if (code !== 0) throw new Error(`ashlar ${words.join(" ")} ends with ${code}: ${host.talk}`);
  return host;
}

test("the systemd unit starts a server that has time to park its work", async (t) => {
  const unit = await file("ashlar.service");
  const settings = new Map(
    [...unit.matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [name!, value!] as const),
  );
  for (const section of ["Unit", "Service", "Install"]) t.true(unit.includes(`\n[${section}]\n`), section);
  const [program, ...words] = settings.get("ExecStart")!.split(" ");
  t.is(program, "/usr/bin/ashlar");
  const host = await serves(words);
  t.like(host.servedApi, { host: "0.0.0.0", port: 8776, auth: { kind: "keystone" } });
  t.true(Number(settings.get("TimeoutStopSec")) * 1000 > host.servedApi!.graceMs);
  t.is(settings.get("KillSignal"), "SIGTERM");
});

test("the container's command is a server", async (t) => {
  const text = await file("Containerfile");
  const words = (instruction: string): string[] =>
    JSON.parse(new RegExp(`^${instruction} (\\[.*\\])$`, "m").exec(text)![1]!) as string[];
  const [program, ...entry] = words("ENTRYPOINT");
  t.is(program, "ashlar");
  const host = await serves([...entry, ...words("CMD")]);
  t.like(host.servedApi, { host: "0.0.0.0", hasUi: true });
  t.is(host.servedApi?.writeJson, undefined);
  const other = await serves(["serve", "--no-ui", "--log-format", "json"]);
  t.false(other.servedApi!.hasUi);
  other.servedApi!.writeJson!("{}\n");
  t.is(other.talk, "{}\n");
  t.true(text.includes(`EXPOSE ${host.servedApi?.port}`));
});

test("the Kubernetes manifest has one replica, health checks, and time to park", async (t) => {
  const documents = parseAllDocuments(await file("kubernetes.yaml"));
  for (const { errors } of documents) t.deepEqual(errors, []);
  // biome-ignore lint/suspicious/noExplicitAny: a manifest has the shape that Kubernetes gives it
  const objects = documents.map((document) => document.toJS() as any);
  t.deepEqual(
    objects.map(({ kind }) => kind),
    ["Secret", "PersistentVolumeClaim", "Deployment", "Service"],
  );
  const { spec } = objects[2];
  t.is(spec.replicas, 1);
  const [container] = spec.template.spec.containers;
  const host = await serves(["serve", ...container.args]);
  t.true(spec.template.spec.terminationGracePeriodSeconds * 1000 > host.servedApi!.graceMs);
  t.is(container.readinessProbe.httpGet.path, "/healthcheck");
  t.is(container.ports[0].containerPort, host.servedApi?.port);
  for (const name of Object.keys(objects[0].stringData))
    t.regex(name, /^OS_(AUTH_URL|USERNAME|PASSWORD|PROJECT_NAME)$/);
});
