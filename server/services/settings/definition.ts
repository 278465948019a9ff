import type { z } from 'zod';
import type { ServerConfig } from '../../config.js';

/** One setting of the installation, as it is declared. */
export interface SettingDefinition<T> {
  /** What people call it; a few words. */
  readonly title: string;
  /** What it does, with its unit. */
  readonly description: string;
  /** Which values it takes. */
  readonly schema: z.ZodType<T>;
  /** What holds until a person sets something else; the process's own configuration may say it. */
  readonly initial: (config: ServerConfig) => T;
}

/** Declares a setting: the schema decides the type of its value. */
export function setting<T>(
  title: string,
  description: string,
  schema: z.ZodType<T>,
  initial: T | ((config: ServerConfig) => T),
): SettingDefinition<T> {
  return { title, description, schema, initial: isFunction(initial) ? initial : () => initial };
}

function isFunction<T>(initial: T | ((config: ServerConfig) => T)): initial is (config: ServerConfig) => T {
  return typeof initial === 'function';
}
