export function nodeVersionProblem(version: string, least?: string): string | undefined;
