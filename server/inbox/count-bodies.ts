import { Transform } from 'node:stream';
import type { preParsingHookHandler } from 'fastify';
import { TooMuchAtOnce } from '../problems.ts';

/** Refuses a body, by TooMuchAtOnce, where it and all others that are being taken in would be of more than so many bytes. */
export function countBodies(most: number): preParsingHookHandler {
  let held = 0;
  return (_request, reply, payload, done) => {
    let own = 0;
    // What has come counts, not what was announced: to keep others out one would have to send as much.
    const counted = new Transform({
      transform(chunk: Buffer, _encoding, next) {
        own += chunk.length;
        held += chunk.length;
        if (held > most) next(new TooMuchAtOnce());
        else next(null, chunk);
      },
    });
    reply.raw.once('close', () => {
      held -= own;
      own = 0;
      // What nobody reads any more is let through, so that whoever sends it gets to its answer.
      payload.unpipe(counted);
      payload.resume();
    });
    payload.once('error', (error: Error) => counted.destroy(error));
    done(null, payload.pipe(counted));
  };
}
