/** The smallest files that are what they say they are. */

export const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

export const PDF = Buffer.from(
  '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF',
).toString('base64')

/** What a tool that asks for the weather wants, in the words of all three protocols. */
export const WEATHER_SCHEMA = {
  type: 'object',
  properties: {
    city: { type: 'string', minLength: 1, maxLength: 40 },
    days: { type: 'integer', minimum: 1, maximum: 7 },
    units: { enum: ['metric', 'imperial'] },
    places: { type: 'array', items: { $ref: '#/$defs/place' }, maxItems: 3 },
  },
  required: ['city'],
  additionalProperties: false,
  $defs: {
    place: { type: 'object', properties: { zip: { type: 'string', pattern: '^\\d{5}$' } } },
  },
}

export const ANSWER_SCHEMA = {
  type: 'object',
  properties: {
    verdict: { anyOf: [{ type: 'string' }, { type: 'null' }] },
    score: { type: 'number' },
    steps: { type: 'array', items: { type: 'string' }, minItems: 1 },
  },
  required: ['verdict', 'score', 'steps'],
  additionalProperties: false,
}
