/** Times by crontab(5), and the same times as systemd's calendar events. */
import { UsageError } from "../errors.js";

interface FieldForm {
  readonly least: number;
  readonly most: number;
  readonly names: readonly string[];
}

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const FIELDS: readonly FieldForm[] = [
  { least: 0, most: 59, names: [] },
  { least: 0, most: 23, names: [] },
  { least: 1, most: 31, names: [] },
  { least: 1, most: 12, names: ["", ...MONTHS] },
  { least: 0, most: 7, names: DAYS },
];

const ALIASES: Readonly<Record<string, string>> = {
  "@hourly": "0 * * * *",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@weekly": "0 0 * * 0",
  "@monthly": "0 0 1 * *",
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
};

export const CRON_WANTED = "want five fields as in crontab(5), e.g. 30 1 * * *, or @daily";

/** The values of each field; `undefined` where every value counts. */
type CronFields = readonly (ReadonlySet<number> | undefined)[];

export function isCron(text: string): boolean {
  return fieldsOf(text) !== undefined;
}

/** The five fields, which every cron and Kubernetes accept. */
export function cronText(text: string): string {
  return ALIASES[text.trim()] ?? text.trim().replaceAll(/\s+/g, " ");
}

/**
 * Calendar events that together are the times of a crontab's line. Where both the day of the month and the day of the
 * week are restricted, either of them counts, so two events are needed.
 * @throws UsageError
 */
export function calendarEvents(text: string): string[] {
  const fields = fieldsOf(text);
  if (fields === undefined)
    throw new UsageError(`Cannot use schedule ${JSON.stringify(text)}: ${CRON_WANTED}`);
  const [minutes, hours, days, months, weekdays] = fields;
  const time = `${shown(hours)}:${shown(minutes)}:00`;
  const event = (weekday: string, day: string): string => `${weekday}*-${shown(months)}-${day} ${time}`;
  if (weekdays === undefined) return [event("", shown(days))];
  const names = [...new Set([...weekdays].map((day) => day % 7))]
    .sort((a, b) => ((a + 6) % 7) - ((b + 6) % 7))
    .map((day) => DAYS[day]!.replace(/^./, (letter) => letter.toUpperCase()));
  const ofWeek = event(`${names.join(",")} `, "*");
  return days === undefined ? [ofWeek] : [event("", shown(days)), ofWeek];
}

function shown(values: ReadonlySet<number> | undefined): string {
  if (values === undefined) return "*";
  return [...values]
    .sort((a, b) => a - b)
    .map((value) => String(value).padStart(2, "0"))
    .join(",");
}

function fieldsOf(text: string): CronFields | undefined {
  const words = cronText(text).split(" ");
  if (words.length !== FIELDS.length) return undefined;
  const fields: (ReadonlySet<number> | undefined)[] = [];
  for (const [index, word] of words.entries()) {
    if (word === "*") {
      fields.push(undefined);
      continue;
    }
    const values = valuesOf(word, FIELDS[index]!);
    if (values === undefined) return undefined;
    fields.push(values);
  }
  return fields;
}

/** Lists of numbers, ranges and steps: `1-5`, `0,30`, `8-18/2`, an asterisk with a step. */
function valuesOf(word: string, form: FieldForm): ReadonlySet<number> | undefined {
  const values = new Set<number>();
  for (const part of word.toLowerCase().split(",")) {
    const [, range = "", stepText] = /^([^/]+)(?:\/([0-9]{1,2}))?$/.exec(part) ?? [];
    const step = stepText === undefined ? 1 : Number(stepText);
    const [first, last, ...others] =
      range === "*" ? [form.least, form.most] : range.split("-").map(numberIn(form));
    if (first === undefined || step < 1 || others.length > 0) return undefined;
    const isSingle = range !== "*" && !range.includes("-");
    const end = isSingle ? (stepText === undefined ? first : form.most) : last;
    if (end === undefined || end < first) return undefined;
    for (let value = first; value <= end; value += step) values.add(value);
  }
  return values;
}

function numberIn({ least, most, names }: FieldForm): (text: string) => number | undefined {
  return (text) => {
    const named = text === "" ? -1 : names.indexOf(text);
    const value = named >= 0 ? named : /^[0-9]{1,2}$/.test(text) ? Number(text) : undefined;
    return value !== undefined && value >= least && value <= most ? value : undefined;
  };
}
