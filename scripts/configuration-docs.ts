/** Puts the schema of the file, and the variables of the environment, into words. */
import { isJsonObject, type JsonObject } from '#model'
import { ENVIRONMENT_VARIABLES } from '#config'

export const toConfigurationDocs = (schema: JsonObject): string =>
  [INTRODUCTION, toEnvironmentTable(), '## The file', FILE, ...toSections(schema)].join('\n\n') +
  '\n'

const INTRODUCTION = `<!-- Written by \`npm run docs\` from the schema in src/config/schema/. -->

# Configuration

Sluice needs none: what it finds in the environment is enough. Everything else stands in \`sluice.yaml\`.

What is said in several places is taken from the first of these: the command line (\`--host\`, \`--port\`,
\`--config\`), the file, the environment, the default. A provider's key and its address belong together: where the
file names either, the environment's pair is not used for that provider.

\`sluice config check\` says what is wrong with a configuration, each fault with its line and field, and serves
nothing. \`sluice config schema\` prints the JSON schema, which is also at \`schema/sluice.schema.json\`; an editor
finds it by a first line of \`# yaml-language-server: $schema=./schema/sluice.schema.json\`.

Every bound, and what a caller gets at it, is on the page of the [limits](limits.md), every error on the page of
the [errors](errors.md).

## The environment

A variable that is empty is as if it were not set.`

const FILE = `Its path is \`--config\`, else \`SLUICE_CONFIG\`, else \`./sluice.yaml\` if that exists. Names are written exactly as
here: what is no field is refused. Anchors and aliases of YAML are not used, so what begins with \`*\` needs quotes.

- \`\${NAME}\` in a value is replaced by the variable of that name, which has to be set.
- \`\${NAME:-fallback}\` takes the fallback where the variable is not set or empty. Where nothing at all remains, the
  field is as if it were not there.
- \`$\${\` is a plain \`\${\`.

Times are in milliseconds, sizes in bytes. \`NAME\` stands for a name of your own.`

const toEnvironmentTable = (): string =>
  toTable(
    ['Variable', 'Meaning', 'In the file'],
    ENVIRONMENT_VARIABLES.map(({ name, meaning, field }) => [
      code(name),
      meaning,
      field ? code(field) : '',
    ]),
  )

/** One for each section, and one for the fields that stand alone. */
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
    return `a list, each ${toKinds(objectAt(schema, 'items')).toLowerCase()}`
  if (schema.type === 'boolean') return '`true` or `false`'
  if (schema.type === 'integer') {
    const { minimum, maximum } = schema
    return Number(maximum) > MOST_TELLING
      ? `a whole number from ${String(minimum)}`
      : `a whole number from ${String(minimum)} to ${String(maximum)}`
  }
  if (schema.type === 'object') return 'a map'
  return Object.keys(schema).length === 0 ? 'any value' : 'text'
}

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
