import { LIMITS } from './limits.js';

/** How far behind the newest a packet may come: bits of the window. */
const WINDOW = 32;

interface Session {
  readonly since: number;
  highest: number;
  /** Bit n: the packet n before the highest was seen. */
  seen: number;
}

/** Which packets were answered already, cookie by cookie, so that none is answered twice (the window of RFC 4303, 3.4.3). Times as with `Cookies`. */
export class Sessions {
  /** The oldest first. */
  readonly #sessions = new Map<string, Session>();

  /** Notes a packet: `new`; `replayed` where it was seen, or is too old to tell; `full` where no more sessions can be remembered. */
  note(cookie: Buffer, sequence: number, now: number): 'new' | 'replayed' | 'full' {
    const key = cookie.toString('hex');
    const session = this.#sessions.get(key);
    if (session) return noteIn(session, sequence) ? 'new' : 'replayed';
    this.#forget(now);
    if (this.#sessions.size >= LIMITS.sessions) return 'full';
    this.#sessions.set(key, { since: now, highest: sequence, seen: 1 });
    return 'new';
  }

  /** Forgets sessions whose cookie has expired: it was given out before its session began. */
  #forget(now: number): void {
    for (const [key, { since }] of this.#sessions) {
      if (now - since <= LIMITS.cookieMs) return;
      this.#sessions.delete(key);
    }
  }
}

function noteIn(session: Session, sequence: number): boolean {
  const ahead = sequence - session.highest;
  if (ahead > 0) {
    session.seen = ahead >= WINDOW ? 1 : ((session.seen << ahead) | 1) >>> 0;
    session.highest = sequence;
    return true;
  }
  if (-ahead >= WINDOW) return false;
  const bit = (1 << -ahead) >>> 0;
  if ((session.seen & bit) !== 0) return false;
  session.seen = (session.seen | bit) >>> 0;
  return true;
}
