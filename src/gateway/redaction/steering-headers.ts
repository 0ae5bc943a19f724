/**
 * Recognises by its name a header by which another gateway, or a proxy in front of an upstream, chooses an address, a path,
 * a key or a client. It would do so with our key.
 */

/** The prefixes are those of Portkey, LiteLLM, Bifrost, Helicone, Cloudflare's gateway and Envoy. */
const FAMILY = /^(?:x-(?:portkey|litellm|bf|envoy|original|rewrite)|helicone|cf-aig)-/

const KNOWN: ReadonlySet<string> = new Set([
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-host',
  'x-base-url',
  'x-target-url',
  'x-api-base',
  'x-real-ip',
  'true-client-ip',
])

/** @param name in lower case. */
export const isSteeringHeader = (name: string): boolean => KNOWN.has(name) || FAMILY.test(name)
