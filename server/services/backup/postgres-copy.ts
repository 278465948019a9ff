import { once } from 'node:events';
import { Readable, type Duplex } from 'node:stream';
import type pg from 'pg';

/** What of the driver's connection COPY needs; it is not in its types. */
interface Wire {
  readonly stream: Duplex;
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(message: string): void;
}

const BUFFERED = 1 << 20;

/** A statement whose messages the driver hands to us instead of making rows of them. */
abstract class Copy {
  protected wire: Wire | undefined;

  constructor(private readonly sql: string) {}

  submit(connection: unknown): void {
    this.wire = connection as Wire;
    this.wire.query(this.sql);
  }

  /** Each message holds a row. */
  handleCopyData(message: { readonly chunk: Buffer }): void {
    this.rowCame(message.chunk);
  }

  handleCopyInResponse(): void {
    this.rowsWanted();
  }

  handleError(error: Error): void {
    this.failed(error);
  }

  handleReadyForQuery(): void {
    this.done();
  }

  handleCommandComplete(): void {
    // What counts is that the server is ready for the next.
  }

  protected abstract rowCame(row: Buffer): void;
  protected abstract rowsWanted(): void;
  protected abstract failed(error: Error): void;
  protected abstract done(): void;
}

class CopyOut extends Copy {
  readonly rows = new Readable({ highWaterMark: BUFFERED, read: () => this.wire?.stream.resume() });

  protected rowCame(row: Buffer): void {
    if (!this.rows.push(row)) this.wire?.stream.pause();
  }
  protected rowsWanted(): void {
    this.wire?.sendCopyFail('nothing to copy');
  }
  protected failed(error: Error): void {
    this.rows.destroy(error);
  }
  protected done(): void {
    this.rows.push(null);
  }
}

class CopyIn extends Copy {
  readonly finished: Promise<void>;
  private resolve: () => void = () => undefined;
  private reject: (error: Error) => void = () => undefined;
  private error: Error | undefined;

  constructor(
    sql: string,
    private readonly rows: AsyncIterable<Buffer>,
  ) {
    super(sql);
    this.finished = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  protected rowCame(): void {
    // The server sends none.
  }
  protected rowsWanted(): void {
    void this.send();
  }
  protected failed(error: Error): void {
    this.error ??= error;
    this.reject(this.error);
  }
  protected done(): void {
    if (this.error === undefined) this.resolve();
    else this.reject(this.error);
  }

  private async send(): Promise<void> {
    const { wire } = this;
    if (!wire) return;
    try {
      for await (const row of this.rows) {
        if (this.error !== undefined) return;
        wire.sendCopyFromChunk(row);
        if (wire.stream.writableNeedDrain) await once(wire.stream, 'drain');
      }
      wire.endCopyFrom();
    } catch (error) {
      this.error ??= error as Error;
      wire.sendCopyFail(this.error.message);
    }
  }
}

/** What `COPY … TO STDOUT` answers, a row a line. The connection is free again when it has ended. @throws what PostgreSQL says */
export async function* copyOut(client: pg.ClientBase, sql: string): AsyncIterableIterator<Buffer> {
  yield* client.query(new CopyOut(sql)).rows as AsyncIterable<Buffer>;
}

/** Feeds `COPY … FROM STDIN`. @throws what PostgreSQL says of the rows, or what reading them throws */
export function copyIn(client: pg.ClientBase, sql: string, rows: AsyncIterable<Buffer>): Promise<void> {
  return client.query(new CopyIn(sql, rows)).finished;
}
