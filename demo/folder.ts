import { join, resolve } from 'node:path';

/** Everything that one demo keeps on disk, all below `root`. */
export interface DemoFolder {
  readonly root: string;
  /** The installation file. */
  readonly configuration: string;
  /** Tidegate's own data: ledger, Temporal's file, connection. */
  readonly data: string;
  /** The application's git repository. */
  readonly repository: string;
  /** What stays after the demo: what each part has said. */
  readonly logs: string;
  /** Who runs the demo, and what has to be cleaned beyond this folder. */
  readonly record: string;
  /** The images that were pulled onto the user's engine: kept from run to run, and removed with the rest. */
  readonly pulled: string;
}

export function demoFolder(directory: string): DemoFolder {
  const root = resolve(directory);
  return {
    root,
    configuration: join(root, 'tidegate.yaml'),
    data: join(root, 'data'),
    repository: join(root, 'shop'),
    logs: join(root, 'logs'),
    record: join(root, 'demo.json'),
    pulled: join(root, 'pulled.json'),
  };
}

/** The file that holds a person's token, or a service's. */
export function tokenFile(folder: DemoFolder, name: string): string {
  return join(folder.root, `${name}.token`);
}
