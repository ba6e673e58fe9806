/** The context that all operations of a service share. */
import type { Admission } from "./admission.js";
import type { Background } from "./block-storage/background.js";
import type { Caller } from "./caller.js";
import type { Events } from "./events.js";
import type { ServiceParts } from "./host.js";
import type { Policy } from "./policy.js";

/** A service's parts, its caller, policy, events, admission and background work. */
export interface ServiceContext extends ServiceParts {
  readonly caller: Caller;
  readonly policy: Policy;
  readonly events: Events;
  readonly admission: Admission;
  readonly background: Background;
}
