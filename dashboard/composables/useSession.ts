import { computed, readonly, ref, type ComputedRef, type Ref } from 'vue';
import type { ApolloClient, NormalizedCacheObject } from '@apollo/client/core';
import { LoginDocument, LogoutDocument, MeDocument, SetUpDocument, type PersonFragment } from '../graphql/generated.js';

type Client = ApolloClient<NormalizedCacheObject>;

const me = ref<PersonFragment | null>(null);
const setUpRequired = ref(false);
const ended = ref(0);
let asked: Promise<void> | null = null;

/** The server no longer knows who we are: the router leads to the login page and back afterwards. */
export function sessionEnded(): void {
  if (me.value) ended.value++;
  me.value = null;
}

async function ask(client: Client): Promise<void> {
  const { data } = await client.query({ query: MeDocument, fetchPolicy: 'network-only' });
  me.value = data.me ?? null;
  setUpRequired.value = data.setUpRequired;
}

/** Asks again who is signed in: after people changed themselves. @throws ApolloError with the server's code. */
export async function renewSession(client: Client): Promise<void> {
  await ask(client);
}

/** Asks the server, once, who is signed in and whether the installation has to be set up. A failed attempt may be made again. */
export function loadSession(client: Client): Promise<void> {
  asked ??= ask(client).catch((error: unknown) => {
    asked = null;
    throw error;
  });
  return asked;
}

/** Signs in. @throws ApolloError with the server's code, UNAUTHENTICATED for a wrong password. */
export async function login(client: Client, username: string, password: string): Promise<void> {
  const { data } = await client.mutate({ mutation: LoginDocument, variables: { username, password } });
  await client.clearStore();
  me.value = data?.login ?? null;
}

/** Creates the first administrator and signs in. @throws ApolloError with the server's code. */
export async function setUp(client: Client, token: string, username: string, password: string): Promise<void> {
  const { data } = await client.mutate({ mutation: SetUpDocument, variables: { token, username, password } });
  me.value = data?.setUp ?? null;
  setUpRequired.value = false;
}

/** Signs out and forgets everything that was read. */
export async function logout(client: Client): Promise<void> {
  await client.mutate({ mutation: LogoutDocument });
  me.value = null;
  await client.clearStore();
}

/** Who is signed in and what they may do. */
export function useSession(): {
  me: Readonly<Ref<PersonFragment | null>>;
  setUpRequired: Readonly<Ref<boolean>>;
  ended: Readonly<Ref<number>>;
  canOperate: ComputedRef<boolean>;
  isAdmin: ComputedRef<boolean>;
} {
  return {
    me: readonly(me),
    setUpRequired: readonly(setUpRequired),
    ended: readonly(ended),
    canOperate: computed(() => me.value !== null && me.value.role !== 'VIEWER'),
    isAdmin: computed(() => me.value?.role === 'ADMIN'),
  };
}
