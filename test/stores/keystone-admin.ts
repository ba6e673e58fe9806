/** What an administrator does to a Keystone that has just been made, through its API. */

export class KeystoneAdmin {
  readonly #authUrl: string;
  #token: string | undefined;

  /** @param authUrl with `/v3` */
  constructor(authUrl: string) {
    this.#authUrl = authUrl;
  }

  async ask<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(this.#authUrl + path, {
      method,
      headers: { "x-auth-token": await this.token(), "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (response.status === 204 ? {} : await response.json()) as T;
  }

  /** Puts an object store into the catalog; `$(project_id)s` in a URL stands for the project. */
  async addObjectStore(urls: Readonly<Record<string, string>>): Promise<void> {
    const description = { type: "object-store", name: "swift" };
    const { service } = await this.ask<{ service: { id: string } }>("POST", "/services", {
      service: description,
    });
    for (const [region, url] of Object.entries(urls)) {
      if (region !== "RegionOne") await this.ask("POST", "/regions", { region: { id: region } });
      for (const each of ["public", "internal"]) {
        const endpoint = { service_id: service.id, interface: each, region_id: region, url };
        await this.ask("POST", "/endpoints", { endpoint });
      }
    }
  }

  /** Of user admin in project admin. */
  async token(): Promise<string> {
    if (this.#token !== undefined) return this.#token;
    const domain = { id: "default" };
    const user = { name: "admin", domain, password: "admin" };
    const identity = { methods: ["password"], password: { user } };
    const auth = { identity, scope: { project: { name: "admin", domain } } };
    const response = await fetch(`${this.#authUrl}/auth/tokens`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ auth }),
    });
    const token = response.headers.get("x-subject-token");
    if (token === null) throw new Error(`Keystone says ${response.status}: ${await response.text()}`);
    this.#token = token;
    return token;
  }
}
