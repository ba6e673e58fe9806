/** What the operations of a service share: its parts, on whose behalf it works, its events and its admission. */
import type { Admission } from "./admission.js";
import type { Background } from "./block-storage/background.js";
import type { Caller } from "./caller.js";
import type { Events } from "./events.js";
import type { ServiceParts } from "./host.js";
import type { Policy } from "./policy.js";

/** What the operations of a service have in common. */
export interface ServiceContext extends ServiceParts {
  readonly caller: Caller;
  readonly policy: Policy;
  readonly events: Events;
  readonly admission: Admission;
  readonly background: Background;
}
