/** The shortest requests that a vendor takes, one for each client protocol. */

export const CHAT = '/v1/chat/completions'
export const MESSAGES = '/v1/messages'
export const RESPONSES = '/v1/responses'

export const GPT = 'gpt-4o'
export const CLAUDE = 'claude-sonnet-4-5-20250929'

export const chatBody = (text = 'hello', more: Record<string, unknown> = {}) => ({
  model: GPT,
  messages: [{ role: 'user', content: text }],
  ...more,
})

export const messagesBody = (text = 'hello', more: Record<string, unknown> = {}) => ({
  model: CLAUDE,
  max_tokens: 1024,
  messages: [{ role: 'user', content: text }],
  ...more,
})

export const responsesBody = (text = 'hello', more: Record<string, unknown> = {}) => ({
  model: GPT,
  input: text,
  ...more,
})
