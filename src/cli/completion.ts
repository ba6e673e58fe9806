/**
 * Scripts by which shells complete verbs, flags and the choices of flags. They are generated from the same tree as the
 * help, and call nothing, because a shell completes while the user types. Other words complete as files.
 */
import { allVerbs, type Flag, type Verb } from "./verb-tree.js";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

export function completionScript(shell: Shell, root: Verb): string {
  switch (shell) {
    case "bash":
      return bashScript(root);
    case "zsh":
      return zshScript(root);
    case "fish":
      return fishScript(root);
  }
}

/** Global flags are accepted at every verb. */
function flagsAt(root: Verb, verb: Verb): readonly Flag[] {
  return verb === root ? root.flags : [...verb.flags, ...root.flags];
}

function namesOf(flags: readonly Flag[]): string[] {
  return flags.flatMap(({ names }) => names);
}

/** Shell code that collects the verbs typed so far, without flags and their values: the key of a verb. */
function walk(root: Verb): string {
  const groups = allVerbs(root).filter(({ words }) => words.length > 0);
  const valued = [
    ...new Set(allVerbs(root).flatMap(({ flags }) => namesOf(flags.filter(({ takesValue }) => takesValue)))),
  ];
  return `  local verb="" skip="" word
  for word in "\${typed[@]}"; do
    if [[ -n $skip ]]; then skip=""; continue; fi
    case $word in
      ${valued.join("|")}) skip=1; continue ;;
      -*) continue ;;
    esac
    case "$verb $word" in
${groups.map(({ words }) => `      " ${words.join(" ")}") verb=" ${words.join(" ")}" ;;`).join("\n")}
    esac
  done`;
}

function choicesOf(root: Verb): string {
  const cases = new Map<string, string>();
  for (const { flags } of allVerbs(root))
    for (const { names, choices } of flags)
      if (choices.length > 0) cases.set(names.join("|"), choices.join(" "));
  return [...cases].map(([names, choices]) => `    ${names}) choices="${choices}" ;;`).join("\n");
}

function bashScript(root: Verb): string {
  const cases = allVerbs(root).map((verb) => {
    const verbs = verb.verbs.map(({ words }) => words.at(-1)).join(" ");
    const flags = [...namesOf(flagsAt(root, verb)), "--help"].join(" ");
    const key = verb.words.map((word) => ` ${word}`).join("");
    return `    "${key}") verbs="${verbs}"; flags="${flags}" ;;`;
  });
  return `# Completions of ashlar for bash:  source <(ashlar completion bash)
_ashlar() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local typed=("\${COMP_WORDS[@]:1:COMP_CWORD-1}") choices="" verbs="" flags=""
${walk(root)}
  case $previous in
${choicesOf(root)}
  esac
  case "$verb" in
${cases.join("\n")}
  esac
  if [[ -n $choices ]]; then COMPREPLY=($(compgen -W "$choices" -- "$current"))
  elif [[ $current == -* ]]; then COMPREPLY=($(compgen -W "$flags" -- "$current"))
  elif [[ -n $verbs ]]; then COMPREPLY=($(compgen -W "$verbs" -- "$current"))
  else COMPREPLY=()
  fi
}
complete -o default -F _ashlar ashlar
`;
}

function zshScript(root: Verb): string {
  const cases = allVerbs(root).map((verb) => {
    const verbs = verb.verbs.map(({ words, description }) => `${inZsh(words.at(-1)!, description)}`);
    const flags = verb === root ? [] : zshFlags(verb);
    const key = verb.words.map((word) => ` ${word}`).join("");
    return `    "${key}") verbs=(${verbs.join(" ")}); flags+=(${flags.join(" ")}) ;;`;
  });
  return `#compdef ashlar
# Completions of ashlar for zsh:  ashlar completion zsh > "\${fpath[1]}/_ashlar"
_ashlar() {
  local current="\${words[CURRENT]}" previous="\${words[CURRENT-1]}" choices=""
  local -a typed verbs flags
  typed=("\${(@)words[2,CURRENT-1]}")
  flags=(${[...zshFlags(root), "--help"].join(" ")})
${walk(root)}
  case $previous in
${choicesOf(root)}
  esac
  case "$verb" in
${cases.join("\n")}
  esac
  if [[ -n $choices ]]; then compadd -- \${=choices}
  elif [[ $current == -* ]]; then _describe flag flags
  elif (( \${#verbs} )); then _describe verb verbs
  else _files
  fi
}
if [[ $funcstack[1] == _ashlar ]]; then _ashlar "$@"; else compdef _ashlar ashlar; fi
`;
}

function zshFlags({ flags }: Verb): string[] {
  return flags.flatMap(({ names, description }) => names.map((name) => inZsh(name, description)));
}

/** `name:description` in quotes; a colon ends the name. */
function inZsh(name: string, description: string): string {
  return quoted(`${name.replaceAll(":", "\\:")}:${description}`);
}

function fishScript(root: Verb): string {
  const lines = allVerbs(root).flatMap((verb) => {
    const at = `-n "__ashlar_at '${verb.words.join(" ")}'"`;
    const verbs = verb.verbs.map(
      ({ words, description }) => `complete -c ashlar ${at} -f -a ${words.at(-1)} -d ${quoted(description)}`,
    );
    return [...verbs, ...verb.flags.map((flag) => fishFlag(flag, verb === root ? "" : ` ${at}`))];
  });
  const verbs = allVerbs(root).filter(({ words }) => words.length > 0);
  return `# Completions of ashlar for fish:  ashlar completion fish > ~/.config/fish/completions/ashlar.fish
set -g __ashlar_verbs ${verbs.map(({ words }) => quoted(words.join(" "))).join(" ")}
function __ashlar_at
  set -l verb ""
  for word in (commandline -opc)[2..-1]
    set -l next (string trim -- "$verb $word")
    contains -- "$next" $__ashlar_verbs; and set verb $next
  end
  test "$verb" = "$argv[1]"
end
${lines.join("\n")}
`;
}

function fishFlag({ names, takesValue, choices, description }: Flag, at: string): string {
  const parts = names.map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  if (takesValue) parts.push("-r");
  if (choices.length > 0) parts.push(`-f -a ${quoted(choices.join(" "))}`);
  return `complete -c ashlar${at} ${parts.join(" ")} -d ${quoted(description)}`;
}

/** Quotes a text for all three shells: inside single quotes only a quote is special. fish takes the same escape. */
function quoted(text: string): string {
  return `'${text.replaceAll("\\", "").replaceAll("'", "’")}'`;
}
