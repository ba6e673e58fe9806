/** Clients of the API that ask without a pause, and how long they wait. */
import { Agent, type Dispatcher, getGlobalDispatcher, request } from "undici";

export interface Latencies {
  /** Milliseconds of each answer, ascending. */
  readonly lists: readonly number[];
  readonly creations: readonly number[];
  /** Answers that were not what was asked for. */
  readonly failures: number;
}

export class Clients {
  readonly #url: string;
  readonly #volumes: readonly string[];
  readonly #lists: number[] = [];
  readonly #creations: number[] = [];
  #failures = 0;

  /** @param volumes IDs, one for each client, which backs it up */
  constructor(url: string, volumes: readonly string[]) {
    this.#url = url;
    this.#volumes = volumes;
  }

  async createBackup(volume: string, dispatcher: Dispatcher = getGlobalDispatcher()): Promise<void> {
    const body = JSON.stringify({ backup: { volume_id: volume, force: true } });
    const answer = await request(`${this.#url}/backups`, { method: "POST", body, dispatcher });
    await answer.body.dump();
    if (answer.statusCode !== 202) this.#failures++;
  }

  async run(milliseconds: number): Promise<Latencies> {
    const end = performance.now() + milliseconds;
    await Promise.all(this.#volumes.map((volume) => this.#client(volume, end)));
    const ascending = (times: number[]): number[] => times.sort((a, b) => a - b);
    return {
      ...{ lists: ascending(this.#lists), creations: ascending(this.#creations) },
      failures: this.#failures,
    };
  }

  async #client(volume: string, end: number): Promise<void> {
    const dispatcher = new Agent({ connections: 1 });
    // A volume is backed up once at a time: another creation would be refused.
    let isCreated = false;
    const createsAt = performance.now() + Math.random() * 0.5 * (end - performance.now());
    for (let start = performance.now(); start < end; start = performance.now()) {
      const creates = !isCreated && start >= createsAt;
      if (creates) {
        await this.createBackup(volume, dispatcher);
        isCreated = true;
      } else await this.#list(dispatcher);
      (creates ? this.#creations : this.#lists).push(performance.now() - start);
    }
    await dispatcher.close();
  }

  async #list(dispatcher: Agent): Promise<void> {
    const answer = await request(`${this.#url}/backups/detail?limit=20`, { dispatcher });
    await answer.body.json();
    if (answer.statusCode !== 200) this.#failures++;
  }
}
