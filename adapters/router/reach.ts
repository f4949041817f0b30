import type { RouterEngine } from '../../activities/hosts/router-engine.ts';

/** Opens a connection and closes it: address, port, seconds. Of the kinds of nc some know -e and others -z. */
const CONNECT_SCRIPT = `if command -v bash >/dev/null; then timeout "$3" bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$1" "$2"
elif command -v socat >/dev/null; then socat -u OPEN:/dev/null "TCP:$1:$2,connect-timeout=$3"
else nc -w "$3" "$1" "$2" -e true || nc -z -w "$3" "$1" "$2"; fi`;

/** Whether a connection from the router to an address can be opened in time, in whole seconds. */
export async function canConnect(
  engine: RouterEngine,
  container: string,
  to: { readonly address: string; readonly port: number; readonly timeoutMs: number },
  signal: AbortSignal,
): Promise<boolean> {
  const seconds = String(Math.max(1, Math.ceil(to.timeoutMs / 1_000)));
  const command = ['sh', '-c', CONNECT_SCRIPT, 'sh', to.address, String(to.port), seconds];
  return (await engine.execute(container, { command }, { signal })).exitCode === 0;
}
