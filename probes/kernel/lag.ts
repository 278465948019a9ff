/** By how much the reading of a socket lags behind (`ReceiveArena.takeWaiting`), ms: what came later may still wait. 0 where it does not. */
export class Lag {
  /** Of what others sent. */
  packets = 0;
  /** Of the error queue: errors, and stamps of what was sent. */
  errors = 0;

  get ms(): number {
    return Math.max(this.packets, this.errors);
  }
}
