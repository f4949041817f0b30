/** A server as the running process has it. */
export interface RunningServer {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly weight: number;
}

/** From `show servers state` (HAProxy management guide, section 9.3). Undefined when it is no such table. */
export function runningServers(answer: string): readonly RunningServer[] | undefined {
  const [, header = '', ...rows] = answer.trim().split('\n');
  const columns = header.replace(/^# /, '').split(' ');
  const [name, address, port, weight] = ['srv_name', 'srv_addr', 'srv_port', 'srv_uweight'].map((column) => columns.indexOf(column));
  if (name === undefined || address === undefined || port === undefined || weight === undefined) return undefined;
  if (Math.min(name, address, port, weight) < 0) return undefined;
  return rows
    .map((row) => row.trim().split(' '))
    .map((cells) => ({
      name: cells[name] ?? '',
      address: cells[address] ?? '',
      port: Number(cells[port] ?? 0),
      weight: Number(cells[weight] ?? 0),
    }));
}
