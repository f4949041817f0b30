import { z } from 'zod';
import { mountPath } from './paths.ts';
import { customIssue, fileMode, name, size } from './scalars.ts';

const SMALLEST_TMPFS = 4_096;

const tmpfs = z.strictObject({
  size: size({ min: SMALLEST_TMPFS }).describe('At most; what it holds counts as memory of the container'),
  mode: fileMode('1777'),
});

const SOURCES = ['name', 'bind', 'tmpfs'] as const;

const volume = z
  .strictObject({
    name: z.exactOptional(name().describe('A volume of the application in its environment, kept from release to release')),
    bind: z.exactOptional(mountPath().describe("A folder of the host: one that its environment's owners list in binds of tidegate.yaml")),
    tmpfs: z.exactOptional(tmpfs.describe('Memory that goes with the container')),
    path: mountPath().describe('Where it is in the container'),
    readOnly: z.exactOptional(z.boolean()),
  })
  .check((context) => {
    const { value } = context;
    const given = SOURCES.filter((source) => value[source] !== undefined);
    if (given.length !== 1) context.issues.push(customIssue(value, { message: 'expected exactly one of name, bind, tmpfs' }));
    if (given.includes('tmpfs') && value.readOnly === true)
      context.issues.push(
        customIssue(value, { message: 'memory that nobody can write stays empty', hint: 'take readOnly away' }, ['readOnly']),
      );
  });

/** What a container has beside its image. */
export const volumes = z.array(volume).check((context) => {
  const paths = context.value.map(({ path }) => path);
  paths.forEach((path, index) => {
    if (paths.indexOf(path) < index) context.issues.push(customIssue(path, { message: `${path} is mounted twice` }, [index, 'path']));
  });
});

export type VolumeDocument = z.output<typeof volume>;
