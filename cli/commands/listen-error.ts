/** What a person needs to know when a port or an address cannot be listened on; other errors come back as they are. */
export function explainListenError(error: unknown, { host, port }: { host: string; port: number }): unknown {
  switch ((error as NodeJS.ErrnoException | undefined)?.code) {
    case 'EADDRINUSE':
      return new Error(
        `Port ${port} on ${host} is in use, perhaps by another StreamSwarm. Choose another with --port, or --port 0 for any free one.`,
      );
    case 'EACCES':
      return new Error(`This user may not listen on port ${port}: ports under 1024 need a privilege. Choose another with --port.`);
    case 'EADDRNOTAVAIL':
      return new Error(`${host} is not an address of this host. Choose one that is with --host, or 0.0.0.0 for every interface.`);
    default:
      return error;
  }
}
