/** The languages of model APIs that are spoken here. */
export type ProtocolName =
  | 'openai-chat'
  | 'openai-responses'
  | 'openai-completions'
  | 'anthropic-messages'
  | 'gemini'

/** Fields that only one protocol knows, kept so that the same protocol gets them back. */
export type Extensions = { readonly [protocol in ProtocolName]?: Readonly<Record<string, unknown>> }
