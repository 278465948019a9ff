/** What `up` asks of its server child. */
export type ParentMessage =
  { readonly type: 'enroll'; readonly name: string } | { readonly type: 'first-test'; readonly agentName: string };

/** What the server child tells `up`. */
export type ServerMessage =
  | { readonly type: 'ready'; readonly url: string; readonly setupUrl: string | null }
  | { readonly type: 'enrolled'; readonly secret: string }
  | { readonly type: 'failed'; readonly message: string };
