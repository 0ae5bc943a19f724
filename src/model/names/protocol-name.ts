/** The names of the protocols that Sluice speaks. */
export type ProtocolName =
  | 'openai-chat'
  | 'openai-responses'
  | 'openai-completions'
  | 'anthropic-messages'
  | 'gemini'

/** Fields that only one protocol has. They are kept so that the same protocol can write them again. */
export type Extensions = { readonly [protocol in ProtocolName]?: Readonly<Record<string, unknown>> }
