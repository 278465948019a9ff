import { agentInput, enrolmentToken, REGISTER, type Registered } from './agents.js';
import { HttpClient, socketClient } from './client.js';
import { tideProbe, type TideAgent } from './measuring.js';

/** Registers an agent that has the tide probe at a server in another process; its socket is at `socketUrl`, which may be another one of the same database. */
export async function remoteAgent(admin: HttpClient, url: string, socketUrl = url, name = 'Attic'): Promise<TideAgent> {
  const enrolling = new HttpClient(url, (await enrolmentToken(admin)).secret);
  const { registerAgent } = await enrolling.data<Registered>(REGISTER, { input: agentInput({ name, probes: [tideProbe()] }) });
  const { agent, secret } = registerAgent;
  return { id: agent.id, secret, client: new HttpClient(url, secret), socket: socketClient(socketUrl, { bearer: secret }) };
}
