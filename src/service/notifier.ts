/** Where events go. */

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

/** Somewhere that events go. Called for one event after the other, in order. */
export interface Notifier {
  notify(event: ServiceEvent): Promise<void>;
  /** Called once, after the last event. */
  close?(): Promise<void>;
}
