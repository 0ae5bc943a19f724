/** `/openapi.json` describes every route that there is, and nothing else. */
import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { SESSION_ROUTES } from '../../../src/server/resources/session-routes.ts'
import { METHODS } from '../../../src/server/routes/gemini-routes.ts'
import { ADMIN, API, COMMON, findRoute, OPEN, REVISITS } from '../../../src/server/routes/routes.ts'
import { GPT } from '../../tools/app/asks.ts'
import { sluiceForTest, startHouse } from '../../tools/app/house.ts'
import { openSession } from '../../tools/server/chat/session-client.ts'
import { judgeOf, operationsOf, readDocument } from '../../tools/server/reference/document.ts'

const read = async () => readDocument((await sluiceForTest()).url)

/** Every route of the code's own tables. */
const ROUTES: readonly (readonly [method: string, path: string])[] = [
  ...Object.entries(SESSION_ROUTES).flatMap(([path, actions]) =>
    Object.keys(actions).map((method) => [method, path] as const),
  ),
  ...Object.entries(API).flatMap(([below, { methods }]) =>
    methods.map((method) => [method, `/v1${below}`] as const),
  ),
  ...[OPEN, ADMIN, COMMON].flatMap((table) =>
    Object.entries(table).flatMap(([path, { methods }]) =>
      methods.map((method) => [method, path] as const),
    ),
  ),
  ...Object.entries(REVISITS).flatMap(([part, kinds]) =>
    Object.keys(kinds).map((method) => [method, `/v1/responses/{response_id}${part}`] as const),
  ),
  ...Object.keys(METHODS).map((method) => ['POST', `/v1beta/models/{model}:${method}`] as const),
]

