import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jsonSchemas } from './json-schemas.ts';

// `npm run schemas`, in the root of the repository.
const folder = join(process.cwd(), 'config', 'schemas');
await mkdir(folder, { recursive: true });
for (const [file, text] of Object.entries(jsonSchemas())) await writeFile(join(folder, file), text);
