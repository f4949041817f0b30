/** HAProxy as far as the router's commands reach: what a map says, and which servers get requests. */
export class HaproxyModel {
  readonly addresses = new Map<string, string>();
  readonly #servers = new Map<string, { weight: number; ready: boolean; name: string; port: number }>();

  constructor(private readonly self: string) {}

  run(command: string): void {
    const [verb, object, ...rest] = command.split(' ');
    if (object === 'map') this.#map(verb ?? '', rest);
    else if (verb === 'set' && object === 'server') this.#set(rest);
    else throw new Error(`unknown command ${command}`);
  }

  /** Names of the servers that get the requests for an address, or none. */
  serving(address: string): string[] {
    const backend = this.addresses.get(address);
    const servers = [...this.#servers].filter(([at, { weight, ready }]) => at.startsWith(`${backend}/`) && weight > 0 && ready);
    return servers.map(([, { name }]) => name).sort((a, b) => (a < b ? -1 : 1));
  }

  /** Everything that HAProxy would be started with. */
  snapshot(): unknown {
    const used = [...this.#servers].filter(([, { name, ready }]) => ready && name !== this.self);
    return { addresses: sorted([...this.addresses]), servers: sorted(used) };
  }

  #map(verb: string, [, key = '', value = '']: string[]): void {
    if (verb !== 'add' && !this.addresses.has(key)) throw new Error(`entry not found: ${key}`);
    if (verb === 'add' && this.addresses.has(key)) throw new Error(`a second entry: ${key}`);
    if (verb === 'del') this.addresses.delete(key);
    else this.addresses.set(key, value);
  }

  #set([at, what, value = '', , port]: string[]): void {
    const server = this.#server(at);
    if (what === 'addr') server.port = Number(port);
    if (what === 'weight') server.weight = Number(value);
    if (what === 'fqdn') server.name = value;
    if (what === 'state') server.ready = value === 'ready';
  }

  #server(at = '') {
    const server = this.#servers.get(at) ?? { weight: 0, ready: false, name: this.self, port: 1 };
    this.#servers.set(at, server);
    return server;
  }
}

function sorted<T extends readonly [string, unknown]>(entries: readonly T[]): T[] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
}
