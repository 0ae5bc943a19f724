/** Every client with every upstream protocol, and the program or agent that runs it. */
import { playClaudeCode } from './claude-code.ts'
import { playCodex } from './codex.ts'
import { playGeminiCli } from './gemini-cli.ts'
import { playOpencode } from './opencode.ts'
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
  /** Each of its starts takes seconds: it is not played again where an SDK shows the same. */
  slow?: boolean
  /** Its calls are identified by their tags, so that similar lanes may run at the same time. */
  tagged?: boolean
}

type Client = Pick<Lane, 'name' | 'client' | 'speaks' | 'play' | 'slow' | 'tagged'> & {
  /** What it asks its own vendor for, where the usual name would be refused. */
  ownModel?: string
}

/** A program that uses one SDK; where it speaks several protocols, the environment says which. */
const sdk = (
  name: string,
  client: string,
  speaks: ProtocolName,
  program: string,
  environment: Record<string, string> = {},
): Client => ({
  name,
  client,
  speaks,
  play: (stage) => playProgram(stage, program, environment),
})

const aiSdk = (speaks: ProtocolName, provider: string, client: string): Client =>
  sdk('ai', `AI SDK, ${client}`, speaks, 'ai-sdk.mjs', { PROVIDER: provider })

const OPENAI = sdk('openai', 'OpenAI SDK, chat completions', 'chat', 'openai.mjs')

const OPENAI_RESPONSES = sdk('openai', 'OpenAI SDK, responses', 'responses', 'openai-responses.mjs')

const ANTHROPIC = sdk('anthropic', 'Anthropic SDK', 'messages', 'anthropic.mjs')

const langchain = (speaks: ProtocolName, provider: string, client: string): Client =>
  sdk('langchain', `LangChain, ${client}`, speaks, 'langchain.mjs', { PROVIDER: provider })

const openaiAgents = (speaks: ProtocolName, provider: string): Client => {
  const api = speaks === 'chat' ? 'chat completions' : speaks
  const client = `OpenAI Agents SDK, ${api}`
  return sdk('openai-agents', client, speaks, 'openai-agents.mjs', { PROVIDER: provider })
}

const GOOGLE = sdk('google-genai', 'Google Gen AI SDK', 'gemini', 'google-genai.mjs')

const GEMINI_CLI: Client = {
  name: 'gemini-cli',
  client: 'Gemini CLI',
  speaks: 'gemini',
  play: playGeminiCli,
  slow: true,
}

const opencode = (speaks: ProtocolName, provider: string): Client => ({
  name: 'opencode',
  client: `opencode, \`${provider}\``,
  speaks,
  play: (stage) => playOpencode(stage, provider),
  slow: true,
  // This provider says `max_tokens`, which OpenAI's reasoning models refuse.
  ...(speaks === 'chat' && { ownModel: 'gpt-4.1' }),
})

const RESPONSES_SOCKET = sdk(
  'openai-socket',
  'OpenAI SDK, responses over a WebSocket',
  'responses',
  'openai-responses-socket.mjs',
)

const REALTIME = sdk('openai-realtime', 'OpenAI SDK, realtime', 'realtime', 'openai-realtime.mjs')

const CODEX: Client = {
  name: 'codex',
  client: 'Codex',
  speaks: 'responses',
  play: playCodex,
}

const SDKS: Client[] = [
  OPENAI,
  ANTHROPIC,
  aiSdk('chat', 'openai', '`@ai-sdk/openai` (chat)'),
  aiSdk('messages', 'anthropic', '`@ai-sdk/anthropic`'),
  aiSdk('chat', 'openai-compatible', '`@ai-sdk/openai-compatible`'),
  OPENAI_RESPONSES,
  aiSdk('responses', 'openai-responses', '`@ai-sdk/openai` (responses)'),
  langchain('chat', 'openai', 'ChatOpenAI (chat)'),
  langchain('responses', 'openai-responses', 'ChatOpenAI (responses)'),
  langchain('messages', 'anthropic', 'ChatAnthropic'),
  openaiAgents('chat', 'openai'),
  openaiAgents('responses', 'openai-responses'),
  GOOGLE,
  RESPONSES_SOCKET,
].map((client) => ({ ...client, tagged: true }))

