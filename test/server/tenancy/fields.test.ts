/** No field of a body and no parameter of a query chooses where a call goes, with which key, or as whom. */
import { describe, expect, it } from 'vitest'
import {
  inGroups,
  PARAMETERS,
  READ_FIELDS,
  STRANGE_FIELDS,
} from '../../tools/server/tenancy/attacks.ts'
import { CALLER_ROUTES, type RouteCall } from '../../tools/server/tenancy/every-route.ts'
import {
  ADMIN_KEY,
  BEN_KEY,
  forEachAtOnce,
  startSweep,
  type Sweep,
} from '../../tools/server/tenancy/start-sweep.ts'

const WITH_BODY = CALLER_ROUTES.filter(({ body }) => body !== undefined)

/** Where the calls go that nobody changed. */
const placesOf = ({ upstream }: Sweep): ReadonlySet<string> =>
  new Set(upstream.calls.map(({ method, path }) => `${method} ${path}`))

const startAt = async (route: RouteCall) => {
  const sweep = await startSweep()
  const { status } = await sweep.ask(route)
  expect(status).toBe(200)
  // A fault would be an answer too, but these names must not cause one.
  const ask: Sweep['ask'] = async (call, changes) => {
    const answer = await sweep.ask(call, changes)
    expect(answer.status === 500 ? { changes, text: answer.text } : 'no fault').toBe('no fault')
    return answer
  }
  return { sweep, ask, before: placesOf(sweep) }
}

type Started = Awaited<ReturnType<typeof startAt>>

const expectSamePlaces = (sweep: Sweep, before: ReadonlySet<string>, also: readonly string[]) => {
  const allowed = new Set([...before, ...also])
  expect([...placesOf(sweep)].filter((place) => !allowed.has(place))).toEqual([])
}

/** Sluice asks for the limits of models, and counts where it is asked to answer in parts. */
const ALSO = ['GET /v1/models', 'GET /v1beta/models', 'POST /v1/responses', 'POST /v1/messages']

describe.each(WITH_BODY)('$name', (route) => {
  const { body = {} } = route

  const asFields = async ({ sweep, ask }: Started): Promise<void> => {
    const valueAt = (at: number) =>
      at % 2 === 0 ? sweep.canary : sweep.values[at % sweep.values.length]
    for (const [shift, names] of inGroups(STRANGE_FIELDS, 10).entries()) {
      const fields = names.map((name, at) => [name, valueAt(at + shift)] as const)
      await ask(route, { body: { ...body, ...Object.fromEntries(fields) } })
    }
    // A stream reads the same fields.
    if (body.stream === true || body.background === true) return
    await forEachAtOnce(READ_FIELDS, (name, at) =>
      ask(route, { body: { ...body, [name]: valueAt(at) } }),
    )
  }

  const insideFields = async ({ sweep, ask }: Started): Promise<void> => {
    const all = (value: string) => Object.fromEntries(PARAMETERS.map((name) => [name, value]))
    const asHeaders = {
      authorization: `Bearer ${BEN_KEY}`,
      'x-api-key': ADMIN_KEY,
      host: new URL(sweep.canary).host,
    }
    const planted: readonly (readonly [string, unknown])[] = [
      ...['metadata', 'extra_body', 'litellm_params', 'user_config', 'config'].flatMap((name) =>
        [sweep.canary, BEN_KEY].map((value) => [name, all(value)] as const),
      ),
      ...['headers', 'extra_headers', 'http_headers', 'default_headers'].map(
        (name) => [name, asHeaders] as const,
      ),
      ...['model_list', 'fallbacks', 'models', 'targets', 'providers'].flatMap((name) =>
        [[{ litellm_params: { api_base: sweep.canary } }], [sweep.canary]].map(
          (value) => [name, value] as const,
        ),
      ),
    ]
    await forEachAtOnce(planted, ([name, value]) =>
      ask(route, { body: { ...body, [name]: value } }),
    )
  }

  const asParameters = async ({ sweep, ask }: Started): Promise<void> => {
    for (const value of [sweep.canary, BEN_KEY, 'sse'])
      for (const names of inGroups(PARAMETERS, 40)) {
        const pairs = names.map((name): [string, string] => [name, value])
        await ask(route, { query: `?${new URLSearchParams(pairs)}` })
      }
  }

  it('is the same call whatever a field or a parameter of the query says', async () => {
    const started = await startAt(route)
    await asFields(started)
    await insideFields(started)
    await asParameters(started)
    expectSamePlaces(started.sweep, started.before, ALSO)
    await started.sweep.expectOnlyAnn()
  })
})

describe('the name of a model', () => {
  const toNames = (canary: string) => [
    canary,
    `${canary}/v1`,
    `openai/${canary}`,
    `//${new URL(canary).host}/x`,
    `@${new URL(canary).host}`,
    `gemini-2.5-flash@${new URL(canary).host}`,
    '../../../admin',
    'gemini-2.5-flash/../../files',
    'gemini/../files',
    'gemini-2.5-flash?key=x',
    'gemini-2.5-flash#x',
    'gemini-2.5-flash\r\nhost: canary',
    'gemini-2.5-flash%2f..%2f..%2ffiles',
    'gemini-2.5-flash:generateContent',
  ]

  it('chooses a model at a provider, and no place', async () => {
    const sweep = await startSweep()
    for (const route of WITH_BODY)
      for (const name of toNames(sweep.canary)) {
        const isInPath = !('model' in (route.body ?? {}))
        const asked = isInPath
          ? { ...route, path: route.path.replace(/gemini-[\w.-]+/, encodeURIComponent(name)) }
          : route
        const { status } = await sweep.ask(asked, {
          body: isInPath ? { ...route.body } : { ...route.body, model: name },
        })
        expect(`${route.name} of ${name}: ${status}`).not.toMatch(/: 500$/)
      }
    const odd = sweep.upstream.calls.filter(({ path }) => !PLACE.test(path))
    expect(odd.map(({ path }) => path)).toEqual([])
    await sweep.expectOnlyAnn()
  })
})

/** One method of one model below Google's models, or a route without a name in it. */
const PLACE =
  /^\/v1(?:\/(?:chat\/completions|completions|responses(?:\/compact|\/input_tokens)?|messages(?:\/count_tokens)?|embeddings|models)|beta\/models(?:\/(?!\.\.?(?:\/|$))[^:]+:\w+)?)$/
