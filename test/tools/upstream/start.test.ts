/** The scripted upstream itself: keys, routes, what it records, and that it can run alone. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ANTHROPIC_HEADERS, ask, errorOf, OPENAI_HEADERS } from './ask.ts'
import { startUpstream } from './start.ts'
import type { Upstream } from './start.ts'

let upstream: Upstream
beforeEach(async () => {
  upstream = await startUpstream()
})
afterEach(() => upstream.close())

const messages = [{ role: 'user', content: 'hello' }]
const chat = { model: 'gpt-4o', messages }
const message = { model: 'claude-opus-5', max_tokens: 100, messages }
const json = { 'content-type': 'application/json' }
const version = { ...json, 'anthropic-version': '2026-10-21' }

describe('keys', () => {
  it.each([
    ['no key', json, "You didn't provide an API key.", null],
    [
      'a wrong key',
      { ...json, authorization: 'Bearer sk-wrong-and-long' },
      'Incorrect API key provided: sk-wrong',
      'invalid_api_key',
    ],
    [
      'a key under another name',
      { ...json, 'x-api-key': 'sk-upstream-openai' },
      "You didn't provide",
      null,
    ],
  ])('OpenAI refuses %s', async (_, headers, text, code) => {
    for (const path of ['/v1/chat/completions', '/v1/responses']) {
      const answer = await ask(upstream, path, chat, headers)
      expect(answer.status).toBe(401)
      expect(errorOf(answer)).toMatchObject({ code, type: 'invalid_request_error' })
      expect(errorOf(answer).message).toContain(text)
    }
  })

  it.each([
    ['no key', version, 'x-api-key header is required'],
    ['a wrong key', { ...version, 'x-api-key': 'no' }, 'invalid x-api-key'],
    ['a wrong token', { ...version, authorization: 'Bearer no' }, 'Invalid bearer token'],
  ])('Anthropic refuses %s', async (_, headers, text) => {
    for (const path of ['/v1/messages', '/v1/messages/count_tokens']) {
      const answer = await ask(upstream, path, message, headers)
      expect(answer.status).toBe(401)
      expect(errorOf(answer)).toEqual({ type: 'authentication_error', message: text })
    }
  })

  it('Anthropic also accepts its key as a token', async () => {
    const headers = { ...version, authorization: 'Bearer sk-ant-upstream' }
    expect((await ask(upstream, '/v1/messages', message, headers)).status).toBe(200)
  })

  it('can be others, or none', async () => {
    const open = await startUpstream({ keys: { openai: null, anthropic: 'mine' } })
    const answers = await Promise.all([
      ask(open, '/v1/chat/completions', chat, json),
      ask(open, '/v1/messages', message),
      ask(open, '/v1/messages', message, { ...version, 'x-api-key': 'mine' }),
    ])
    await open.close()
    expect(answers.map(({ status }) => status)).toEqual([200, 401, 200])
  })
})

const get = (path: string, headers: Record<string, string>) =>
  fetch(upstream.url + path, { headers }).then(async (response) => ({
    status: response.status,
    body: (await response.json()) as Record<string, unknown>,
  }))

describe('routes', () => {
  it('list models as OpenAI does', async () => {
    const { body } = await get('/v1/models', OPENAI_HEADERS)
    expect(body.object).toBe('list')
    expect((body.data as object[])[0]).toEqual({
      id: 'gpt-5.6-sol',
      object: 'model',
      created: 1_700_000_000,
      owned_by: 'openai',
    })
    expect((await get('/v1/models/gpt-5', OPENAI_HEADERS)).body.id).toBe('gpt-5')
    expect((await get('/v1/models/nothing', OPENAI_HEADERS)).status).toBe(404)
  })

  it('list models as Anthropic does when its version is named', async () => {
    const { body } = await get('/v1/models?limit=1000', ANTHROPIC_HEADERS)
    const [first] = body.data as { id: string }[]
    expect(body).toMatchObject({ has_more: false, first_id: first?.id })
    const one = await get('/v1/models/claude-sonnet-4-5', ANTHROPIC_HEADERS)
    expect(one.body).toMatchObject({
      type: 'model',
      id: 'claude-sonnet-4-5',
      max_tokens: 64_000,
      max_input_tokens: 200_000,
      capabilities: { thinking: { types: { adaptive: { supported: false } } } },
    })
    expect((await get('/v1/models/gpt-4o', ANTHROPIC_HEADERS)).status).toBe(404)
  })

  it('refuse missing things, each with its own message', async () => {
    const openai = await get('/v1/nothing', OPENAI_HEADERS)
    expect(openai).toMatchObject({
      status: 404,
      body: { error: { message: 'Invalid URL (GET /v1/nothing)' } },
    })
    const anthropic = await get('/v1/nothing', ANTHROPIC_HEADERS)
    expect(anthropic).toMatchObject({ status: 404, body: { type: 'error' } })
    expect((await get('/v1/messages', ANTHROPIC_HEADERS)).status).toBe(405)
    expect((await get('/v1/chat/completions', OPENAI_HEADERS)).status).toBe(405)
  })
})

const send = (body: Buffer, headers: object = {}) =>
  fetch(`${upstream.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { ...OPENAI_HEADERS, ...headers },
    body: new Uint8Array(body),
  })

describe('bodies', () => {
  it.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ])('are decoded from %s', async (encoding, encode) => {
    const body = encode(Buffer.from(JSON.stringify(chat)))
    expect((await send(body, { 'content-encoding': encoding })).status).toBe(200)
  })

  it.each([
    ['broken JSON', Buffer.from('{"model":'), {}],
    ['bytes that are no text', Buffer.from([0x22, 0xff, 0x22]), {}],
    [
      'an encoding that is not there',
      Buffer.from(JSON.stringify(chat)),
      { 'content-encoding': 'gzip' },
    ],
  ])('are refused for %s', async (_, body, headers) => {
    const response = await send(body, headers)
    expect(response.status).toBe(400)
    expect(await response.text()).toContain('We could not parse the JSON body of your request.')
  })
})

describe('a recorded call', () => {
  it('has everything that was sent', async () => {
    await ask(upstream, '/v1/messages?beta=true&a=1', message)
    const [call] = upstream.calls
    expect(call).toMatchObject({
      method: 'POST',
      path: '/v1/messages',
      query: 'beta=true&a=1',
      body: message,
      closedEarly: false,
    })
    expect(call?.rawBody.toString()).toBe(JSON.stringify(message))
    expect(call?.headers['x-api-key']).toBe('sk-ant-upstream')
    expect(call?.rawHeaders).toContain('x-api-key')
    expect(call).not.toHaveProperty('refused')
  })

  it('answers from the queue in order, then as it always does', async () => {
    const contents: unknown[] = []
    upstream.next({ parts: [{ text: 'one' }] }, { parts: [{ text: 'two' }] })
    for (const _ of [1, 2, 3]) {
      const { json: body } = await ask(upstream, '/v1/messages', message)
      contents.push((body.content as { text: string }[])[0]?.text)
    }
    expect(contents).toEqual(['one', 'two', 'hello'])
  })

  it('answers with the given reply', async () => {
    const scripted = await startUpstream({
      reply: ({ protocol, lastUserText }) => ({
        parts: [{ text: `${protocol}: ${lastUserText}` }],
      }),
    })
    const { json: body } = await ask(scripted, '/v1/chat/completions', chat)
    await scripted.close()
    expect(body).toMatchObject({ choices: [{ message: { content: 'chat: hello' } }] })
  })
})

const continued = (id: unknown) => ({ thread: { type: 'continue', previous_message_id: id } })

describe('threads', () => {
  const betas = { ...ANTHROPIC_HEADERS, 'anthropic-beta': 'message-threads-2026-08-12' }
  const turn = (server: Upstream, body: object) =>
    ask(server, '/v1/messages?beta=true', { ...message, ...body }, betas)

  it('keep the conversation', async () => {
    const first = await turn(upstream, { thread: { type: 'create' }, system: 'be kind' })
    const second = await turn(upstream, continued(first.json.id))
    expect(second.status).toBe(200)
    const again = await turn(upstream, continued(first.json.id))
    expect(again.json).toMatchObject({
      error: { details: { error_code: 'thread_already_continued' } },
    })
  })

  it('are refused if they are unknown', async () => {
    const answer = await turn(upstream, continued('msg_0'))
    expect(answer.status).toBe(404)
    expect(answer.json).toMatchObject({ error: { details: { error_code: 'thread_not_found' } } })
  })

  it('are refused if they are not offered', async () => {
    const plain = await startUpstream({ threads: false })
    const answer = await turn(plain, { thread: { type: 'create' } })
    await plain.close()
    expect(answer.status).toBe(400)
    expect(answer.json).toMatchObject({
      error: { details: { error_code: 'thread_unsupported_request' } },
    })
  })

  it('need their beta', async () => {
    const body = { ...message, thread: { type: 'create' } }
    const answer = await ask(upstream, '/v1/messages', body)
    expect(errorOf(answer).message).toBe('thread: Extra inputs are not permitted')
  })
})

describe('sockets', () => {
  it('are counted, and gone after closing', async () => {
    await ask(upstream, '/v1/chat/completions', chat)
    expect(upstream.openSockets()).toBeGreaterThan(0)
    await upstream.close()
    expect(upstream.openSockets()).toBe(0)
  })

  it('are gone even from a call that is never answered', async () => {
    upstream.next({ fault: { neverAnswer: true } })
    const asking = ask(upstream, '/v1/chat/completions', chat)
    const failed = expect(asking).rejects.toThrow('fetch failed')
    while (upstream.calls.length === 0) await new Promise(setImmediate)
    await upstream.close()
    await failed
  })
})

describe('on its own', () => {
  it('prints its address and records its requests', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'upstream-'))
    const record = join(folder, 'calls.jsonl')
    const program = fileURLToPath(new URL('main.ts', import.meta.url))
    const child = spawn(process.execPath, [program, '--port', '0', '--record', record], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const exited = new Promise((resolve) => {
      child.once('exit', resolve)
    })
    try {
      const line = await new Promise<string>((resolve) => {
        createInterface({ input: child.stdout }).once('line', resolve)
      })
      const { url } = JSON.parse(line) as { url: string }
      await ask({ ...upstream, url }, '/v1/messages', message)
    } finally {
      child.kill('SIGTERM')
      await exited
    }
    const [call] = readFileSync(record, 'utf8').trim().split('\n')
    rmSync(folder, { recursive: true })
    expect(JSON.parse(call ?? '')).toMatchObject({ path: '/v1/messages', body: message })
  })
})
