/** Writes tool definitions in the form that OpenAI's models see: a TypeScript namespace. */
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
  const types: readonly unknown[] = Array.isArray(schema.type) ? schema.type : [schema.type]
  // The properties of a type that is listed twice are written once.
  const names = types.map((type) => toNamed(schema, type))
  return [...new Set(names)].map((name) => write(schema, name, indent)).join(' | ')
}

/** A type that is written out, or a known name. */
const toNamed = (schema: JsonObject, type: unknown): string => {
  if (type === 'array') return 'array'
  if (type === 'object' || 'properties' in schema) return 'object'
  return typeof type === 'string' ? (NAMES[type] ?? 'any') : 'any'
}

const write = (schema: JsonObject, name: string, indent: number): string => {
  if (name === 'array')
    return `${schema.items === undefined ? 'any' : toType(schema.items, indent + 2)}[]`
  if (name === 'object') return `{\n${toProperties(schema, indent + 2)}\n${' '.repeat(indent)}}`
  return name
}

const NAMES: Readonly<Record<string, string>> = {
  string: 'string',
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  null: 'null',
}
