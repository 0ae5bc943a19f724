/** Writes docs/configuration.md from the schema of the file and the variables of the environment. */
import { isJsonObject, type JsonObject } from '#model'
import { ENVIRONMENT_VARIABLES } from '#config'

export const toConfigurationDocs = (schema: JsonObject): string =>
  [INTRODUCTION, toEnvironmentTable(), '## The file', FILE, ...toSections(schema)].join('\n\n') +
  '\n'

const INTRODUCTION = `<!-- Written by \`npm run docs\` from the schema in src/config/schema/. -->

# Configuration

Sluice needs no configuration file: the environment is enough. \`sluice.yaml\` has all other settings.

The first of these sources that has a setting is used: the command line (\`--host\`, \`--port\`, \`--config\`), the file,
the environment, the default. A provider's key and its address belong together: if the file has either, neither is taken
from the environment for that provider.

\`sluice config check\` reports every error in a configuration with its line and field, and does not start the server.
\`sluice doctor\` reports what is valid but suspicious, and where a call would go ([routing.md](routing.md#sluice-doctor)).
\`sluice config schema\` prints the JSON schema, which is also in \`schema/sluice.schema.json\`. An editor finds it if the
first line of the file is \`# yaml-language-server: $schema=./schema/sluice.schema.json\`.

[limits.md](limits.md) lists every limit and what a caller receives when it is reached. [errors.md](errors.md) lists every
error.

## The environment

An empty variable counts as not set.`

const FILE = `The path of the file is \`--config\`, otherwise \`SLUICE_CONFIG\`, otherwise \`./sluice.yaml\` if that exists. Unknown fields
are refused. Anchors and aliases of YAML are not supported, so a value that begins with \`*\` needs quotes.

- \`\${NAME}\` in a value is replaced by the variable of that name, which must be set.
- \`\${NAME:-fallback}\` uses the fallback if the variable is not set or empty. If the value is then empty, the field counts
  as not set.
- \`$\${\` is a literal \`\${\`.

Times are in milliseconds, sizes in bytes. \`NAME\` is a name that you choose.`

const toEnvironmentTable = (): string =>
  toTable(
    ['Variable', 'Meaning', 'In the file'],
    ENVIRONMENT_VARIABLES.map(({ name, meaning, field }) => [
      code(name),
      meaning,
      field ? code(field) : '',
    ]),
  )

/** One for each section, and one for the fields without a section. */
const toSections = (schema: JsonObject): string[] => {
  const members = Object.entries(objectAt(schema, 'properties')).filter(
    (member): member is [string, JsonObject] => isJsonObject(member[1]),
  )
  return members.flatMap(([name, section]) => [
    `### ${code(name)}`,
    textAt(section, 'description'),
    toTable(['Field', 'Value', 'Default'], toRows(name, section)),
  ])
}

type Row = readonly string[]

const toRows = (path: string, schema: JsonObject): Row[] => {
  const fields = toFields(path, schema)
  if (fields.length === 0) return [toRow(path, schema, false)]
  const own = alternatives(schema).some((kind) => kind.type !== 'object')
  return [
    ...(own ? [toRow(path, schema, false)] : []),
    ...fields.flatMap(([name, field]) =>
      toFields(name, field).length > 0 ? toRows(name, field) : [toRow(name, field, true)],
    ),
  ]
}

const toFields = (path: string, schema: JsonObject): [string, JsonObject][] =>
  alternatives(schema).flatMap((kind) => [
    ...Object.entries(objectAt(kind, 'properties')).flatMap(
      ([name, field]): [string, JsonObject][] =>
        isJsonObject(field) ? [[`${path}.${name}`, field]] : [],
    ),
    ...(kind.type === 'array' ? toFields(`${path}[]`, objectAt(kind, 'items')) : []),
    ...(isJsonObject(kind.additionalProperties)
      ? [[`${path}.NAME`, kind.additionalProperties] satisfies [string, JsonObject]]
      : []),
  ])

const toRow = (path: string, schema: JsonObject, isDescribed: boolean): Row => {
  const description = isDescribed ? textAt(schema, 'description') : ''
  const preset = schema.default === undefined ? '' : code(toDefault(schema.default))
  return [code(path), [toKinds(schema), description].filter(Boolean).join('. '), preset]
}

const toDefault = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value)

const toKinds = (schema: JsonObject): string => {
  const kinds = alternatives(schema).map(toKind)
  const text = [...new Set(kinds)].join(', or ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

// Beyond this a bound says what no machine can do, not what is meant.
const MOST_TELLING = 1_000_000

const toKind = (schema: JsonObject): string => {
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => code(String(value))).join(', ')
  if (schema.type === 'array')
    return `a list, each ${lowerFirst(toKinds(objectAt(schema, 'items')))}`
  if (schema.type === 'boolean') return '`true` or `false`'
  if (schema.type === 'integer') {
    const { minimum, maximum } = schema
    return Number(maximum) > MOST_TELLING
      ? `a whole number from ${String(minimum)}`
      : `a whole number from ${String(minimum)} to ${String(maximum)}`
  }
  if (schema.type === 'number') return 'a number, with or without decimals'
  if (schema.type === 'object') return 'a map'
  return Object.keys(schema).length === 0 ? 'any value' : 'text'
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)

const alternatives = (schema: JsonObject): JsonObject[] =>
  Array.isArray(schema.anyOf) ? schema.anyOf.filter(isJsonObject) : [schema]

const objectAt = (schema: JsonObject, key: string): JsonObject => {
  const value = schema[key]
  return isJsonObject(value) ? value : {}
}

const textAt = (schema: JsonObject, key: string): string => {
  const value = schema[key]
  return typeof value === 'string' ? value : ''
}

const code = (text: string): string => `\`${text}\``

const toTable = (head: Row, rows: readonly Row[]): string =>
  [head, head.map(() => '---'), ...rows]
    .map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n')
