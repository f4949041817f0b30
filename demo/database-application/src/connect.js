import { readFileSync } from 'node:fs';
import postgres from 'postgres';

/** The shop's database; the password is a file, so that nobody reads it off the container. */
export function connect() {
  const password = readFileSync('/run/secrets/database-password', 'utf8');
  return postgres({
    host: 'database',
    port: 5432,
    user: 'shop',
    database: 'postgres',
    password,
    max: 4,
    connect_timeout: 5,
    onnotice: () => undefined,
  });
}
