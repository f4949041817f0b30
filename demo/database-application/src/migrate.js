import { readdirSync, readFileSync } from 'node:fs';
import { connect } from './connect.js';

// `migrate.js up` applies every step that the database has not seen; `migrate.js down NAME` undoes all after the one of that name.
const FOLDER = new URL('../migrations/', import.meta.url);
const [direction = 'up', keep = ''] = process.argv.slice(2);
const steps = readdirSync(FOLDER)
  .filter((file) => file.endsWith(`.${direction}.sql`))
  .map((file) => file.replace(/\.(up|down)\.sql$/, ''))
  .sort();
const sql = connect();
try {
  await sql`create table if not exists steps (name text primary key, at timestamptz not null default now())`;
  const done = new Set((await sql`select name from steps`).map(({ name }) => name));
  const due =
    direction === 'up' ? steps.filter((step) => !done.has(step)) : steps.filter((step) => done.has(step) && step > keep).reverse();
  for (const step of due) {
    // A step is whole or not there: PostgreSQL changes tables within transactions.
    await sql.begin(async (whole) => {
      await whole.unsafe(readFileSync(new URL(`${step}.${direction}.sql`, FOLDER), 'utf8'));
      if (direction === 'up') await whole`insert into steps (name) values (${step})`;
      else await whole`delete from steps where name = ${step}`;
    });
    console.log(`${direction} ${step}`);
  }
} finally {
  await sql.end({ timeout: 5 });
}
