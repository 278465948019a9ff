import { HttpClient } from '../../server/testing/client.js';
import { answerParent } from './children.js';
import { charts } from './charts.js';
import type { History } from './history.js';

/** What the parent says: where to, as whom, of what, for how long. */
export interface ReadOrder {
  readonly url: string;
  readonly cookie: string;
  readonly history: History;
  readonly seconds: number;
}

answerParent(async ({ url, cookie, history, seconds }: ReadOrder) => {
  const admin = new HttpClient(url);
  admin.cookie = cookie;
  return charts(admin, history, seconds);
});
