/** The files of `deploy/`: they can be read, and what they name is there. */
import { readFile } from "node:fs/promises";
import test from "ava";
import { parseAllDocuments } from "yaml";
import { readPlan } from "../../src/batch/plan-file.js";
import { catalogLocation } from "../../src/catalog/location.js";
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

// biome-ignore lint/suspicious/noExplicitAny: a manifest has the shape that Kubernetes gives it
async function objectsOf(name: string): Promise<any[]> {
  const documents = parseAllDocuments(await file(name), { merge: true });
  for (const { errors } of documents) if (errors.length > 0) throw errors[0]!;
  return documents.map((document) => document.toJS());
}

test("the manifest of workers has commands that run, selectors that match, and a plan that is valid", async (t) => {
  const objects = await objectsOf("kubernetes-workers.yaml");
  const [secret, plan, migration, workers, nightly] = objects;
  t.deepEqual(
    objects.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`),
    ["v1 Secret", "v1 ConfigMap", "batch/v1 Job", "apps/v1 Deployment", "batch/v1 CronJob"],
  );
  t.true(catalogLocation(secret.stringData.ASHLAR_CATALOG).shown.startsWith("postgresql://"));
  const { selector, template } = workers.spec;
  t.deepEqual(selector.matchLabels, template.metadata.labels);
  const [container] = template.spec.containers;
  await serves(container.args);
  await serves(migration.spec.template.spec.containers[0].args);
  const timeout = Number(container.args[container.args.indexOf("--stop-timeout") + 1]);
  t.true(template.spec.terminationGracePeriodSeconds > timeout);
  const job = nightly.spec.jobTemplate.spec.template.spec;
  const [batch, run, path] = job.containers[0].args;
  t.deepEqual([batch, run], ["batch", "run"]);
  t.is(path, `${job.containers[0].volumeMounts[0].mountPath}/plan.yaml`);
  t.is(job.volumes[0].configMap.name, plan.metadata.name);
  t.notThrows(() => readPlan(plan.data["plan.yaml"], "plan.yaml"));
  for (const { spec } of [migration.spec.template, workers.spec.template, { spec: job }])
    t.deepEqual(spec.containers[0].envFrom, [{ secretRef: { name: secret.metadata.name } }]);
});

test("the compose file starts a catalog, then its tables, then the API and workers", async (t) => {
  const [{ services }] = await objectsOf("compose.yaml");
  t.deepEqual(Object.keys(services), ["catalog", "migrate", "api", "worker"]);
  for (const name of ["migrate", "worker"]) await serves(services[name].command);
  const host = await serves(["serve", ...services.api.command]);
  t.true(Number.parseInt(services.api.stop_grace_period, 10) * 1000 > host.servedApi!.graceMs);
  for (const name of ["api", "worker"]) {
    t.deepEqual(services[name].depends_on, { migrate: { condition: "service_completed_successfully" } });
    t.is(catalogLocation(services[name].environment.ASHLAR_CATALOG).shown, "postgresql://catalog/ashlar");
  }
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
