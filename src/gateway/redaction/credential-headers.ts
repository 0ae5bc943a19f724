/** Recognises by its name a header with a credential. Credentials are sent to us, and must not reach an upstream. */

/** The last word of such a name. */
const LAST_WORD =
  /(?:^|[-_.])(?:auth|authentication|authorization|assertion|bearer|cookie2?|credentials?|jwt|keys?|passwd|password|pwd|secrets?|tokens?)$/

/** Endings that are long enough to be recognised without a separator before them. */
const ENDING =
  /(?:apikey|accesskey|subscriptionkey|authorization|credentials?|password|secret|token)$/

/** Credentials of gateways and other products whose names have no such ending. */
const KNOWN: ReadonlySet<string> = new Set([
  'openai-organization',
  'openai-project',
  'x-goog-user-project',
  'cf-access-client-id',
  'dpop',
  'x-amzn-oidc-data',
  'x-amzn-oidc-identity',
  'x-ms-client-principal',
  'x-portkey-config',
])

/** These have such an ending, but are not credentials. */
const TRAVELS: ReadonlySet<string> = new Set(['idempotency-key', 'x-idempotency-key'])

/** @param name in lower case. */
export const isCredentialHeader = (name: string): boolean =>
  KNOWN.has(name) || ((LAST_WORD.test(name) || ENDING.test(name)) && !TRAVELS.has(name))
