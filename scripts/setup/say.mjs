/** Set-up speaks on stderr alone: stdout belongs to what it sets up for. */
export function say(line) {
  process.stderr.write(`${line}\n`);
}
