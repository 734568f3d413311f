import { parse, TomlError } from 'smol-toml';
import type { z } from 'zod';
import { DaemonError } from '../daemon-error.ts';
import type { ParsedConfig } from './config.ts';
import { configSchema } from './config-schema.ts';
import { findLine } from './find-line.ts';

/**
 * Reads the text of a configuration file and fills in defaults.
 *
 * @param file its name, for messages
 * @throws DaemonError CONFIG that names file, line, key, and what is allowed, for every mistake in it
 */
export function parseConfig(text: string, file: string): ParsedConfig {
  const checked = configSchema.safeParse(parseToml(text, file));
  if (checked.success) return checked.data;
  const mistakes = checked.error.issues.flatMap(describe);
  const lines = mistakes.map(({ path, problem }) => {
    const line = findLine(text, path);
    return `${file}${line ? `:${line}` : ''}: ${path.join('.')} ${problem}`;
  });
  throw new DaemonError('CONFIG', lines.join('\n'));
}

function parseToml(text: string, file: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    const problem = cause.message.split('\n')[0];
    throw new DaemonError('CONFIG', `${file}:${cause.line}:${cause.column}: ${problem}`, { cause });
  }
}

interface Mistake {
  readonly path: readonly string[];
  readonly problem: string;
}

function describe(issue: z.core.$ZodIssue): readonly Mistake[] {
  const path = issue.path.map(String);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path: [...path, key],
        problem: `is not a key; ${path.length ? `[${path.join('.')}]` : 'the file'} may have: ${keysAt(path).join(', ')}`,
      }));
    case 'invalid_value':
      return [
        { path, problem: `must be one of: ${issue.values.map((value) => JSON.stringify(value)).join(', ')}` },
      ];
    case 'invalid_type':
      return [{ path, problem: `must be ${typeNames[issue.expected] ?? issue.expected}` }];
    default:
      return [{ path, problem: issue.message }];
  }
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a string',
  boolean: 'true or false',
  number: 'a number',
  array: 'an array',
  object: 'a table',
};

/** What the schema allows below a table of the configuration. */
function keysAt(path: readonly string[]): readonly string[] {
  const empty = configSchema.parse({});
  const sections: Readonly<Record<string, readonly string[]>> = {
    '': Object.keys(configSchema.shape),
    ...Object.fromEntries(
      Object.keys(empty).map((key) => [key, keysOf(configSchema.shape[key as keyof typeof empty])]),
    ),
  };
  return sections[path.join('.')] ?? [];
}

function keysOf(schema: z.ZodType): readonly string[] {
  const inner = 'unwrap' in schema && typeof schema.unwrap === 'function' ? schema.unwrap() : schema;
  return 'shape' in inner ? Object.keys(inner.shape as object) : [];
}
