import { text } from './scalars.ts';

/** What Docker takes for a network's name (moby `names.RestrictedNameChars`). */
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/;

/** Modes of Docker under a network's name; a container has one of them alone, and nobody has a name there. */
const MODES = ['bridge', 'container', 'default', 'host', 'none'];

/** A network that a host has. */
export const hostNetwork = () =>
  text({
    expected: 'the name of a network',
    examples: ['monitoring'],
    pattern: NAME,
    refuse: (value) => {
      if (!NAME.test(value)) return { message: 'is no name of a network', hint: 'letters, digits, . _ and -, at most 128' };
      if (MODES.includes(value))
        return { message: 'is a mode of Docker and no network to join', hint: "make one with 'docker network create'" };
      return undefined;
    },
  });
