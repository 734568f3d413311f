import type { z } from 'zod';
import type { configSchema } from './config-schema.ts';

/** The whole configuration, with every default filled in. README.md says what each key means. */
export type Config = Required<Omit<ParsedConfig, 'admin'>> & { readonly admin: { readonly address: string } };

/** As a configuration file has it. */
export type ParsedConfig = z.infer<typeof configSchema>;
