/** What makes a text of JSON say other than it seems to: a member that is there twice, or a number that would be kept as another one. */
export interface Unclear {
  readonly twice?: string;
  readonly altered?: string;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|[{}[\]:,]/g;

/** Looks through a text that JSON.parse takes, objects within objects too. */
export function unclearIn(json: string): Unclear {
  const tokens = json.match(TOKEN) ?? [];
  const open: Set<string>[] = [];
  for (const [index, token] of tokens.entries()) {
    if (token === '{') open.push(new Set());
    if (token === '}') open.pop();
    if (/^[-\d]/.test(token) && isAltered(token)) return { altered: token };
    if (tokens[index + 1] !== ':') continue;
    const name = JSON.parse(token) as string;
    if (open.at(-1)?.has(name)) return { twice: name };
    open.at(-1)?.add(name);
  }
  return {};
}

/** Whether a number that somebody wrote would be kept as one that prints otherwise. */
function isAltered(written: string): boolean {
  return String(Number(written)) !== written;
}
