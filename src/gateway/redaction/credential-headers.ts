/** Tells by its name whether a header holds a credential. It was sent to us, and is no business of an upstream. */

/** What such a name ends in, as a word of its own. */
const LAST_WORD =
  /(?:^|[-_.])(?:auth|authentication|authorization|assertion|bearer|cookie2?|credentials?|jwt|keys?|passwd|password|pwd|secrets?|tokens?)$/

/** Long enough to mean the same where nothing divides it from the word before. */
const ENDING =
  /(?:apikey|accesskey|subscriptionkey|authorization|credentials?|password|secret|token)$/

/** Those whose names do not say so: what gateways and other products put in front of a call. */
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

/** They end like a credential, and are none. */
const TRAVELS: ReadonlySet<string> = new Set(['idempotency-key', 'x-idempotency-key'])

/** @param name in lower case. */
export const isCredentialHeader = (name: string): boolean =>
  KNOWN.has(name) || ((LAST_WORD.test(name) || ENDING.test(name)) && !TRAVELS.has(name))
