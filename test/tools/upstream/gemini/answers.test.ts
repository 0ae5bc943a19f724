/** Gemini's answers, complete and streamed, verified by the checker, and set by the same directives. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkGeminiAnswer, checkGeminiError, checkGeminiStream } from '../../checkers/index.ts'
import type { Answer } from '../answers/answer.ts'
import { ask, GEMINI_HEADERS, readEvents } from '../ask.ts'
import { startUpstream } from '../start.ts'
import type { Upstream } from '../start.ts'

let upstream: Upstream
beforeAll(async () => {
  upstream = await startUpstream({ models: ['my-model'] })
})
afterAll(() => upstream.close())

const NAME = 'gemini-3-pro-preview'

interface Part {
  text?: string
  thought?: boolean
  thoughtSignature?: string
  functionCall?: { id?: string; name: string; args: object }
}
interface Response {
  candidates: { content?: { parts: Part[] }; finishReason?: string; index: number }[]
  usageMetadata: object
}

const tools = [
  {
    functionDeclarations: [
      { name: 'weather' },
      { name: 'clock', parametersJsonSchema: { type: 'object' } },
    ],
  },
]

const say = (text: string, body: object = {}, method = 'generateContent', name = NAME) =>
  ask(upstream, `/v1beta/models/${name}:${method}`, {
    contents: [{ role: 'user', parts: [{ text }] }],
    tools,
    ...body,
  })

const stream = (text: string, body: object = {}, name = NAME) =>
  say(text, body, 'streamGenerateContent?alt=sse', name)

const speak = (answer: Answer, body: object = {}) => {
  upstream.next(answer)
  return say('hello', body)
}

const partsOf = (response: object) =>
  (response as Response).candidates.flatMap(({ content }) => content?.parts ?? [])
const chunksOf = (text: string) => readEvents(text).map(({ data }) => data as unknown as Response)
const streamedParts = (text: string) => chunksOf(text).flatMap(partsOf)
const judge = (text: string) => checkGeminiStream(Buffer.from(text))

const shown = { generationConfig: { thinkingConfig: { includeThoughts: true } } }

describe('a Gemini answer', () => {
  it('is a candidate with its usage', async () => {
    const usage = { input: 10, output: 7, cacheRead: 4, reasoning: 3 }
    const { json } = await speak({ parts: [{ reasoning: 'hm' }, { text: 'hi' }], usage }, shown)
    expect(checkGeminiAnswer(json, { model: NAME })).toEqual([])
    expect(json).toMatchObject({
      candidates: [
        {
          content: {
            role: 'model',
            parts: [
              { text: 'hm', thought: true },
              { text: 'hi', thoughtSignature: expect.any(String) as string },
            ],
          },
          finishReason: 'STOP',
          index: 0,
        },
      ],
      usageMetadata: {
        promptTokenCount: 10,
        cachedContentTokenCount: 4,
        candidatesTokenCount: 4,
        thoughtsTokenCount: 3,
        totalTokenCount: 17,
      },
      modelVersion: NAME,
    })
  })

  it('hides its thoughts unless requested, but signs', async () => {
    const { json } = await say('[[think hm]] [[call weather {"city":"Bern"}]]')
    const parts = partsOf(json)
    expect(parts).toHaveLength(1)
    expect(parts[0]?.thoughtSignature).toMatch(/^CiQB/)
    expect(json.usageMetadata).toMatchObject({ thoughtsTokenCount: 1 })
  })

  it('thinks first if thoughts are requested', async () => {
    const [first] = partsOf((await say('hello', shown)).json)
    expect(first).toEqual({ text: 'Let me see.', thought: true })
  })

  it('calls functions in parallel, with ids in the third generation only', async () => {
    const text = '[[call weather {"city":"Bern"}]] [[call clock]]'
    const newer = partsOf((await say(text)).json).map(({ functionCall }) => functionCall)
    expect(newer).toMatchObject([
      { name: 'weather', args: { city: 'Bern' }, id: expect.stringMatching(/^call_/) as string },
      { name: 'clock', args: {}, id: expect.stringMatching(/^call_/) as string },
    ])
    const older = await say(text, {}, 'generateContent', 'gemini-2.5-flash')
    expect(partsOf(older.json)).toEqual([
      { functionCall: { name: 'weather', args: { city: 'Bern' } } },
      { functionCall: { name: 'clock', args: {} } },
    ])
  })

  it.each([
    ['stop', 'STOP'],
    ['length', 'MAX_TOKENS'],
    ['content_filter', 'SAFETY'],
  ] as const)('ends as the script says: %s', async (stop, reason) => {
    const { json } = await speak({ parts: [{ text: 'x' }], stop })
    expect(json).toMatchObject({ candidates: [{ finishReason: reason }] })
  })

  it('makes no call whose arguments are not an object', async () => {
    const { json } = await speak({ parts: [{ toolCall: { name: 'weather', arguments: '{"c' } }] })
    expect(json).toMatchObject({ candidates: [{ finishReason: 'MALFORMED_FUNCTION_CALL' }] })
    expect(partsOf(json)).toEqual([])
  })

  it('quotes the responses of functions', async () => {
    const call = { functionCall: { name: 'weather', args: {} } }
    const response = { name: 'weather', response: { output: 'sunny' } }
    const contents = [
      { role: 'user', parts: [{ text: '[[call weather]]' }] },
      { role: 'model', parts: [{ ...call, thoughtSignature: 'skip_thought_signature_validator' }] },
      { role: 'user', parts: [{ functionResponse: response }] },
    ]
    const { json } = await say('', { contents })
    expect(partsOf(json)).toMatchObject([{ text: 'The tool answered: sunny' }])
  })

  it('satisfies a schema, and a forced call', async () => {
    const responseSchema = {
      type: 'OBJECT',
      properties: { days: { type: 'ARRAY', items: { type: 'INTEGER' }, minItems: '2' } },
    }
    const generationConfig = { responseMimeType: 'application/json', responseSchema }
    const { json } = await say('hello', { generationConfig })
    expect(JSON.parse(partsOf(json)[0]?.text ?? '')).toEqual({ days: [1, 1] })
    const functionCallingConfig = { mode: 'ANY', allowedFunctionNames: ['clock'] }
    const forced = await say('hello', { toolConfig: { functionCallingConfig } })
    expect(partsOf(forced.json)).toMatchObject([{ functionCall: { name: 'clock' } }])
  })

  it('returns as many candidates as requested, under either version', async () => {
    const body = {
      contents: [{ parts: [{ text: 'hello' }] }],
      generationConfig: { candidateCount: 2 },
    }
    const { json } = await ask(upstream, '/v1/models/my-model:generateContent', body)
    expect(checkGeminiAnswer(json, { model: 'my-model' })).toEqual([])
    expect(json.candidates).toHaveLength(2)
  })
})

describe('a streamed Gemini answer', () => {
  it('sends its text in pieces and ends with its reason and usage', async () => {
    const { text, headers } = await stream('Grüße 🌍 and some more words')
    expect(headers.get('content-type')).toMatch(/^text\/event-stream/)
    expect(judge(text)).toEqual([])
    const said = streamedParts(text).map((part) => part.text)
    expect(said.length).toBeGreaterThan(2)
    expect(said.join('')).toBe('Grüße 🌍 and some more words')
    expect(chunksOf(text).at(-1)).toMatchObject({
      candidates: [{ finishReason: 'STOP' }],
      usageMetadata: { candidatesTokenCount: expect.any(Number) as number },
    })
  })

  it('streams thoughts, text and complete calls', async () => {
    const { text } = await stream(
      '[[think hm, let me think]] [[say I look.]] [[call weather {"city":"Bern"}]] [[call clock]]',
      shown,
    )
    expect(judge(text)).toEqual([])
    const parts = streamedParts(text)
    expect(
      parts
        .filter(({ thought }) => thought)
        .map((part) => part.text)
        .join(''),
    ).toBe('hm, let me think')
    expect(parts.flatMap(({ functionCall }) => functionCall?.name ?? [])).toEqual([
      'weather',
      'clock',
    ])
    const signed = parts.filter(({ thoughtSignature }) => thoughtSignature)
    expect(signed).toMatchObject([{ functionCall: { name: 'weather' } }])
  })

  it('sends the signature of a text in a last part without text', async () => {
    const { text } = await stream('[[think hm]] [[say hello]]')
    expect(streamedParts(text).at(-1)).toEqual({
      text: '',
      thoughtSignature: expect.any(String) as string,
    })
  })

  it('ends its lines in both characters', async () => {
    const { text } = await stream('hello')
    expect(text.endsWith('\r\n\r\n')).toBe(true)
    expect(text.replaceAll('\r\n', '')).not.toContain('\n')
  })

  it('is a list if events are not requested', async () => {
    const { json, headers } = await say('some words to say', {}, 'streamGenerateContent')
    expect(headers.get('content-type')).toBe('application/json')
    expect(
      (json as unknown as Response[])
        .flatMap(partsOf)
        .map(({ text }) => text)
        .join(''),
    ).toBe('some words to say')
  })

  it('has candidates one after the other', async () => {
    const { text } = await stream('hello', { generationConfig: { candidateCount: 2 } })
    expect(judge(text)).toEqual([])
    expect(new Set(chunksOf(text).map(({ candidates }) => candidates[0]?.index)).size).toBe(2)
  })

  it.each([
    ['[[end 1]]', 'the stream ends without a finishReason or an error'],
    ['[[garble 1]]', 'event 2: the data is not JSON'],
  ])('breaks as directed: %s', async (directive, violation) => {
    const { text } = await stream(`${directive} [[say some words that are long enough]]`)
    expect(judge(text)).toEqual([violation])
  })

  it('may be cut', async () => {
    await expect(stream('[[cut 1]] [[say some words that are long enough]]')).rejects.toThrow()
  })

  it('breaks with an error of Google', async () => {
    const { text } = await stream('[[error 1]] [[say some words that are long enough]]')
    expect(judge(text)).toEqual([])
    expect(text).toContain('"code":503')
    const named = await stream('[[error 1 RESOURCE_EXHAUSTED Slow down]] [[say some long words]]')
    expect(judge(named.text)).toEqual([])
    expect(named.text).toContain('"error":{"code":429,"message":"Slow down"')
  })
})

describe('an error of Google', () => {
  it.each([400, 403, 404, 429, 500, 503, 504])('has its message: %i', async (status) => {
    const answer = await say(`[[status ${status}]]`)
    expect(answer.status).toBe(status)
    expect(checkGeminiError(answer.json)).toEqual([])
  })

  it('reports in its details how long to wait', async () => {
    const { json } = await say('[[status 429]]')
    expect(json).toMatchObject({ error: { details: [{ retryDelay: '1s' }] } })
  })

  it('is legal if a request is refused', async () => {
    const answer = await say('hello', { messages: [] })
    expect(answer.status).toBe(400)
    expect(checkGeminiError(answer.json)).toEqual([])
  })
})

describe('the embeddings of Gemini', () => {
  const embed = (text: string, more: object = {}) => ({ content: { parts: [{ text }] }, ...more })
  const PATH = '/v1beta/models/gemini-embedding-001'
  const request = (text: string) =>
    embed(text, { model: 'models/gemini-embedding-001', outputDimensionality: 8 })

  it('is one vector, the same for the same text', async () => {
    const { json } = await ask(upstream, `${PATH}:embedContent`, embed('hello'))
    const { values } = json.embedding as { values: number[] }
    expect(values).toHaveLength(3072)
    const again = await ask(upstream, `${PATH}:embedContent`, embed('hello'))
    expect(again.json).toEqual(json)
  })

  it('is a vector for each request of a batch', async () => {
    const requests = [request('a'), request('b')]
    const { json } = await ask(upstream, `${PATH}:batchEmbedContents`, { requests })
    const [one, two] = json.embeddings as { values: number[] }[]
    expect(one?.values).toHaveLength(8)
    expect(two?.values).not.toEqual(one?.values)
  })

  it('fails as its text directs', async () => {
    const answer = await ask(upstream, `${PATH}:embedContent`, embed('[[status 429]]'))
    expect(answer.status).toBe(429)
  })
})

describe('the models of Google', () => {
  const read = async (path: string, headers = GEMINI_HEADERS) => {
    const response = await fetch(upstream.url + path, { headers })
    return { status: response.status, json: (await response.json()) as Record<string, unknown> }
  }

  it('are listed under their full names if the key is sent', async () => {
    for (const path of ['/v1beta/models', '/v1/models']) {
      const names = ((await read(path)).json.models as { name: string }[]).map(({ name }) => name)
      expect(names).toContain('models/gemini-2.5-pro')
      expect(names).toContain('models/my-model')
    }
  })

  it('are shown one by one', async () => {
    const { json } = await read(`/v1beta/models/${NAME}`)
    expect(json).toMatchObject({
      name: `models/${NAME}`,
      thinking: true,
      supportedGenerationMethods: ['generateContent', 'countTokens'],
    })
    const unknown = await read('/v1beta/models/gpt-4o')
    expect(unknown.status).toBe(404)
    expect(checkGeminiError(unknown.json)).toEqual([])
  })
})
