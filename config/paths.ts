import { type Refusal, text } from './scalars.ts';

/** A path within a repository or a folder: relative, with slashes, and never out of it. */
export const innerPath = () =>
  text({
    expected: 'a relative path',
    refuse: (value) => {
      if (value === '' || value.startsWith('/') || value.includes('\\'))
        return { message: 'is no relative path', hint: 'write it from the folder, with slashes' };
      return value.split('/').includes('..') ? { message: 'leads out of its folder', hint: "take '..' away" } : undefined;
    },
  });

/** A path on the machine that Tidegate runs on, relative to the file or absolute. */
export const filePath = () =>
  text({ expected: 'a path', refuse: (value) => (value.trim() === '' ? { message: 'is no path' } : undefined) });

/** An absolute path within a container, and not its root. */
export const mountPath = () =>
  text({
    expected: 'an absolute path',
    examples: ['/var/lib/data'],
    refuse: refuseMountPath,
  });

/** An absolute path within a container, which may be its root. */
export const containerFolder = () =>
  text({ expected: 'an absolute path', examples: ['/app'], refuse: (value) => (value === '/' ? undefined : refuseMountPath(value)) });

function refuseMountPath(value: string): Refusal | undefined {
  const steps = value.split('/').slice(1);
  const good = value.startsWith('/') && steps.every((step) => step !== '' && step !== '.' && step !== '..' && !step.includes(':'));
  return good ? undefined : { message: 'is no folder in a container', hint: 'write /var/lib/data: absolute, without .. and :' };
}

/** The path of a publication: no query, nothing that means something to a router. */
export const urlPath = () =>
  text({
    expected: 'a path such as /api',
    examples: ['/', '/api'],
    pattern: /^\/[A-Za-z0-9._~/-]*$/,
    refuse: (value) => (isUrlPath(value) ? undefined : { message: 'is no path', hint: 'begin with /; letters, digits, - . _ ~ and /' }),
  });

/** A path that is asked for, with or without a query. */
export const requestPath = () =>
  text({
    expected: 'a path such as /health',
    examples: ['/health', '/health?deep=1'],
    pattern: /^\/[A-Za-z0-9._~/-]*(\?[A-Za-z0-9._~/=&%+-]*)?$/,
    refuse: (value) => {
      const [path = '', ...query] = value.split('?');
      const good = isUrlPath(path) && query.length <= 1 && query.every((part) => /^[A-Za-z0-9._~/=&%+-]*$/.test(part));
      return good ? undefined : { message: 'is no path', hint: 'begin with /; a query may follow' };
    },
  });

function isUrlPath(value: string): boolean {
  return /^\/[A-Za-z0-9._~/-]*$/.test(value) && !value.includes('//') && !value.split('/').some((step) => step === '..' || step === '.');
}
