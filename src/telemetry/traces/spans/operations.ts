/** The names of operations and vendors, as the conventions for generative AI spell them. */
import type { ProtocolName } from '#model'

/** By the route, for what is no generation. The conventions have no name for any of these but embeddings. */
const BY_ROUTE: readonly (readonly [RegExp, string])[] = [
  [/embed/i, 'embeddings'],
  [/count_?tokens|input_tokens$/i, 'count_tokens'],
  [/\/compact$/, 'compact'],
  [/realtime$/, 'realtime'],
  [/\{id\}/, 'retrieve_response'],
]

const GENERATIONS: Readonly<Partial<Record<ProtocolName, string>>> = {
  gemini: 'generate_content',
  'openai-completions': 'text_completion',
}

/** @param route as in the log: `POST /v1/messages` */
export const toOperation = (route: string, protocol: ProtocolName): string =>
  BY_ROUTE.find(([pattern]) => pattern.test(route))?.[1] ?? GENERATIONS[protocol] ?? 'chat'

const VENDORS: Readonly<Record<string, string>> = {
  azure: 'azure.ai.openai',
  gemini: 'gcp.gemini',
  'gemini-openai': 'gcp.gemini',
  mistral: 'mistral_ai',
  moonshot: 'moonshot_ai',
  xai: 'x_ai',
}

/** @param vendor as in the configuration */
export const toVendorName = (vendor: string): string =>
  Object.hasOwn(VENDORS, vendor) ? (VENDORS[vendor] ?? vendor) : vendor

const REASONS: Readonly<Record<string, string>> = {
  'stop-sequence': 'stop',
  'context-full': 'length',
  'tool-calls': 'tool_call',
  'content-filter': 'content_filter',
}

/** @param reason one of ours, or a vendor's own word */
export const toReasonName = (reason: string): string =>
  Object.hasOwn(REASONS, reason) ? (REASONS[reason] ?? reason) : reason
