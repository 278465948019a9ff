import { createRequire } from 'node:module';
import { RestingStorage } from './resting-storage.js';

/*
 * Gives MikroORM storages that rest: it enters them in each transaction and each flush. Has to be imported before anything that imports MikroORM, which makes
 * its storages when it is loaded; too late it changes nothing (docs/decisions/0013).
 */

const require = createRequire(import.meta.url);
const hooks = require('node:async_hooks') as { AsyncLocalStorage: unknown };
const original = hooks.AsyncLocalStorage;
hooks.AsyncLocalStorage = RestingStorage;
try {
  require('@mikro-orm/core');
} finally {
  hooks.AsyncLocalStorage = original;
}
