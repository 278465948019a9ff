import { afterEach, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from './testing/app.js';
import { HttpClient } from './testing/client.js';

describe('a server', () => {
  let app: TestApp | undefined;
  afterEach(() => app?.end());

  it('says over HTTP that it waits for its first administrator', async () => {
    app = await startTestApp();
    expect(await new HttpClient(app.url).data('{ setUpRequired me { id } }')).toEqual({ setUpRequired: true, me: null });
  });
});
