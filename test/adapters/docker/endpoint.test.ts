import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MalformedEndpoint, parseEndpoint, printEndpoint } from '../../../adapters/docker/endpoint.ts';

describe('an endpoint', () => {
  it.each([
    ['unix:///var/run/docker.sock', { kind: 'unix', path: '/var/run/docker.sock' }],
    ['tcp://10.0.0.5:2376', { kind: 'tcp', host: '10.0.0.5', port: 2376 }],
    ['tcp://docker.example.com', { kind: 'tcp', host: 'docker.example.com', port: 2375 }],
    ['ssh://deploy@host.example.com:2222', { kind: 'ssh', user: 'deploy', host: 'host.example.com', port: 2222 }],
    ['ssh://deploy@host.example.com', { kind: 'ssh', user: 'deploy', host: 'host.example.com', port: 22 }],
  ])('%s is read as Docker reads it, and printed so that it reads the same', (text, expected) => {
    expect(parseEndpoint(text)).toEqual(expected);
    expect(parseEndpoint(printEndpoint(parseEndpoint(text)))).toEqual(expected);
  });

  it.each([
    ['npipe:////./pipe/docker_engine', /named pipes/],
    ['unix://relative.sock', /absolute/],
    ['http://host', /none of these/],
    ['ssh://host', /names no user/],
    ['ssh://user:password@host', /password does not belong/],
    ['tcp://user@host', /knows no user/],
    ['tcp://host:1/path', /\/path/],
    ['', /none of these/],
    ['docker.sock', /none of these/],
  ])('%s is refused with the reason', (text, reason) => {
    expect(() => parseEndpoint(text)).toThrow(reason);
    expect(() => parseEndpoint(text)).toThrow(MalformedEndpoint);
  });

  it('never repeats a password', () => {
    expect(() => parseEndpoint('ssh://user:hunter2@host')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    );
  });

  it('of any text is read or refused by name, and nothing else', () => {
    const texts = fc.tuple(fc.constantFrom('unix://', 'tcp://', 'ssh://', 'npipe://', ''), fc.string()).map((parts) => parts.join(''));
    fc.assert(
      fc.property(texts, (text) => {
        try {
          const endpoint = parseEndpoint(text);
          expect(parseEndpoint(printEndpoint(endpoint))).toEqual(endpoint);
        } catch (error) {
          expect(error).toMatchObject({ name: 'MalformedEndpoint' });
        }
      }),
      { numRuns: 500 },
    );
  });
});
