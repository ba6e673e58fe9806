/** The context that all operations of a service share. */

import type { Caller } from "./access/caller.js";
import type { Policy } from "./access/policy.js";
import type { Events } from "./events/events.js";
import type { ServiceParts } from "./host.js";
import type { Admission } from "./operations/admission.js";
import type { Background } from "./operations/background.js";

/** A service's parts, its caller, policy, events, admission and background work. */
export interface ServiceContext extends ServiceParts {
  readonly caller: Caller;
  readonly policy: Policy;
  readonly events: Events;
  readonly admission: Admission;
  readonly background: Background;
}
