/** Receivers of events. */

/** One event in the reference system's notification envelope. */
export interface ServiceEvent {
  readonly message_id: string;
  /** `backup.` and the name of the service's host. */
  readonly publisher_id: string;
  readonly event_type: string;
  readonly priority: "INFO" | "ERROR";
  /** `2026-11-22 18:56:25.107000`, in UTC. */
  readonly timestamp: string;
  readonly payload: Readonly<Record<string, string | number | boolean | null>>;
}

/** Limits on how long a notifier may try. */
export interface Patience {
  /** Aborted when the service closes: the notifier then makes no attempt after a pause. */
  readonly closing: AbortSignal;
  /** Aborted when the event is dropped. */
  readonly signal: AbortSignal;
}

/** A receiver of events, called for one event after the other, in order. */
export interface Notifier {
  /** @throws Error that names the receiver, without secrets, when the event could not be delivered */
  notify(event: ServiceEvent, patience: Patience): Promise<void>;
  /** Called once, after the last event. @param signal aborted when the service stops waiting */
  close?(signal: AbortSignal): Promise<void>;
}
