import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { compileFunction } from 'node:vm';
import { transformSync } from '@swc/core';

/** Each file is compiled once, and evaluated as often as somebody begins anew: that takes a millisecond where a process takes a second. */
const compiled = new Map();
const imports = new Map();

/**
 * Modules that know nothing of those in another registry. A mutant in code that runs as a module loads, a constant or a
 * table, is only seen by a registry that was begun while the mutant was active.
 */
export class ModuleRegistry {
  #modules = new Map();
  #standIns;

  /** `standIns` are what packages are replaced by: name to exports. */
  constructor(standIns) {
    this.#standIns = standIns;
  }

  /** The exports of a file by its absolute path; throws what the file throws. */
  load(file) {
    const known = this.#modules.get(file);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    this.#modules.set(file, module);
    try {
      codeOf(file)(module.exports, (specifier) => this.#require(specifier, file), module);
    } catch (error) {
      this.#modules.delete(file);
      throw error;
    }
    return module.exports;
  }

  #require(specifier, from) {
    const standIn = this.#standIns[specifier];
    if (standIn !== undefined) return standIn;
    return specifier.startsWith('.') ? this.load(resolve(dirname(from), specifier)) : createRequire(from)(specifier);
  }
}

/** Whether a file imports another, itself or through others. */
export function reaches(from, to, seen = new Set()) {
  if (from === to) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  return [...(imports.get(from) ?? [])].some((next) => reaches(next, to, seen));
}

function codeOf(file) {
  const known = compiled.get(file);
  if (known !== undefined) return known;
  const { code } = transformSync(readFileSync(file, 'utf8'), {
    filename: file,
    swcrc: false,
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'commonjs', importInterop: 'node' },
  });
  const made = compileFunction(code, ['exports', 'require', 'module'], { filename: file });
  compiled.set(file, made);
  imports.set(file, relativeImports(code, file));
  return made;
}

function relativeImports(code, file) {
  return new Set([...code.matchAll(/\brequire\("(\.[^"]+)"\)/g)].map(([, specifier]) => resolve(dirname(file), specifier)));
}
