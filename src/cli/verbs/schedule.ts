/** `ashlar schedule install`: runs of a plan at the times that it names. */
import type { Command } from "commander";
import type { BatchPlan } from "../../batch/plan.js";
import type { ScheduledCommand } from "../../batch/schedule.js";
import { StorageError, UsageError } from "../../errors.js";
import type { BatchHost } from "../host.js";
import type { Invocation } from "../invocation.js";
import { loadPlan } from "./batch.js";
import { withExamples } from "./flags.js";

interface InstallFlags {
  readonly userUnits?: boolean;
  readonly unitDir?: string;
  readonly cron?: boolean;
  readonly kubernetes?: boolean;
  readonly image: string;
}

const EXAMPLES: readonly string[] = [
  "install /etc/ashlar/nightly.yaml",
  "install --user-units nightly.yaml",
  "install --cron nightly.yaml | crontab -",
  "install --kubernetes nightly.yaml --image registry.example.org/ashlar | kubectl apply -f -",
];

const SYSTEM_UNITS = "/etc/systemd/system";

export function addScheduleVerbs(schedule: Command, invocation: Invocation): void {
  withExamples(schedule.command("install"), EXAMPLES, "ashlar schedule")
    .description("run a plan at the times that it names: as a systemd timer, by cron, or in Kubernetes")
    .argument("<plan>", "file with a schedule, see docs/batch.md")
    .option("--user-units", "a timer of this user, in ~/.config/systemd/user, instead of the system's")
    .option("--unit-dir <directory>", "write the units there, and do not start the timer")
    .option("--cron", "install nothing, print a line for a crontab")
    .option("--kubernetes", "install nothing, print a ConfigMap and a CronJob")
    .option("--image <image>", "container image for --kubernetes", "ashlar")
    .action((file: string, flags: InstallFlags) => install(invocation, file, flags));
}

async function install(invocation: Invocation, file: string, flags: InstallFlags): Promise<void> {
  const ways = [flags.cron, flags.kubernetes, flags.userUnits || flags.unitDir !== undefined];
  if (ways.filter(Boolean).length > 1)
    throw new UsageError(
      "Cannot install in several ways at once: want one of --cron, --kubernetes, and units",
    );
  const { plan, text } = await loadPlan(invocation, file);
  const host = await invocation.host.openBatchHost();
  const scheduled = await commandOf(invocation, host, { plan, file });
  const { cronLine, kubernetesManifests } = await import("../../batch/schedule.js");
  if (flags.cron) return await invocation.host.print(cronLine(scheduled));
  if (!flags.kubernetes) return await installUnits(invocation, host, { scheduled, flags });
  const { image } = flags;
  await invocation.host.print(
    kubernetesManifests(scheduled, { image, text, flags: invocation.repositoryFlags() }),
  );
}

interface Given {
  readonly plan: BatchPlan;
  readonly file: string;
}

/** The command with the flags that were given now: a timer has another environment. */
async function commandOf(
  invocation: Invocation,
  host: BatchHost,
  { plan, file }: Given,
): Promise<ScheduledCommand> {
  if (plan.schedule === undefined)
    throw new UsageError(
      `Cannot install plan "${file}": it has no schedule; add one, e.g. schedule: 30 1 * * *`,
    );
  const { settings } = await invocation.settings();
  const { resolvePath } = invocation.host;
  const flags = ["--state-dir", settings.stateDirectory, ...invocation.repositoryFlags()];
  return {
    plan,
    schedule: plan.schedule,
    argv: [...host.command, ...flags, "batch", "run", resolvePath(file)],
    directory: resolvePath("."),
  };
}

interface Installation {
  readonly scheduled: ScheduledCommand;
  readonly flags: InstallFlags;
}

async function installUnits(
  { host }: Invocation,
  machine: BatchHost,
  { scheduled, flags }: Installation,
): Promise<void> {
  const { systemdUnits } = await import("../../batch/schedule.js");
  const { name, service, timer } = systemdUnits(scheduled);
  const own = `${host.environment.XDG_CONFIG_HOME ?? `${host.homeDirectory}/.config`}/systemd/user`;
  const directory = flags.unitDir ?? (flags.userUnits ? own : SYSTEM_UNITS);
  await machine.replaceFile(`${directory}/${name}.service`, service);
  await machine.replaceFile(`${directory}/${name}.timer`, timer);
  await host.print(`${directory}/${name}.timer\n`);
  if (flags.unitDir !== undefined) return;
  const scope = flags.userUnits ? ["--user"] : [];
  for (const args of [["daemon-reload"], ["enable", "--now", `${name}.timer`]]) {
    const argv = ["systemctl", ...scope, ...args];
    const { failure } = await machine.hooks.run({ argv, timeoutMs: SYSTEMCTL_MS, environment: {} });
    if (failure !== undefined)
      throw new StorageError(`Cannot start the timer: ${argv.join(" ")}: ${failure}`, { call: "systemctl" });
  }
}

const SYSTEMCTL_MS = 60_000;
