import { Agent, type ClientRequestArgs } from 'node:http';
import type { Duplex } from 'node:stream';
import ssh2, { type ConnectConfig } from 'ssh2';
import type { SshEndpoint } from './endpoint.ts';
import { hostKeyCheck } from './ssh-host-key.ts';

const COMMAND = 'docker system dial-stdio';
const READY_MS = 20_000;

/**
 * Carries HTTP to an engine over SSH as the docker CLI does: `docker system dial-stdio` on the host is the connection.
 * docker-modem could do that too, and would trust any host key. Throws UnknownHostKey when nothing vouches for the host.
 */
export function sshAgent(endpoint: SshEndpoint): Agent {
  return new SshAgent(connectConfig(endpoint));
}

type Connected = Parameters<Agent['createConnection']>[1];

class SshAgent extends Agent {
  constructor(private readonly config: ConnectConfig) {
    super({ keepAlive: false });
  }

  override createConnection(_: ClientRequestArgs, connected?: Connected): undefined {
    const done = connected as (error: Error | null, socket?: Duplex) => void;
    const client = new ssh2.Client();
    client.once('error', done);
    client.once('ready', () => {
      client.exec(COMMAND, (error, channel) => {
        if (error) {
          client.end();
          done(error);
          return;
        }
        client.on('error', (later: Error) => channel.emit('error', later));
        channel.once('close', () => client.end());
        tellWhy(channel);
        done(null, channel);
      });
    });
    client.connect(this.config);
  }
}

/** Turns the command's own words into the connection's error: without them a host that has no docker looks like a cut line. */
function tellWhy(channel: ssh2.ClientChannel): void {
  let said = '';
  channel.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-500);
  });
  channel.once('exit', (code: number | null) => {
    if (code !== 0) channel.emit('error', new Error(`'${COMMAND}' there ended with ${code ?? 'a signal'}: ${said.trim()}`));
  });
}

function connectConfig(endpoint: SshEndpoint): ConnectConfig {
  const check = hostKeyCheck(endpoint);
  return {
    host: endpoint.host,
    port: endpoint.port,
    username: endpoint.user,
    readyTimeout: READY_MS,
    hostVerifier: (key: Buffer) => check.verify(key),
    ...(check.algorithms && { algorithms: { serverHostKey: [...check.algorithms] } }),
    ...(endpoint.agent !== undefined && { agent: endpoint.agent }),
    ...(endpoint.privateKey && { privateKey: endpoint.privateKey.reveal() }),
  };
}
