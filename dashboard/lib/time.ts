const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long ago (or ahead) `at` is, seen from `now`, both in milliseconds: "just now", "12 s ago", "3 min ago", "in 2 h". */
export function relativeTime(at: number, now: number): string {
  const away = Math.abs(now - at);
  if (away < 2 * SECOND) return 'just now';
  const amount = spanText(away);
  return at <= now ? `${amount} ago` : `in ${amount}`;
}

/** A span of time in its largest whole unit: "12 s", "3 min", "5 h", "2 d". */
export function spanText(milliseconds: number): string {
  if (milliseconds < MINUTE) return `${Math.floor(milliseconds / SECOND)} s`;
  if (milliseconds < HOUR) return `${Math.floor(milliseconds / MINUTE)} min`;
  if (milliseconds < 2 * DAY) return `${Math.floor(milliseconds / HOUR)} h`;
  return `${Math.floor(milliseconds / DAY)} d`;
}

const exact = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'long' });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const dayAndClock = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

/** The moment with date, time and zone, as the reader's clock shows it: for hover. */
export function exactTime(at: number): string {
  return exact.format(at);
}

/** The time of day, with the day where `at` is not of the same day as `now`. */
export function clockTime(at: number, now: number = Date.now()): string {
  return new Date(at).toDateString() === new Date(now).toDateString() ? clock.format(at) : dayAndClock.format(at);
}

const two = (number: number): string => String(number).padStart(2, '0');

/** A moment in RFC 3339 as `<input type="datetime-local">` takes it, by the reader's clock; empty for what is none. */
export function toLocalInput(moment: string): string {
  const at = new Date(moment);
  if (Number.isNaN(at.getTime())) return '';
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** What `<input type="datetime-local">` gives as a moment in RFC 3339; empty for nothing. */
export function fromLocalInput(text: string | null): string {
  const at = new Date(text ?? '');
  return Number.isNaN(at.getTime()) ? '' : at.toISOString();
}
