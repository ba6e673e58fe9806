/** Commands before and after the moment at which volumes are read. */

/** A command of the plan. */
export interface Hook {
  /** The program and its arguments; a text of the plan is run by `/bin/sh`. */
  readonly argv: readonly string[];
  readonly timeoutMs: number;
}

export interface HookRequest extends Hook {
  /** Variables beside those of this process. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The outcome of a command that ran. */
export interface HookOutcome {
  /** `undefined` if it succeeded, else a phrase such as `exit code 1: no such device`. */
  readonly failure: string | undefined;
}

/** A command that runs in any case: on `run`, or as soon as this process has ended. */
export interface ArmedHook {
  /**
   * Names the process group of a command that must have ended before this one runs; `undefined` once it has. If this
   * process dies meanwhile, that group is killed first: a freeze must not follow its own thaw.
   */
  follow(processGroup: number | undefined): void;
  /** Runs the command. A second call resolves to the same outcome. */
  run(): Promise<HookOutcome>;
}

export interface RunHookOptions {
  readonly signal?: AbortSignal | undefined;
  /** Armed hooks that follow the command. */
  readonly armed?: readonly ArmedHook[] | undefined;
}

/** Runs commands on the host. */
export interface HookRunner {
  /** Runs a command until it ends, its time is over or the signal is aborted; then it and its children are killed. */
  run(request: HookRequest, options?: RunHookOptions): Promise<HookOutcome>;
  /**
   * Prepares a command that must run whatever happens, such as the end of a freeze. It runs once, also when this
   * process is killed. It is not stopped by signals to this process.
   */
  arm(request: HookRequest): Promise<ArmedHook>;
}