describe('the document', () => {
  it('describes every route', async () => {
    const { paths } = await read()
    const missing = ROUTES.filter(([method, path]) => {
      const described = paths[path]
      // HEAD has the answer of GET without its body.
      return !described?.[method.toLowerCase()] && !(method === 'HEAD' && described?.['get'])
    })
    expect(missing).toEqual([])
  })

  it('describes no route that does not exist', async () => {
    const phantoms = operationsOf(await read()).filter(({ method, path }) => {
      const route = findRoute(method, path.replaceAll(/\{\w+\}/g, 'x'))
      return 'allow' in route
    })
    expect(phantoms).toEqual([])
  })

  it('says what each route is, in a group that exists', async () => {
    const document = await read()
    const groups = document.tags.map(({ name }) => name)
    for (const { operation, method, path } of operationsOf(document)) {
      expect(operation.summary, `${method} ${path}`).toMatch(/^[A-Z].*[^.]$/)
      expect(groups).toContain(operation.tags[0])
    }
  })

  it('names the protocol of every route that speaks one', async () => {
    const { paths } = await read()
    expect(paths['/v1/messages']?.['post']).toMatchObject({ 'x-protocol': 'anthropic-messages' })
    expect(paths['/v1/responses']?.['post']).toMatchObject({ 'x-protocol': 'openai-responses' })
    expect(paths['/v1beta/models/{model}:generateContent']?.['post']).toMatchObject({
      'x-protocol': 'gemini',
    })
  })

  it('gives every route of sessions a name of its own, and every part of its path a parameter', async () => {
    const described = operationsOf(await read())
    const names = described.flatMap(({ operation: { operationId } }) => operationId ?? [])
    expect(new Set(names).size).toBe(names.length)
    expect(names.length).toBeGreaterThan(20)
    for (const { path, operation } of described) {
      const parts = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      const inPath = operation.parameters?.filter((each) => each.in === 'path') ?? []
      expect(inPath.map(({ name }) => name)).toEqual(parts)
    }
  })

  it('has schemas in JSON Schema 2020-12, whose references lead somewhere', async () => {
    const document = await read()
    expect(document.openapi).toBe('3.1.0')
    const text = JSON.stringify(document)
    for (const [, place = ''] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const found = place
        .split('/')
        .reduce<unknown>((from, name) => (from as Record<string, unknown>)[name], document)
      expect(found, place).toBeTypeOf('object')
    }
    for (const schema of Object.values(document.components.schemas))
      expect(() => judgeOf(document, schema)).not.toThrow()
    expect(text).not.toMatch(/\$schema|\$id/)
  })

  it('has the schemas that judge the bodies', async () => {
    const { schemas } = (await read()).components
    expect(schemas['MessageSend']).toMatchObject({
      additionalProperties: false,
      required: ['content'],
      properties: {
        content: { type: 'string' },
        when_busy: { enum: ['queue', 'reject', 'interrupt'] },
        metadata: { type: 'object' },
      },
    })
    expect(schemas['SessionCreate']).toMatchObject({
      properties: { title: { anyOf: [{ maxLength: 200 }, { type: 'null' }] } },
    })
  })

  it('has the events of a session, which are those that a socket is sent', async () => {
    const { sluice, upstream } = await startHouse({ chat: { model: GPT } })
    const document = await readDocument(sluice.url)
    const { schemas } = document.components
    const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` })
    expect(document.paths['/api/sessions/{session_id}/events']?.['get']).toMatchObject({
      responses: {
        200: { content: { 'text/event-stream': { 'x-event-schema': reference('SessionEvent') } } },
      },
      'x-websocket': {
        path: '/ws/session/{id}',
        sends: reference('SessionCommand'),
        receives: reference('SessionEvent'),
      },
    })
    const client = await openSession(sluice.url, '/ws/session/mine')
    upstream.next({ parts: [{ reasoning: 'Hm.' }, { text: 'Hello there' }], pieces: 3 })
    const commands = [
      { type: 'message', content: 'hi', client_message_id: 'c1' },
      { type: 'message', content: 'queued' },
      { type: 'cancel' },
      { type: 'cancel', run_id: 'run_gone' },
      { type: 'ping' },
      { type: 'dequeue', message_id: 'msg_gone' },
      { type: 'clear_history' },
    ]
    for (const command of commands) client.send(command)
    await client.until('the history is cleared', ({ type }) => type === 'history_cleared')
    const types = new Set(client.frames.map(({ type }) => type))
    for (const type of [
      'connected',
      'user_message',
      'run_end',
      'queued',
      'error',
      'pong',
      'nothing_to_cancel',
    ])
      expect(types).toContain(type)
    const judge = judgeOf(document, schemas['SessionEvent'] ?? {})
    for (const frame of client.frames)
      expect(judge.safeParse(frame).success, JSON.stringify(frame)).toBe(true)
    for (const wrong of [{ type: 'token' }, { type: 'head', message_id: 1 }, {}])
      expect(judge.safeParse(wrong).success).toBe(false)
    const judgeCommand = judgeOf(document, schemas['SessionCommand'] ?? {})
    for (const command of commands) expect(judgeCommand.safeParse(command).success).toBe(true)
    expect(judgeCommand.safeParse({ type: 'message' }).success).toBe(false)
  })

  it('needs a key where calls need one', async () => {
    const sluice = await sluiceForTest({ keys: [{ key: 'sk-one-of-these', name: 'one' }] })
    const refused = await sluice.send('/openapi.json')
    expect(refused.status).toBe(401)
    expect(refused.text).not.toContain('paths')
    const headers = { authorization: 'Bearer sk-one-of-these' }
    expect((await sluice.send('/openapi.json', { headers })).status).toBe(200)
    const head = await sluice.send('/openapi.json', { method: 'HEAD', headers })
    expect([head.status, head.text]).toEqual([200, ''])
    expect((await sluice.send('/openapi.json', { method: 'POST', headers })).status).toBe(405)
  })
})

it('is loaded with the first request for it', () => {
  const LATE = /\/(?:published\/publish|document\/write-document)\.ts$/
  const loaders = globSync('src/**/*.ts').filter((file) =>
    [
      ...readFileSync(file, 'utf8').matchAll(/^(import|export)(?! type)[^\n]* from '([^']+)'/gm),
    ].some(([, , name = '']) => LATE.test(name)),
  )
  expect(loaders).toEqual([])
})
