import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import * as z from 'zod'
import { createPublishedSchema, ENVIRONMENT_VARIABLES } from '#config'
import { toConfigurationDocs } from '../../scripts/configuration-docs.ts'
import { createJsonSchema } from '../../src/config/file/json-schema.ts'
import { parseConfigFile } from '../../src/config/file/config-file.ts'

const read = (path: string): string =>
  readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

describe('the published configuration', () => {
  it('is documentation that matches the schema (npm run docs writes it)', () => {
    expect(read('docs/configuration.md')).toBe(toConfigurationDocs(createJsonSchema()))
  })

  it('is a JSON schema that matches it (npm run docs writes it)', async () => {
    expect(JSON.parse(read('schema/sluice.schema.json'))).toEqual(await createPublishedSchema())
  })

  it('is an example that is valid, even before its references are resolved', async () => {
    const example = read('sluice.example.yaml')
    const published = z.fromJSONSchema(await createPublishedSchema())
    expect(published.safeParse(parse(example)).success).toBe(true)
    expect(parseConfigFile(example, 'sluice.example.yaml', {}).providers).toHaveProperty('local')
  })

  it('accepts a reference in place of any value, and no unknown field', async () => {
    const published = z.fromJSONSchema(await createPublishedSchema())
    const allows = (value: unknown): boolean => published.safeParse(value).success
    expect(allows({ server: { port: '${PORT}' }, presets: '${P:-true}' })).toBe(true)
    expect(allows({ log: { level: '${LEVEL:-info}' }, demo: '${DEMO}' })).toBe(true)
    expect(allows({ server: { port: 'x' } })).toBe(false)
    expect(allows({ server: { prot: 1 } })).toBe(false)
  })
})

describe('the documentation', () => {
  const docs = toConfigurationDocs({
    properties: {
      cup: {
        description: 'A cup.',
        anyOf: [
          { type: 'boolean' },
          {
            type: 'object',
            properties: {
              size: {
                type: 'integer',
                minimum: 1,
                maximum: 5,
                default: 3,
                description: 'How big.',
              },
              kind: { enum: ['a', 'b'] },
              names: { type: 'array', items: { type: 'string' } },
            },
          },
        ],
      },
      jars: { additionalProperties: { type: 'string' } },
    },
  })

  it('has a line for each field, with its value, its meaning and its default', () => {
    expect(docs).toContain(`### \`cup\`

A cup.

| Field | Value | Default |
| --- | --- | --- |
| \`cup\` | \`true\` or \`false\`, or a map |  |
| \`cup.size\` | A whole number from 1 to 5. How big. | \`3\` |
| \`cup.kind\` | \`a\`, \`b\` |  |
| \`cup.names\` | A list, each text |  |
`)
    expect(docs).toContain('| `jars.NAME` | Text |  |\n')
  })

  it('has a line for each variable', () => {
    for (const { name } of ENVIRONMENT_VARIABLES) expect(docs).toContain(`| \`${name}\` |`)
  })

  it('names only fields that exist', () => {
    const all = toConfigurationDocs(createJsonSchema())
    for (const { field } of ENVIRONMENT_VARIABLES)
      if (field)
        expect(all).toContain(`| \`${field.replace(/^providers\.\w+/, 'providers.NAME')}\` |`)
  })
})
