import { expect, it } from '@jest/globals';
import { publicationHost } from '../../domain/publication.ts';

it('a host name is filled in with the application and the environment, as often as they stand in it', () => {
  const at = { application: 'shop', environment: 'staging' };
  expect(publicationHost({ host: '{application}.{environment}.{environment}.example.com' }, at)).toBe('shop.staging.staging.example.com');
  expect(publicationHost({ host: 'shop.example.com' }, at)).toBe('shop.example.com');
});
