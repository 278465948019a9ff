import { describe, expect, it } from 'vitest';
import { csvLine } from './csv.js';

describe('a line of CSV', () => {
  it('has quotes where RFC 4180 asks for them, and nothing for what is absent', () => {
    expect(csvLine(['plain', 'a,b', 'say "no"', 'two\nlines', null, undefined, 0])).toBe('plain,"a,b","say ""no""","two\nlines",,,0\r\n');
  });

  it('holds no formula: only numbers may begin with a minus', () => {
    expect(csvLine(['=1+1', '+1', '-1', '@sum', '\tx', -1])).toBe("'=1+1,'+1,'-1,'@sum,'\tx,-1\r\n");
  });
});
