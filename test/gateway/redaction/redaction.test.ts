/** No key and no prompt is in a place where it must not be. */
import { describe, expect, it } from 'vitest'
import { CHAT, chatBody, CLAUDE, GPT, MESSAGES, messagesBody } from '../../tools/app/asks.ts'
import { callsOf, startHouse } from '../../tools/app/house.ts'
import { checkChatError, checkMessagesError } from '../../tools/checkers/index.ts'

const SECRETS = ['sk-upstream-openai', 'sk-ant-upstream', 'a"key\\with/odd characters']
const PROMPT = 'the-prompt-that-nobody-may-see'

const said = (secret: string) => `Incorrect API key provided: ${secret}. See https://x.example/?k=1`

describe('an error of an upstream that quotes a configured key', () => {
  it.each([
    ['JSON, relayed', CHAT, GPT],
    ['JSON, translated', MESSAGES, GPT],
    ['JSON, relayed', MESSAGES, CLAUDE],
    ['JSON, translated', CHAT, CLAUDE],
  ])('is replaced by [redacted], and nothing else is changed: %s on %s', async (_, path, model) => {
    for (const secret of SECRETS) {
      const { sluice, upstream } = await startHouse({ keys: SECRETS.slice(2) })
      const error = { message: said(secret), type: 'authentication_error' }
      upstream.next({ fault: { status: 401, body: { type: 'error', error } } })
      const headers = { 'x-api-key': SECRETS[2] }
      const body = path === CHAT ? chatBody(PROMPT, { model }) : messagesBody(PROMPT, { model })
      const { status, json, text } = await sluice.send(path, { body, headers })
      expect(status).toBe(401)
      expect(json).toMatchObject({ error: { message: said('[redacted]') } })
      expect(text).not.toContain(JSON.stringify(secret).slice(1, -1))
    }
  })

  it('is redacted in plain text', async () => {
    const { sluice, upstream } = await startHouse()
    upstream.next({ fault: { status: 403, body: said('sk-upstream-openai') } })
    const { json } = await sluice.send(CHAT, { body: chatBody() })
    expect(json).toMatchObject({ error: { message: said('[redacted]') } })
  })

  it.each([
    ['chat', CHAT, chatBody('x', { model: CLAUDE, stream: true })],
    ['messages', MESSAGES, messagesBody('x', { model: GPT, stream: true })],
  ])('is redacted in the middle of a translated stream of %s', async (_, path, body) => {
    for (const secret of SECRETS) {
      const { sluice, upstream } = await startHouse({ keys: SECRETS.slice(2) })
      upstream.next({
        parts: [{ text: 'one two three four' }],
        fault: { errorAfterEvents: 3, message: said(secret) },
      })
      const headers = { 'x-api-key': SECRETS[2] }
      const { text } = await sluice.send(path, { body, headers })
      expect(text).toContain(said('[redacted]'))
      expect(text).not.toContain(JSON.stringify(secret).slice(1, -1))
    }
  })

  it('of any length is cut before it fills the memory', async () => {
    const { sluice, upstream } = await startHouse({ retry: { retries: 0, baseMs: 1 } })
    for (const [path, body] of [
      [CHAT, chatBody()],
      [MESSAGES, messagesBody('x', { model: GPT })],
    ] as const) {
      upstream.next({ fault: { status: 500, body: 'x'.repeat(3_000_000) } })
      const { status, json, bytes } = await sluice.send(path, { body })
      expect(status).toBe(500)
      expect(path === CHAT ? checkChatError(json) : checkMessagesError(json)).toEqual([])
      expect(bytes.length).toBeLessThan(70_000)
    }
  })
})

describe('an answer that is not an error', () => {
  it('is not searched: the text of a model is unchanged', async () => {
    const { sluice, upstream } = await startHouse()
    upstream.next({ parts: [{ text: 'the key is sk-upstream-openai' }] })
    const { text } = await sluice.send(CHAT, { body: chatBody() })
    expect(text).toContain('the key is sk-upstream-openai')
  })
})

describe('the log', () => {
  const keys = ['caller-key-1', 'caller-key-2']
  const FAULTS = [
    undefined,
    { status: 400 },
    { status: 401, body: { error: { message: `sk-upstream-openai ${PROMPT}` } } },
    { status: 500, body: `sk-ant-upstream ${PROMPT}` },
    { html: 502 },
    { resetBeforeAnswer: true },
    { cutAfterEvents: 3 },
    { endAfterEvents: 2 },
    { garbleAfterEvents: 3 },
    { errorAfterEvents: 3, message: `sk-upstream-openai ${PROMPT}` },
  ] as const

  it.each(FAULTS)('contains no key and no prompt in any case: %j', async (fault) => {
    const { sluice, upstream } = await startHouse({ keys, logLevel: 'trace' })
    for (const [path, write] of [
      [CHAT, chatBody],
      [MESSAGES, messagesBody],
    ] as const)
      for (const model of [GPT, CLAUDE])
        for (const stream of [true, false]) {
          const parts = [{ text: PROMPT }]
          const answer = fault ? { parts, fault } : { parts }
          upstream.next(answer, answer, answer)
          await sluice.send(`${path}?key=caller-key-2`, {
            body: write(PROMPT, { model, stream, metadata: { user_id: PROMPT } }),
            headers: { authorization: 'Bearer caller-key-1', 'x-goog-api-key': 'caller-key-2' },
          })
          upstream.next()
        }
    expect(callsOf(upstream).length).toBeGreaterThan(7)
    const log = sluice.rawLog()
    expect(log.split('"msg":"call"').length).toBe(9)
    for (const secret of [...keys, 'sk-upstream-openai', 'sk-ant-upstream', PROMPT])
      expect(log).not.toContain(secret)
  })

  it.each([
    ['malformed JSON', `{"model":"gpt-4o","messages":[{"content":"${PROMPT}`],
    ['a prompt in the place of the stream', `{"model":"gpt-4o","stream":"${PROMPT}"}`],
    ['a key that is twice', `{"model":"gpt-4o","${PROMPT}":1,"model":"${PROMPT}"}`],
    ['a broken translation', `{"model":"${CLAUDE}","messages":"${PROMPT}"}`],
    ['an unknown role', `{"model":"${CLAUDE}","messages":[{"role":"${PROMPT}","content":"x"}]}`],
    ['bytes after the end', `{"model":"${CLAUDE}"}${PROMPT}`],
  ])('and the error quote no prompt: %s', async (_, body) => {
    const { sluice } = await startHouse({ keys: [], logLevel: 'trace' })
    const { status, text } = await sluice.send(CHAT, { body })
    expect(status).toBe(400)
    expect(text).not.toContain(PROMPT)
    expect(sluice.rawLog()).not.toContain(PROMPT)
  })

  it.each(['sk-proj-abcdefghijklmnop0123', 'AIzaSyA-0123456789abcdefghijklmnopqrst'])(
    'contains nothing that looks like a vendor’s key: %s',
    async (key) => {
      const { sluice } = await startHouse()
      await sluice.send(CHAT, { body: chatBody('x', { model: key }) })
      expect(sluice.rawLog()).not.toContain(key)
    },
  )

  it('and the answers contain no key of a refused caller', async () => {
    const { sluice } = await startHouse({ keys })
    const headers = { authorization: 'Bearer wrong-but-nearly-right' }
    const { text } = await sluice.send(CHAT, { body: chatBody(), headers })
    expect(text + sluice.rawLog()).not.toContain('wrong-but')
  })
})
