/** The manual page, `ashlar(1)`, generated from the same tree as the help. */
import { EXIT_CODES } from "./exit-code.js";
import { allVerbs, type Flag, type Verb } from "./verb-tree.js";

export interface ManPageOptions {
  readonly version: string;
  /** Name, default and help of each option by Cinder's names. */
  readonly options: readonly (readonly [name: string, help: string])[];
}

export function manPage(root: Verb, { version, options }: ManPageOptions): string {
  const verbs = allVerbs(root).filter(({ words, verbs: below }) => words.length > 0 && below.length === 0);
  const shown = verbs.filter(({ words }) => words.at(-1) !== "help");
  return [
    `.TH ASHLAR 1 "" "ashlar ${version}" "User Commands"\n`,
    section("NAME", [`ashlar \\- back up block volumes in the format of OpenStack Cinder`]),
    section("SYNOPSIS", [".B ashlar", "[\\fIoptions\\fR] \\fIverb\\fR [\\fIarguments\\fR]"]),
    section("DESCRIPTION", [roff(root.description)]),
    section("VERBS", shown.flatMap(verbLines)),
    section("OPTIONS", root.flags.flatMap(flagLines)),
    section("CONFIGURATION", [
      "Options by Cinder's names, as \\fB\\-\\-option\\fR \\fINAME\\fR=\\fIVALUE\\fR, as the variable ASHLAR_\\fINAME\\fR, or in the [DEFAULT] section of the configuration file.",
      ...options.flatMap(([name, help]) => [".TP", `.B ${roff(name)}`, roff(help)]),
    ]),
    section(
      "EXIT STATUS",
      EXIT_CODES.flatMap(([code, meaning]) => [".TP", `.B ${code}`, roff(meaning)]),
    ),
    section("SEE ALSO", [
      "The package's \\fIdocs\\fR directory: \\fIcommand.md\\fR has every verb at length, \\fIstores.md\\fR the options of each store.",
    ]),
  ].join("");
}

function section(title: string, lines: readonly string[]): string {
  return `.SH ${title}\n${lines.join("\n")}\n`;
}

function verbLines({ words, usage, description, operands, flags }: Verb): string[] {
  return [
    ".SS " + roff(`ashlar ${words.join(" ")} ${usage}`),
    roff(description),
    ...operands
      .filter(({ description: text }) => text !== "")
      .flatMap(({ name, description: text }) => [".TP", `.I ${roff(name)}`, roff(text)]),
    ...flags.flatMap(flagLines),
  ];
}

function flagLines({ usage, description, choices }: Flag): string[] {
  const text = choices.length > 0 ? `${description} (${choices.join(", ")})` : description;
  return [".TP", `.B ${roff(usage)}`, roff(text)];
}

/** Escapes text so that nothing in it is taken for a request or an escape. */
function roff(text: string): string {
  const escaped = text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("\n", " ");
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}
