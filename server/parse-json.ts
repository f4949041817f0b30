/** What a text says as JSON; undefined where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Of a text nothing but a SyntaxError comes.
    return undefined;
  }
}
