/** Schedules of a plan: a systemd timer, a line of crontab(5), a Kubernetes CronJob. */
import { stringify } from "yaml";
import { calendarEvents, cronText } from "./cron.js";
import type { BatchPlan, Schedule } from "./plan.js";

/** The command that a schedule runs. */
export interface ScheduledCommand {
  readonly plan: Pick<BatchPlan, "name" | "overlap">;
  readonly schedule: Schedule;
  /** The program and its arguments. */
  readonly argv: readonly string[];
  /** Directory that relative paths of the plan start from. */
  readonly directory: string;
}

export interface SystemdUnits {
  /** `ashlar-NAME` */
  readonly name: string;
  readonly service: string;
  readonly timer: string;
}

/** Time for a stopped run to cancel its operations and to run its after hooks. */
const STOP_SECONDS = 300;
const ENVIRONMENT_FILE = "/etc/ashlar/environment";

export function systemdUnits({ plan, schedule, argv, directory }: ScheduledCommand): SystemdUnits {
  const name = `ashlar-${plan.name}`;
  return {
    name,
    service: [
      "[Unit]",
      `Description=Ashlar backup plan ${plan.name}`,
      "Wants=network-online.target",
      "After=network-online.target",
      "",
      "[Service]",
      "Type=oneshot",
      `WorkingDirectory=${inUnit(directory)}`,
      `EnvironmentFile=-${ENVIRONMENT_FILE}`,
      `ExecStart=${argv.map(argumentInUnit).join(" ")}`,
      "# A shell that waits to thaw a file system must outlive a run that is killed.",
      "KillMode=process",
      `TimeoutStopSec=${STOP_SECONDS}`,
      "",
    ].join("\n"),
    timer: [
      "[Unit]",
      `Description=Schedule of Ashlar backup plan ${plan.name}`,
      "",
      "[Timer]",
      ...calendarEvents(schedule.cron).map((event) => `OnCalendar=${event}`),
      ...(schedule.delaySeconds > 0 ? [`RandomizedDelaySec=${schedule.delaySeconds}`] : []),
      "# A run that was missed while the machine was off begins when it is on again.",
      "Persistent=true",
      "",
      "[Install]",
      "WantedBy=timers.target",
      "",
    ].join("\n"),
  };
}

/** Specifiers begin with a percent sign. */
function inUnit(text: string): string {
  return text.replaceAll("%", "%%");
}

function argumentInUnit(text: string): string {
  const escaped = inUnit(text).replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("$", "$$$$");
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? escaped : `"${escaped}"`;
}

export function cronLine({ schedule, argv, directory }: ScheduledCommand): string {
  const words = argv.map(inShell).join(" ");
  const delay = schedule.delaySeconds > 0 ? `sleep $(shuf -i 0-${schedule.delaySeconds} -n 1) && ` : "";
  const command = `cd ${inShell(directory)} && ${delay}${words}`;
  // In a crontab a percent sign ends the command.
  return `${cronText(schedule.cron)} ${command.replaceAll("%", "\\%")}\n`;
}

function inShell(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

export interface CronJobOptions {
  readonly image: string;
  /** The plan's text. */
  readonly text: string;
  /** Global flags of the command, e.g. `--repository`. */
  readonly flags: readonly string[];
}

/** Within a day: a run that was missed is made up for. */
const DEADLINE_SECONDS = 86_400;

/** A ConfigMap with the plan, and a CronJob that runs it with a claimed volume as state directory. */
export function kubernetesManifests(
  { plan, schedule }: Pick<ScheduledCommand, "plan" | "schedule">,
  { image, text, flags }: CronJobOptions,
): string {
  const name = `ashlar-${plan.name.toLowerCase().replaceAll(/[^a-z0-9-]/g, "-")}`.slice(0, 52);
  const metadata = { name, labels: { "app.kubernetes.io/name": "ashlar" } };
  const container = {
    name: "ashlar",
    image,
    args: ["--state-dir", "/var/lib/ashlar", ...flags, "batch", "run", "/etc/ashlar/plan.yaml"],
    envFrom: [{ secretRef: { name: "ashlar", optional: true } }],
    volumeMounts: [
      { name: "plan", mountPath: "/etc/ashlar", readOnly: true },
      { name: "state", mountPath: "/var/lib/ashlar" },
    ],
  };
  const pod = {
    restartPolicy: "Never",
    terminationGracePeriodSeconds: STOP_SECONDS,
    containers: [container],
    volumes: [
      { name: "plan", configMap: { name } },
      { name: "state", persistentVolumeClaim: { claimName: "ashlar-state" } },
    ],
  };
  const manifests = [
    { apiVersion: "v1", kind: "ConfigMap", metadata, data: { "plan.yaml": text } },
    {
      ...{ apiVersion: "batch/v1", kind: "CronJob", metadata },
      spec: {
        schedule: cronText(schedule.cron),
        concurrencyPolicy: plan.overlap === "skip" ? "Forbid" : "Allow",
        startingDeadlineSeconds: DEADLINE_SECONDS,
        jobTemplate: { spec: { backoffLimit: 0, template: { spec: pod } } },
      },
    },
  ];
  return manifests.map((manifest) => stringify(manifest)).join("---\n");
}
