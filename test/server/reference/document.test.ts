/** `/openapi.json` describes every route that there is, and nothing else. */
import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { SESSION_ROUTES } from '../../../src/server/resources/session-routes.ts'
import { METHODS } from '../../../src/server/routes/gemini-routes.ts'
import { ADMIN, API, COMMON, findRoute, OPEN, REVISITS } from '../../../src/server/routes/routes.ts'
import { sluiceForTest } from '../../tools/app/house.ts'
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
