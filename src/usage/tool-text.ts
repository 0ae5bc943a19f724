/** Tool definitions as OpenAI's models are shown them: a TypeScript namespace. */
import { type FunctionTool, isJsonObject, type JsonObject } from '#model'

const MAX_DEPTH = 32

export const toToolText = (tools: readonly FunctionTool[]): string => {
  const lines = ['namespace functions {', '']
  for (const { name, description, schema } of tools) {
    if (description) lines.push(`// ${description}`)
    const properties = isJsonObject(schema) ? toProperties(schema, 0) : ''
    lines.push(
      ...(properties
        ? [`type ${name} = (_: {`, properties, '}) => any;']
        : [`type ${name} = () => any;`]),
      '',
    )
  }
  lines.push('} // namespace functions')
  return lines.join('\n')
}

const toProperties = (schema: JsonObject, indent: number): string => {
  if (!isJsonObject(schema.properties)) return ''
  const required = new Set<unknown>(Array.isArray(schema.required) ? schema.required : [])
  const space = ' '.repeat(indent)
  const lines: string[] = []
  for (const [name, property] of Object.entries(schema.properties)) {
    if (isJsonObject(property) && typeof property.description === 'string')
      lines.push(`${space}// ${property.description}`)
    lines.push(`${space}${name}${required.has(name) ? '' : '?'}: ${toType(property, indent)},`)
  }
  return lines.join('\n')
}

const toType = (schema: unknown, indent: number): string => {
  if (!isJsonObject(schema) || indent > 2 * MAX_DEPTH) return 'any'
  if ('const' in schema) return JSON.stringify(schema.const)
  const branches = schema.anyOf ?? schema.oneOf ?? schema.allOf
  if (Array.isArray(branches))
    return branches.map((branch) => toType(branch, indent + 2)).join(' | ')
  if (Array.isArray(schema.enum))
    return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  if (typeof schema.$ref === 'string') return schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1)
  if (Array.isArray(schema.type))
    return schema.type.map((type: unknown) => toType({ ...schema, type }, indent)).join(' | ')
  if (schema.type === 'array')
    return `${schema.items === undefined ? 'any' : toType(schema.items, indent + 2)}[]`
  if (schema.type === 'object' || 'properties' in schema)
    return `{\n${toProperties(schema, indent + 2)}\n${' '.repeat(indent)}}`
  return typeof schema.type === 'string' ? (NAMES[schema.type] ?? 'any') : 'any'
}

const NAMES: Readonly<Record<string, string>> = {
  string: 'string',
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  null: 'null',
}
