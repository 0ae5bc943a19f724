/** What Google refuses of a Gemini request, fired at the scripted upstream one by one. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  answers,
  askGemini,
  call,
  declare,
  errorOf,
  model,
  response,
  talk,
  user,
  weather,
} from './ask-gemini.ts'
import { ask, GEMINI_HEADERS } from '../ask.ts'
import { TINY_PNG } from '../requests/images.ts'
import { startUpstream } from '../start.ts'
import type { Upstream } from '../start.ts'

let upstream: Upstream
beforeAll(async () => {
  upstream = await startUpstream()
})
afterAll(() => upstream.close())

const parameters = (properties: object) =>
  declare({ ...weather, parameters: { type: 'OBJECT', properties } })

const config = (generationConfig: object) => ({ generationConfig })
const choose = (functionCallingConfig: object) => ({ toolConfig: { functionCallingConfig } })
type Case = [sentence: string, change: object, message: string, name?: string]
const AT = "at 'tools[0].function_declarations[0].parameters"

const FIELDS: Case[] = [
  [
    'an unknown field',
    { messages: [] },
    'Invalid JSON payload received. Unknown name "messages": Cannot find field.',
  ],
  [
    'an unknown field of a part',
    { contents: [{ role: 'user', parts: [{ type: 'text', text: 'x' }] }] },
    'Unknown name "type" at \'contents[0].parts[0]\': Cannot find field.',
  ],
  [
    'a setting outside its config',
    { temperature: 1 },
    'Unknown name "temperature": Cannot find field.',
  ],
  [
    'a text that is no text',
    { contents: [{ role: 'user', parts: [{ text: 7 }] }] },
    "Invalid value at 'contents[0].parts[0].text' (TYPE_STRING), 7",
  ],
  [
    'a list where one value stands',
    { systemInstruction: [{ text: 'x' }] },
    'Proto field is not repeating, cannot start list.',
  ],
  [
    'an unknown value of an enumeration',
    choose({ mode: 'REQUIRED' }),
    'Invalid value at \'tool_config.function_calling_config.mode\' (TYPE_ENUM), "REQUIRED"',
  ],
  [
    'a signature that is not base64',
    talk(model({ ...call(), thoughtSignature: 'sluice.openai.1' }), answers(response())),
    "Invalid value at 'contents[1].parts[0].thought_signature' (TYPE_BYTES)",
  ],
]

const CONTENTS: Case[] = [
  ['no contents', { contents: [] }, 'contents: contents is not specified'],
  ['contents left out', { contents: undefined }, 'contents: contents is not specified'],
  [
    'a content without parts',
    { contents: [{ role: 'user', parts: [] }] },
    'contents[0].parts: contents.parts must not be empty.',
  ],
  [
    'a part without content',
    { contents: [{ role: 'user', parts: [{}] }] },
    "contents[0].parts[0].data: required oneof field 'data' must have one initialized field",
  ],
  [
    'an empty text',
    { contents: [{ role: 'user', parts: [{ text: '' }] }] },
    "required oneof field 'data' must have one initialized field",
  ],
  [
    'a part with two contents',
    talk(model({ text: 'x', ...call() })),
    "oneof field 'data' is already set. Cannot set 'functionCall'",
  ],
  [
    'the role of another protocol',
    talk({ role: 'assistant', parts: [{ text: 'x' }] }),
    'Please use a valid role: user, model.',
  ],
  [
    'a role of its own for responses',
    talk(model(call()), { role: 'function', parts: [response()] }),
    'Please use a valid role: user, model.',
  ],
  [
    'an instruction that is not text',
    { systemInstruction: { parts: [{ inlineData: { mimeType: 'image/png', data: TINY_PNG } }] } },
    'System instruction can only hold text parts.',
  ],
  [
    'an image that is none',
    { contents: [{ parts: [{ inlineData: { mimeType: 'image/png', data: 'aGVsbG8=' } }] }] },
    'Unable to process input image.',
  ],
  [
    'an image of a kind that it does not read',
    { contents: [{ parts: [{ inlineData: { mimeType: 'image/gif', data: 'R0lGODlh' } }] }] },
    'Unsupported MIME type: image/gif',
  ],
  [
    'media without a type',
    { contents: [{ parts: [{ inlineData: { data: TINY_PNG } }] }] },
    'contents[0].parts[0].inline_data.mime_type: mime_type is not specified',
  ],
]

const COUNT =
  'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.'

const ORDER: Case[] = [
  [
    'a call before any user turn',
    { contents: [model(call()), answers(response())] },
    'function call turn comes immediately after a user turn',
  ],
  [
    'a response to nothing',
    talk(answers(response())),
    'function response turn comes immediately after a function call turn.',
  ],
  ['a response that comes too late', talk(model(call()), user, answers(response())), COUNT],
  ['fewer responses than calls', talk(model(call(), call('clock')), answers(response())), COUNT],
  ['more responses than calls', talk(model(call()), answers(response(), response())), COUNT],
  [
    'responses that are split over two turns',
    talk(model(call(), call('clock')), answers(response()), answers(response('clock'))),
    COUNT,
  ],
  ['a call that nothing answers', talk(model(call())), COUNT],
  [
    'a response with the name of another function',
    talk(model(call()), answers(response('clock'))),
    'no function call has the name clock',
  ],
  [
    'a response with the id of another call',
    talk(model(call('weather', { id: 'a' })), answers(response('weather', { id: 'b' }))),
    'no function call has the id b',
  ],
  [
    'a call from the user',
    { contents: [{ role: 'user', parts: [call()] }] },
    'a function call can only be in a content with the role model',
  ],
  [
    'a response from the model',
    talk(model(call()), model(response())),
    'a function response cannot be in a content with the role model',
  ],
  [
    'a response without a name',
    talk(model(call()), answers(response(''))),
    'contents[2].parts[0].function_response.name: Name cannot be empty.',
  ],
  [
    'a call without a name',
    talk(model({ functionCall: { args: {} } }), answers(response())),
    'contents[1].parts[0].function_call.name: Name cannot be empty.',
  ],
  [
    'a response that says nothing',
    talk(model(call()), answers({ functionResponse: { name: 'weather' } })),
    'function_response.response: response is not specified',
  ],
  [
    'a response that is a text',
    talk(model(call()), answers(response('weather', { response: 'sunny' }))),
    "Invalid value at 'contents[2].parts[0].function_response.response' (TYPE_MESSAGE)",
  ],
  [
    'arguments that are a text',
    talk(model(call('weather', { args: '{}' })), answers(response())),
    "Invalid value at 'contents[1].parts[0].function_call.args' (TYPE_MESSAGE)",
  ],
]

const NOT_CLASSIC = [
  ['$schema', 'https://json-schema.org/draft/2020-12/schema'],
  ['additionalProperties', false],
  ['propertyNames', { pattern: 'x' }],
  ['exclusiveMinimum', 0],
  ['exclusiveMaximum', 9],
  ['const', 'x'],
  ['oneOf', []],
  ['allOf', []],
  ['$ref', '#/$defs/a'],
  ['$defs', {}],
  ['multipleOf', 2],
  ['uniqueItems', true],
  ['patternProperties', {}],
  ['not', {}],
] as const

const SCHEMAS: Case[] = [
  ...NOT_CLASSIC.map(([keyword, value]): Case => [
    `the keyword ${keyword} in the classic schema`,
    declare({ ...weather, parameters: { type: 'OBJECT', [keyword]: value } }),
    `Unknown name "${keyword}" ${AT}': Cannot find field.`,
  ]),
  [
    'such a keyword further down, and names the property by its place',
    parameters({ city: { type: 'STRING' }, days: { type: 'INTEGER', exclusiveMinimum: 0 } }),
    `Unknown name "exclusiveMinimum" ${AT}.properties[1].value': Cannot find field.`,
  ],
  [
    'such a keyword in the items of a list',
    parameters({ days: { type: 'ARRAY', items: { type: 'OBJECT', additionalProperties: false } } }),
    `Unknown name "additionalProperties" ${AT}.properties[0].value.items': Cannot find field.`,
  ],
  [
    'such a keyword in one of several schemas',
    parameters({ day: { anyOf: [{ type: 'STRING', const: 'x' }] } }),
    `Unknown name "const" ${AT}.properties[0].value.any_of[0]': Cannot find field.`,
  ],
  [
    'a list of types',
    parameters({ city: { type: ['STRING', 'NULL'] } }),
    `Unknown name "type" ${AT}.properties[0].value': Proto field is not repeating, cannot start list.`,
  ],
  ['an unknown type', parameters({ city: { type: 'TEXT' } }), '(TYPE_ENUM), "TEXT"'],
  [
    'a list without items',
    parameters({ days: { type: 'ARRAY' } }),
    'parameters.properties[days].items: missing field.',
  ],
  [
    'an object without properties',
    parameters({}),
    'parameters.properties: should be non-empty for OBJECT type',
  ],
  [
    'choices that are not texts',
    parameters({ day: { type: 'INTEGER', enum: ['1'] } }),
    'parameters.properties[day].enum: only allowed for STRING type',
  ],
  [
    'an empty choice',
    parameters({ day: { type: 'STRING', enum: ['a', ''] } }),
    'parameters.properties[day].enum[1]: cannot be empty',
  ],
  [
    'a format of text that it does not know',
    parameters({ site: { type: 'STRING', format: 'uri' } }),
    "only 'enum' and 'date-time' are supported for STRING type",
  ],
  [
    'a required property that is not there',
    declare({
      ...weather,
      parameters: { type: 'OBJECT', properties: { a: { type: 'STRING' } }, required: ['b'] },
    }),
    'parameters.required[0]: property is not defined',
  ],
  [
    'both kinds of schema at once',
    declare({ ...weather, parameters: { type: 'STRING' }, parametersJsonSchema: {} }),
    'parameters and parameters_json_schema are mutually exclusive',
  ],
  [
    'a JSON schema that is none',
    declare({ ...weather, parametersJsonSchema: { type: 'text' } }),
    'parameters_json_schema: the schema is not a valid JSON Schema',
  ],
]

const TOOLS: Case[] = [
  ...['', '1st', 'with space', 'n'.repeat(129)].map((name): Case => [
    `the function name '${name.slice(0, 12)}'`,
    declare({ name }),
    'tools[0].function_declarations[0].name: Invalid function name.',
  ]),
  ['a function without a name', declare({ description: 'x' }), 'Invalid function name.'],
  ['two functions of one name', declare(weather, weather), 'Duplicate function declaration found'],
  [
    'a forced call without functions',
    choose({ mode: 'ANY' }),
    'Function calling config is set without function_declarations.',
  ],
  [
    'names of functions that nothing forces',
    { ...declare(weather), ...choose({ mode: 'AUTO', allowedFunctionNames: ['weather'] }) },
    'should only be set when the function calling mode is ANY',
  ],
  [
    'a forced call of what is not declared',
    { ...declare(weather), ...choose({ mode: 'ANY', allowedFunctionNames: ['clock'] }) },
    'clock is not a declared function',
  ],
  [
    'a tool of Google beside functions',
    { tools: [{ googleSearch: {} }, { functionDeclarations: [weather] }] },
    'Tool use with function calling is unsupported',
  ],
]

const SETTINGS: Case[] = [
  ['too hot a temperature', config({ temperature: 2.1 }), 'generation_config.temperature'],
  ['more than five stops', config({ stopSequences: [...'abcdef'] }), 'must be at most 5'],
  ['an empty stop', config({ stopSequences: [''] }), 'stop_sequences[0]: cannot be empty'],
  ['a penalty', config({ frequencyPenalty: 0.5 }), 'Penalty is not enabled for this model'],
  ['no token at all', config({ maxOutputTokens: 0 }), 'maxOutputTokens value of 0'],
  [
    'more tokens than it has',
    config({ maxOutputTokens: 65_537 }),
    'maxOutputTokens value of 65537',
  ],
  [
    'an unknown type of answer',
    config({ responseMimeType: 'image/png' }),
    'generation_config.response_mime_type',
  ],
  [
    'a schema for plain text',
    config({ responseSchema: { type: 'STRING' } }),
    'only allowed when response_mime_type is application/json',
  ],
  [
    'two schemas',
    config({ responseMimeType: 'application/json', responseSchema: {}, responseJsonSchema: {} }),
    'response_schema and response_json_schema are mutually exclusive',
  ],
  [
    'a JSON schema of the answer that is none',
    config({ responseMimeType: 'application/json', responseJsonSchema: { type: 'text' } }),
    'response_json_schema: the schema is not a valid JSON Schema',
  ],
  [
    'JSON beside functions',
    { ...declare(weather), ...config({ responseMimeType: 'application/json' }) },
    "Function calling with a response mime type: 'application/json' is unsupported",
  ],
  [
    'a level of thinking before the third generation',
    config({ thinkingConfig: { thinkingLevel: 'LOW' } }),
    'Thinking level is not supported for this model.',
  ],
  [
    'a level and a budget',
    config({ thinkingConfig: { thinkingLevel: 'LOW', thinkingBudget: 512 } }),
    'You can only set only one of thinking budget and thinking level.',
    'gemini-3-pro-preview',
  ],
  [
    'too high a budget',
    config({ thinkingConfig: { thinkingBudget: 99_999 } }),
    'The thinking budget 99999 is invalid.',
  ],
  [
    'thoughts of a model that is not to think',
    config({ thinkingConfig: { thinkingBudget: 0, includeThoughts: true } }),
    'include_thoughts is only enabled when thinking is enabled.',
  ],
  [
    'thinking of a model that cannot',
    config({ thinkingConfig: { thinkingBudget: 512 } }),
    'Thinking is not supported by this model.',
    'gemini-2.0-flash',
  ],
  [
    'a model that is not that of the path',
    { model: 'models/gemini-2.5-pro' },
    'the model is not that of the path',
  ],
]

describe.each([
  ['its fields', FIELDS],
  ['its contents', CONTENTS],
  ['the order of its contents', ORDER],
  ['its schemas', SCHEMAS],
  ['its tools', TOOLS],
  ['its settings', SETTINGS],
])('a Gemini request, %s', (_, cases) => {
  it.each(cases)('refuses %s', async (_sentence, change, message, name) => {
    const answer = await askGemini(upstream, change, name)
    expect(errorOf(answer).message).toContain(message)
    expect(errorOf(answer)).toMatchObject({ code: 400, status: 'INVALID_ARGUMENT' })
    expect(answer.status).toBe(400)
  })
})

describe('a Gemini request', () => {
  it('has the field that is not known in the details of its refusal', async () => {
    const answer = await askGemini(upstream, parameters({ city: { type: 'STRING', const: 'x' } }))
    const field = 'tools[0].function_declarations[0].parameters.properties[0].value'
    expect(errorOf(answer).details).toEqual([
      {
        '@type': 'type.googleapis.com/google.rpc.BadRequest',
        fieldViolations: [{ field, description: errorOf(answer).message }],
      },
    ])
  })

  it('is refused without a key, and with another', async () => {
    const path = '/v1beta/models/gemini-2.5-flash:generateContent'
    const body = { contents: [user] }
    const none = await ask(upstream, path, body, {})
    expect(none.status).toBe(403)
    expect(errorOf(none).status).toBe('PERMISSION_DENIED')
    const other = await ask(upstream, path, body, { 'x-goog-api-key': 'AIza-other' })
    expect(other.status).toBe(400)
    expect(errorOf(other)).toMatchObject({
      message: 'API key not valid. Please pass a valid API key.',
      details: [{ reason: 'API_KEY_INVALID' }],
    })
  })

  it('is refused for a model or a method that does not exist', async () => {
    const answer = await askGemini(upstream, {}, 'gpt-4o')
    expect(answer.status).toBe(404)
    expect(errorOf(answer).message).toContain(
      'models/gpt-4o is not found for API version v1beta, or is not supported for generateContent.',
    )
    expect((await askGemini(upstream, {}, 'gemini-embedding-001')).status).toBe(404)
    expect((await askGemini(upstream, {}, undefined, 'generate')).status).toBe(404)
  })

  it('is refused if it is not JSON', async () => {
    const answer = await fetch(`${upstream.url}/v1beta/models/gemini-2.5-pro:generateContent`, {
      method: 'POST',
      headers: GEMINI_HEADERS,
      body: '{"contents":',
    })
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain('Invalid JSON payload received.')
  })

  it('is refused if it names a missing cache', async () => {
    const answer = await askGemini(upstream, { cachedContent: 'cachedContents/1' })
    expect(errorOf(answer)).toMatchObject({ code: 403, status: 'PERMISSION_DENIED' })
  })

  it.each<[string, object, string?]>([
    ['a turn of the user twice', talk(user)],
    [
      'the pieces of a streamed turn as contents of their own',
      talk(
        model({ text: 'well' }),
        model(call()),
        model(call('clock')),
        answers(response(), response('clock')),
      ),
    ],
    ['a prefilled answer', talk(model({ text: 'Well,' }))],
    ['no role', { contents: [{ parts: [{ text: 'x' }] }] }],
    [
      'responses with an image',
      talk(
        model(call()),
        answers(
          response('weather', {
            parts: [{ inlineData: { mimeType: 'image/png', data: TINY_PNG } }],
          }),
        ),
      ),
    ],
    ['a text behind the responses', talk(model(call()), answers(response(), { text: 'and?' }))],
    [
      'a classic schema in small letters',
      parameters({ city: { type: 'string', nullable: true, minLength: '1' } }),
    ],
    [
      'a JSON schema with all its keywords',
      declare({
        ...weather,
        parametersJsonSchema: {
          $schema: 'x',
          type: 'object',
          properties: { a: { type: ['string', 'null'], const: 'x' } },
          additionalProperties: false,
        },
      }),
    ],
    ['a function without parameters', declare(weather)],
    [
      'a forced call',
      { ...declare(weather), ...choose({ mode: 'ANY', allowedFunctionNames: ['weather'] }) },
    ],
    [
      'a level of thinking in the third generation',
      config({ thinkingConfig: { thinkingLevel: 'LOW', includeThoughts: true } }),
      'gemini-3-pro-preview',
    ],
    [
      'JSON beside functions in the third generation',
      { ...declare(weather), ...config({ responseMimeType: 'application/json' }) },
      'gemini-3-pro-preview',
    ],
  ])('may have %s', async (_, change, name) => {
    const answer = await askGemini(upstream, change, name)
    expect(errorOf(answer).message).toBeUndefined()
    expect(answer.status).toBe(200)
  })
})
