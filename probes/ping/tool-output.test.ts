import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseFping, parsePing } from './tool-output.js';

const FIXTURES = new URL('./fixtures/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, FIXTURES), 'utf8');
const recordings = readdirSync(FIXTURES).filter((name) => name.endsWith('.txt'));

describe('recordings of real tools', () => {
  it.each(recordings)('%s is read as expected', (name) => {
    const parse = name.startsWith('fping') ? parseFping : parsePing;
    const expected: unknown = JSON.parse(read(name.replace('.txt', '.json')));
    // JSON has no undefined: a request without a reply is null there.
    expect(JSON.parse(JSON.stringify(parse(read(name))))).toEqual(expected);
  });
});

describe('output that is no report', () => {
  it('is not guessed at', () => {
    expect(parseFping('fping: can’t create socket\n')).toBeUndefined();
    expect(parsePing('ping: unknown host\n')).toBeUndefined();
  });
});
