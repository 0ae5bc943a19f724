/** Every client with every protocol behind it, and the program or agent that plays it. */
import { playClaudeCode } from './claude-code.ts'
import { playCodex } from './codex.ts'
import type { Outcome, ProtocolName } from './row.ts'
import { playProgram } from './sdks.ts'
import type { Stage } from './stage.ts'

export type Lane = {
  /** What `--only` names. */
  name: string
  client: string
  speaks: ProtocolName
  upstream: ProtocolName
  model: string
  play: (stage: Stage) => AsyncIterable<Outcome>
}

type Client = Pick<Lane, 'name' | 'client' | 'speaks' | 'play'>

const aiSdk = (speaks: ProtocolName, provider: string, client: string): Client => ({
  name: 'ai',
  client: `AI SDK, ${client}`,
  speaks,
  play: (stage) => playProgram(stage, 'ai-sdk.mjs', { PROVIDER: provider }),
})

const OPENAI: Client = {
  name: 'openai',
  client: 'OpenAI SDK, chat completions',
  speaks: 'chat',
  play: (stage) => playProgram(stage, 'openai.mjs'),
}

const OPENAI_RESPONSES: Client = {
  name: 'openai',
  client: 'OpenAI SDK, responses',
  speaks: 'responses',
  play: (stage) => playProgram(stage, 'openai-responses.mjs'),
}

const ANTHROPIC: Client = {
  name: 'anthropic',
  client: 'Anthropic SDK',
  speaks: 'messages',
  play: (stage) => playProgram(stage, 'anthropic.mjs'),
}

const BOTH_SIDES: Client[] = [
  OPENAI,
  ANTHROPIC,
  aiSdk('chat', 'openai', '`@ai-sdk/openai` (chat)'),
  aiSdk('messages', 'anthropic', '`@ai-sdk/anthropic`'),
  aiSdk('chat', 'openai-compatible', '`@ai-sdk/openai-compatible`'),
]

/** Claude Code asks a model for thinking, effort and system messages as it knows the model takes them. */
const claudeCode = (model: string, upstream: ProtocolName): Lane => ({
  name: 'claude-code',
  client: `Claude Code with ${model}`,
  speaks: 'messages',
  upstream,
  model,
  play: playClaudeCode,
})

/** Codex sends another shape for a model that it does not know, for one of before, and of now. */
const codex = (model: string): Lane => ({
  name: 'codex',
  client: `Codex with ${model}`,
  speaks: 'responses',
  upstream: 'responses',
  model,
  play: playCodex,
})

const PROVIDERS: Record<ProtocolName, string> = {
  messages: 'anthropic',
  chat: 'openai',
  responses: 'openai',
}

const OWN_MODELS: Record<ProtocolName, string> = {
  messages: 'claude-sonnet-4-5',
  chat: 'gpt-5.1',
  responses: 'gpt-5.1',
}

/** A client that stays with its own vendor uses the names it always used. */
const toLane = (client: Client, upstream: ProtocolName): Lane => {
  const name = OWN_MODELS[upstream]
  const model = client.speaks === upstream ? name : `${PROVIDERS[upstream]}/${name}`
  return { ...client, upstream, model }
}

export const LANES: Lane[] = [
  claudeCode('claude-sonnet-4-5', 'messages'),
  claudeCode('claude-opus-5-5', 'messages'),
  claudeCode('openai/gpt-5.1', 'chat'),
  ...BOTH_SIDES.flatMap((client) => [toLane(client, 'messages'), toLane(client, 'chat')]),
  codex('gpt-5.1'),
  codex('gpt-5.5'),
  codex('gpt-6-sol'),
  toLane(OPENAI_RESPONSES, 'responses'),
  toLane(aiSdk('responses', 'openai-responses', '`@ai-sdk/openai` (responses)'), 'responses'),
]

const OTHER_SIDE: Record<string, ProtocolName> = { chat: 'messages', messages: 'chat' }

/** Clients that know nothing of the gateway, on the one vendor there is, which is not theirs. */
export const UNAWARE_LANES: Lane[] = [
  claudeCode('claude-opus-5-5', 'chat'),
  claudeCode('claude-haiku-4-5', 'chat'),
  ...BOTH_SIDES.map((client) => ({
    ...client,
    upstream: OTHER_SIDE[client.speaks] ?? 'chat',
    model: OWN_MODELS[client.speaks],
  })),
]
