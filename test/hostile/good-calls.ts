/** What the well-behaved caller does all day, each with what is wrong with its answer. */
import { gzipSync } from 'node:zlib'
import { setTimeout as sleep } from 'node:timers/promises'
import { CLAUDE, GPT } from '../tools/app/asks.ts'
import { type Received, send, type Sending } from '../tools/app/send.ts'
import {
  checkChatAnswer,
  checkChatStream,
  checkGeminiStream,
  checkMessagesAnswer,
  checkMessagesStream,
  checkResponsesAnswer,
  checkResponsesStream,
} from '../tools/checkers/index.ts'
import { askSocket } from './good-sockets.ts'
import { GOOD_KEY } from './keys.ts'

export interface Door {
  readonly url: string
  /** Of a response that was stored when the door was opened. */
  storedId: string | undefined
}

/** @returns what is wrong. */
export type GoodCall = (door: Door, word: string) => Promise<readonly string[]>

const MESSAGES_VERSION = { 'anthropic-version': '2023-06-01' }
const INSTRUCTIONS = 'Be brief, and read what is asked before you answer. '.repeat(80)
const GEMINI = 'gemini-2.5-flash'

/** Told in pieces over a tenth of a second or two. */
const slowly = (word: string) => `[[pace 10]][[say the word of this call is ${word} and no other]]`

const ask = (url: string, path: string, { headers, ...sending }: Sending): Promise<Received> =>
  send(url, path, { ...sending, headers: { authorization: `Bearer ${GOOD_KEY}`, ...headers } })

const judge = (
  { status, text, broken }: Received,
  word: string,
  check: () => readonly string[],
): readonly string[] => {
  if (broken) return ['the answer broke off']
  if (status !== 200) return [`status ${status}: ${text.slice(0, 300)}`]
  const violations = check()
  if (violations.length > 0) return violations.slice(0, 2)
  return text.includes(word) ? [] : ['the answer is to another question']
}

const chatBody = (model: string, text: string, more: object = {}) => ({
  model,
  messages: [
    { role: 'system', content: INSTRUCTIONS },
    { role: 'user', content: text },
  ],
  ...more,
})

const messagesBody = (model: string, text: string, more: object = {}) => ({
  model,
  max_tokens: 512,
  system: INSTRUCTIONS,
  messages: [{ role: 'user', content: text }],
  ...more,
})

const postChat = async (url: string, word: string, model: string) => {
  const answer = await ask(url, '/v1/chat/completions', { body: chatBody(model, word) })
  return judge(answer, word, () => checkChatAnswer(answer.json))
}

const streamChat = async (url: string, word: string, model: string) => {
  const body = chatBody(model, slowly(word), { stream: true })
  const answer = await ask(url, '/v1/chat/completions', { body })
  return judge(answer, word, () => checkChatStream(answer.bytes))
}

const streamMessages = async (url: string, word: string, model: string) => {
  const body = messagesBody(model, slowly(word), { stream: true })
  const answer = await ask(url, '/v1/messages', { body, headers: MESSAGES_VERSION })
  return judge(answer, word, () => checkMessagesStream(answer.bytes))
}

const streamResponses = async (url: string, word: string, model: string) => {
  const body = { model, instructions: INSTRUCTIONS, input: slowly(word), stream: true }
  const answer = await ask(url, '/v1/responses', { body })
  return judge(answer, word, () => checkResponsesStream(answer.bytes))
}

const postResponses = async (url: string, word: string, more: object = {}) => {
  const body = { model: CLAUDE, input: word, ...more }
  const answer = await ask(url, '/v1/responses', { body })
  return { answer, faults: judge(answer, word, () => checkResponsesAnswer(answer.json)) }
}

const TURN_WITHIN_MS = 30_000

