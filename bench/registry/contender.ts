import { measureCommand, type Usage } from './measured-command.ts';
import { type Peer, surroundings, type Transfer } from './peers.ts';

/** Whoever takes part: a peer, or ours in one of its two forms. */
export interface Contender {
  readonly name: string;
  copy(transfer: Transfer): Promise<Usage>;
}

export const OURS = 'tidegate';
export const OURS_RUNNING = 'tidegate, running';

export function peerContender(peer: Peer): Contender {
  return { name: peer.name, copy: (transfer) => measureCommand(peer.command(transfer)) };
}

/** Ours as people type it; `program` is the compiled `cli/main.js`. */
export function commandContender(program: string, environment: Readonly<Record<string, string | undefined>>): Contender {
  const args = ({ from, to }: Transfer) => [program, 'registry', 'copy', from, to, ...[from, to].flatMap(plainHttp)];
  return {
    name: OURS,
    copy: (transfer) =>
      measureCommand({
        program: process.execPath,
        args: args(transfer),
        environment: surroundings(environment, transfer.home),
        folder: transfer.home,
      }),
  };
}

function plainHttp(reference: string): readonly string[] {
  return ['--plain-http', reference.split('/')[0] ?? ''];
}
