/** Names what a background task works on. */

/** Description of a background task for the user's message when it fails. */
export interface BackgroundSubject {
  readonly resourceType: "VOLUME" | "VOLUME_BACKUP" | "VOLUME_SNAPSHOT";
  readonly resourceId: string;
  /** The reference system's number and words for the action. */
  readonly actionId: string;
  readonly action: string;
  /** Id of the request that started the task. */
  readonly requestId: string | undefined;
}
