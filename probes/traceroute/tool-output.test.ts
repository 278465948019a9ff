import { describe, expect, it } from 'vitest';
import { parseMtr, parseTraceroute } from './tool-output.js';

const seen = (probes: ReturnType<typeof parseTraceroute>): unknown[] =>
  probes.map(({ ttl, from, rttMs, mark }) => [ttl, from, rttMs, ...(mark ? [mark] : [])]);

describe('what traceroute(8) prints', () => {
  it('is read probe by probe; a star is no answer', () => {
    const text = [
      'traceroute to 198.18.4.2 (198.18.4.2), 30 hops max, 60 byte packets',
      ' 1  198.18.1.2  0.045 ms  0.007 ms  0.006 ms',
      ' 2  * * *',
      ' 3  198.18.3.2  10.470 ms *  10.476 ms',
      ' 4  198.18.4.2  10.457 ms  10.445 ms  10.425 ms',
    ].join('\n');
    expect(seen(parseTraceroute(text))).toEqual([
      ...[0.045, 0.007, 0.006].map((ms) => [1, '198.18.1.2', ms]),
      ...[2, 2, 2].map((ttl) => [ttl, undefined, undefined]),
      [3, '198.18.3.2', 10.47],
      [3, undefined, undefined],
      [3, '198.18.3.2', 10.476],
      ...[10.457, 10.445, 10.425].map((ms) => [4, '198.18.4.2', ms]),
    ]);
  });

  it('may have several addresses in a line, over IPv6 too, each with the times behind it', () => {
    const text = ' 7  2001:db8::7  1.5 ms 2001:db8::8  1.25 ms  1.75 ms';
    expect(seen(parseTraceroute(text))).toEqual([
      [7, '2001:db8::7', 1.5],
      [7, '2001:db8::8', 1.25],
      [7, '2001:db8::8', 1.75],
    ]);
  });

  it('marks refusals behind the time', () => {
    const text = ' 3  198.18.3.2  10.655 ms !X * 3000.5 ms !H  10.672 ms !<9>';
    expect(seen(parseTraceroute(text))).toEqual([
      [3, '198.18.3.2', 10.655, '!X'],
      [3, undefined, undefined],
      [3, '198.18.3.2', 3000.5, '!H'],
      [3, '198.18.3.2', 10.672, '!<9>'],
    ]);
  });

  it('names the labels of a tunnel behind the address', () => {
    const [probe] = parseTraceroute(' 2  198.18.2.2 <MPLS:L=24016,E=0,S=0,T=1/L=25,E=4,S=1,T=254>  3.1 ms');
    expect(probe).toMatchObject({
      rttMs: 3.1,
      labels: [
        { label: 24_016, trafficClass: 0, bottom: false, ttl: 1 },
        { label: 25, trafficClass: 4, bottom: true, ttl: 254 },
      ],
    });
  });

  it('is nothing where it is a complaint', () => {
    expect(parseTraceroute('connect: Network is unreachable\n')).toEqual([]);
    expect(parseTraceroute('')).toEqual([]);
  });
});

describe('what mtr(8) prints with --raw', () => {
  it('is read probe by probe, in the order of the hops; what was not answered is there too', () => {
    const text = 'x 0 33000\nh 0 198.18.1.2\np 0 72 33000\nx 1 33001\nx 2 33002\nh 2 198.18.3.2\np 2 10397 33002\n';
    expect(seen(parseMtr(text))).toEqual([
      [1, '198.18.1.2', 0.072],
      [2, undefined, undefined],
      [3, '198.18.3.2', 10.397],
    ]);
  });

  it('has the labels of a hop before its answers', () => {
    const [first, second] = parseMtr(
      'x 1 33000\nh 1 198.18.2.2\nm 1 24016 0 1 1\np 1 50 33000\nx 1 33001\nm 1 24016 0 1 1\np 1 60 33001\n',
    );
    const labels = [{ label: 24_016, trafficClass: 0, ttl: 1 }];
    expect([first, second]).toMatchObject([{ labels }, { labels }]);
  });
});