const runInBackground = async (url: string, word: string) => {
  const body = { model: CLAUDE, input: slowly(word), background: true }
  const promised = await ask(url, '/v1/responses', { body })
  const startedAt = performance.now()
  for (let { json, status, text } = promised; ;) {
    if (status !== 200) return [`status ${status}: ${text.slice(0, 300)}`]
    if (json.status === 'completed')
      return text.includes(word) ? [] : ['the answer is to another question']
    if (json.status !== 'queued' && json.status !== 'in_progress')
      return [`it ended as ${String(json.status)}: ${text.slice(0, 300)}`]
    if (performance.now() - startedAt > TURN_WITHIN_MS) return ['it did not end']
    await sleep(30)
    ;({ json, status, text } = await ask(url, `/v1/responses/${String(json.id)}`, {}))
  }
}

/** Leans on what was stored when the door was opened: it must not be pushed out by others. */
const goOn: GoodCall = async (door, word) => {
  if (door.storedId === undefined) {
    const { answer, faults } = await postResponses(door.url, word)
    if (faults.length === 0) door.storedId = String(answer.json.id)
    return faults
  }
  return (await postResponses(door.url, word, { previous_response_id: door.storedId })).faults
}

const SENTENCE = 'The quick brown fox counts tokens of a long and ordinary text. '.repeat(200)

const countTokens: GoodCall = async ({ url }, word) => {
  const body = {
    model: GPT,
    messages: [{ role: 'user', content: `${word} ${SENTENCE}` }],
  }
  const answer = await ask(url, '/v1/messages/count_tokens', { body, headers: MESSAGES_VERSION })
  if (answer.status !== 200) return [`status ${answer.status}: ${answer.text.slice(0, 300)}`]
  const { input_tokens: tokens } = answer.json
  return Number(tokens) > 2_000 ? [] : [`it counts ${String(tokens)}`]
}

const upload: GoodCall = async ({ url }, word) => {
  const text = `${'Much was said before. '.repeat(5_000)}${word}`
  const body = gzipSync(JSON.stringify(messagesBody(CLAUDE, text)))
  const headers = { ...MESSAGES_VERSION, 'content-encoding': 'gzip' }
  const answer = await ask(url, '/v1/messages', { body, headers })
  return judge(answer, word, () => checkMessagesAnswer(answer.json))
}

const streamGemini: GoodCall = async ({ url }, word) => {
  const body = { contents: [{ role: 'user', parts: [{ text: slowly(word) }] }] }
  const path = `/v1beta/models/${GEMINI}:streamGenerateContent?alt=sse`
  const answer = await ask(url, path, { body })
  return judge(answer, word, () => checkGeminiStream(answer.bytes))
}

export const GOOD_CALLS: Readonly<Record<string, GoodCall>> = {
  'chat, relayed': ({ url }, word) => postChat(url, word, GPT),
  'chat, translated': ({ url }, word) => postChat(url, word, CLAUDE),
  'chat stream, relayed': ({ url }, word) => streamChat(url, word, GPT),
  'chat stream, translated': ({ url }, word) => streamChat(url, word, CLAUDE),
  'messages stream, relayed': ({ url }, word) => streamMessages(url, word, CLAUDE),
  'messages stream, translated': ({ url }, word) => streamMessages(url, word, GPT),
  'responses stream, relayed': ({ url }, word) => streamResponses(url, word, GPT),
  'responses stream, translated': ({ url }, word) => streamResponses(url, word, CLAUDE),
  'responses, going on': goOn,
  'responses in the background': ({ url }, word) => runInBackground(url, word),
  'gemini stream, relayed': streamGemini,
  count_tokens: countTokens,
  'compressed upload': upload,
  'chat over a socket': ({ url }, word) =>
    askSocket(url, '/ws', { ...chatBody(CLAUDE, slowly(word)), id: word }, word),
  'responses over a socket': ({ url }, word) =>
    askSocket(
      url,
      '/v1/responses',
      { type: 'response.create', model: CLAUDE, input: slowly(word) },
      word,
    ),
}
