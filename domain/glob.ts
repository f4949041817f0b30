import { fitsPattern } from './pattern.ts';

/**
 * Whether a path fits a pattern: `*` is anything within a part of it, `**` any number of parts, none included.
 * Takes at most the product of both lengths in steps for each part.
 */
function fitsGlob(pattern: string, path: string): boolean {
  const [wanted, parts] = [pattern.split('/'), path.split('/')];
  // reachable[p]: whether the patterns read so far can stand for the first p parts.
  let reachable = [true, ...parts.map(() => false)];
  for (const part of wanted) reachable = part === '**' ? closed(reachable) : stepped(reachable, part, parts);
  return reachable[parts.length] ?? false;
}

/** From the first place that can be reached, all later ones can. */
function closed(reachable: readonly boolean[]): boolean[] {
  const first = reachable.indexOf(true);
  return reachable.map((_reached, place) => first >= 0 && place >= first);
}

function stepped(reachable: readonly boolean[], part: string, parts: readonly string[]): boolean[] {
  return reachable.map((_reached, place) => reachable[place - 1] === true && fitsPattern(part, parts[place - 1] ?? ''));
}

/** Whether a path fits a list of patterns: the last one that fits decides, and one that begins with `!` takes out. */
export function fitsGlobs(patterns: readonly string[], path: string): boolean {
  const last = patterns.findLast((pattern) => fitsGlob(pattern.replace(/^!/, ''), path));
  return last !== undefined && !last.startsWith('!');
}