const AGENTS: Client[] = [
  opencode('chat', '@ai-sdk/openai-compatible'),
  opencode('responses', '@ai-sdk/openai'),
  opencode('messages', '@ai-sdk/anthropic'),
  GEMINI_CLI,
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
const codex = (model: string, upstream: ProtocolName = 'responses'): Lane => ({
  ...CODEX,
  client: `Codex with ${model}`,
  upstream,
  model,
})

/** OpenAI speaks two protocols, and takes a client's own where nothing else is asked for. */
const PROVIDERS: Record<ProtocolName, string> = {
  messages: 'anthropic',
  chat: 'openai-chat',
  responses: 'openai-responses',
  gemini: 'gemini',
  realtime: 'openai',
}

const OWN_MODELS: Record<ProtocolName, string> = {
  messages: 'claude-sonnet-4-5',
  chat: 'gpt-5.1',
  responses: 'gpt-5.1',
  gemini: 'gemini-2.5-flash',
  realtime: 'realtime/gpt-realtime',
}

/** A client that stays with its own vendor uses the names it always used. */
const toLane = ({ ownModel, ...client }: Client, upstream: ProtocolName): Lane => {
  const name = OWN_MODELS[upstream]
  const model = client.speaks === upstream ? (ownModel ?? name) : `${PROVIDERS[upstream]}/${name}`
  return { ...client, upstream, model }
}

const GENERATING: ProtocolName[] = ['messages', 'chat', 'responses', 'gemini']

/** The upstream protocols for a client of each protocol. A pair that is listed here is run. */
const BEHIND: Record<ProtocolName, ProtocolName[]> = {
  chat: GENERATING,
  messages: GENERATING,
  responses: GENERATING,
  gemini: GENERATING,
  realtime: ['realtime'],
}

const isOpen = ({ speaks, upstream }: Lane): boolean => BEHIND[speaks].includes(upstream)

const toLanes = (client: Client): Lane[] =>
  BEHIND[client.speaks].map((upstream) => toLane(client, upstream))

export const LANES: Lane[] = [
  claudeCode('claude-sonnet-4-5', 'messages'),
  claudeCode('claude-opus-5-5', 'messages'),
  claudeCode('openai/gpt-5.1', 'chat'),
  claudeCode('openai-responses/gpt-5.1', 'responses'),
  claudeCode('gemini/gemini-2.5-flash', 'gemini'),
  codex('gpt-5.1'),
  codex('gpt-5.5'),
  codex('gpt-6-sol'),
  codex('anthropic/claude-sonnet-4-5', 'messages'),
  codex('openai-chat/gpt-5.1', 'chat'),
  codex('gemini/gemini-2.5-flash', 'gemini'),
  ...[...AGENTS, ...SDKS, REALTIME].flatMap(toLanes),
].filter(isOpen)

/** The one vendor there is, and the clients of others that know nothing of the gateway. */
const UNAWARE: Partial<Record<ProtocolName, ProtocolName[]>> = {
  // Where tools are brought, OpenAI's newer models are asked in nothing else.
  responses: ['messages'],
  messages: ['chat', 'responses'],
}

export const UNAWARE_LANES: Lane[] = [
  claudeCode('claude-opus-5-5', 'responses'),
  claudeCode('claude-haiku-4-5', 'responses'),
  codex('gpt-5.5', 'messages'),
  codex('gpt-6-sol', 'messages'),
  ...Object.entries(UNAWARE).flatMap(([upstream, speakers]) =>
    SDKS.filter(({ speaks }) => speakers.includes(speaks)).map((client) => ({
      ...client,
      upstream: upstream as ProtocolName,
      model: OWN_MODELS[client.speaks],
    })),
  ),
].filter(isOpen)
