import { tidy } from '../../../activities/retention/tidy.ts';
import { openLedger } from '../../../adapters/ledger/open-ledger.ts';
import { createImageLibrary } from '../../../adapters/registry/library/image-library.ts';
import { connectRegistries } from '../../../adapters/registry/registries.ts';
import { parsePinnedImage } from '../../../domain/image.ts';

// A process of its own that tidies one repository until it is done or killed: `tidy-process.ts LEDGER REPOSITORY RUN`.
const [, , file = '', repository = '', run = ''] = process.argv;
const { open } = connectRegistries({ credentials: async () => undefined, access: () => ({ plainHttp: true }) });
const ledger = await openLedger({ file });
const parts = {
  library: createImageLibrary(open),
  deployed: { read: async () => ({ statuses: [], underWay: [] }) },
  ledger,
  settings: async () => ({
    rules: [{ match: repository, keep: { days: 30, tags: ['stable-*'] } }],
    holds: [],
    router: parsePinnedImage(`registry.test/router@sha256:${'9'.repeat(64)}`),
    places: [],
  }),
  hash: (text: string) => text,
  now: Date.now,
};
process.stdout.write('begun\n');
const working = { signal: new AbortController().signal, onProgress: (line: string) => void process.stdout.write(`${line}\n`) };
const { counts } = await tidy(parts, { repository, run: { id: run, actor: 'rita' }, detail: 0 }, working);
process.stdout.write(`${JSON.stringify(counts)}\n`, () => process.exit(0));
