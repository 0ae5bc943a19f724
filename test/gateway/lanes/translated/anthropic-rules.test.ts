/** What clients of other protocols send and Anthropic refuses, on its way to an upstream that is as strict. */
import { describe, expect, it } from 'vitest'
import { CHAT, chatBody, CLAUDE, RESPONSES, responsesBody } from '../../../tools/app/asks.ts'
import { callsOf, startHouse } from '../../../tools/app/house.ts'

const model = CLAUDE

const JPEG = '/9j/4AAQSkZJRgABAQEASABIAAD/2Q=='

const RATING = {
  type: 'object',
  properties: {
    stars: { type: 'integer', minimum: 1, maximum: 5 },
    by: { oneOf: [{ type: 'string' }, { type: 'number' }] },
    words: { type: 'array', items: { type: 'string', minLength: 2 }, minItems: 3, maxItems: 4 },
    place: { type: ['object', 'null'], properties: { city: { type: 'string' } } },
  },
  required: ['stars', 'by', 'words', 'place'],
  additionalProperties: false,
}

const FIND = {
  type: 'object',
  properties: { name: { type: 'string' }, id: { type: 'string' } },
  anyOf: [{ required: ['name'] }, { required: ['id'] }],
}

const KINDS: readonly (readonly [what: string, path: string, body: object])[] = [
  [
    'the schema of an answer',
    CHAT,
    chatBody('Rate it.', {
      model,
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'rating', strict: true, schema: RATING },
      },
    }),
  ],
  [
    'the schema of an answer of Responses',
    RESPONSES,
    responsesBody('Rate it.', {
      model,
      text: { format: { type: 'json_schema', name: 'rating', strict: true, schema: RATING } },
    }),
  ],
  [
    'the schema of a strict tool',
    CHAT,
    chatBody('Go on.', {
      model,
      tools: [{ type: 'function', function: { name: 'rate', parameters: RATING, strict: true } }],
    }),
  ],
  [
    'a tool with a union at its top',
    CHAT,
    chatBody('Go on.', {
      model,
      tools: [{ type: 'function', function: { name: 'find', parameters: FIND } }],
    }),
  ],
  [
    'an image with a wrong label',
    CHAT,
    {
      model,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is it?' },
            { type: 'image_url', image_url: { url: `data:image/jpg;base64,${JPEG}` } },
          ],
        },
      ],
    },
  ],
]

describe('Anthropic', () => {
  it.each(KINDS)('accepts %s', async (_, path, body) => {
    const { sluice, upstream } = await startHouse()
    const answer = await sluice.send(path, { body })
    expect(answer.json).not.toHaveProperty('error.message')
    expect(answer.status).toBe(200)
    expect(callsOf(upstream)).toHaveLength(1)
  })
})
