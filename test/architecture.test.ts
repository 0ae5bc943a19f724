/** Holds the walls: which room may import which, which package is imported where, and that nothing goes in circles. */
import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path/posix'
import { describe, expect, it } from 'vitest'

/** A module imports only those that are beside its name. */
const ARROWS: Readonly<Record<string, string>> = {
  model: '',
  streams: '',
  transport: 'streams',
  telemetry: 'model',
  protocols: 'model streams',
  providers: 'model streams protocols telemetry transport',
  stores: 'model',
  runs: 'model streams stores',
  usage: 'model stores',
  access: 'model stores usage',
  router: 'model providers telemetry',
  gateway: 'model streams transport protocols providers usage access router telemetry',
  responses: 'model streams runs protocols access router gateway',
  chat: 'model streams stores runs access gateway telemetry',
  server: 'model streams runs protocols access gateway responses chat telemetry',
  workers: '',
}

/** May import any module: they connect the modules. */
const ROOF = new Set(['app', 'config', 'cli'])

/** A room of the gateway imports only those that are beside its name, and `call.ts`. */
const GATEWAY: Readonly<Record<string, string>> = {
  request: '',
  record: '',
  redaction: '',
  lanes: 'request record redaction',
  answer: 'attempts lanes record redaction request',
  attempts: 'lanes record',
  cache: 'lanes record redaction request',
  targets: 'attempts lanes record request state.ts',
  calls: 'targets attempts lanes record request',
}

/** Where a package may be imported: in a module, or in a room of one. LangChain is found at run time, by name. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  '@opentelemetry/api': ['telemetry/traces'],
  '@opentelemetry/core': ['telemetry/traces'],
  '@opentelemetry/resources': ['telemetry/traces'],
  '@opentelemetry/sdk-trace-base': ['telemetry/traces'],
  '@pydantic/genai-prices': ['usage/pricing'],
  commander: ['cli'],
  jose: ['access/jwt'],
  'gpt-tokenizer': ['usage/counting'],
  ioredis: ['stores/redis', 'stores/live/redis', 'stores/logs', 'stores/replicas/redis'],
  kysely: ['chat/sessions', 'stores/rows', 'usage/audit', 'usage/ledger', 'usage/retention'],
  pg: ['stores/rows/postgres'],
  pino: ['telemetry'],
  'prom-client': ['telemetry/metrics'],
  ws: ['server/websocket', 'gateway/calls'],
  yaml: ['config'],
  zod: ['config', 'chat/schema'],
}

/** A folder has nine files at most. Files that protocols have in common do not count: they are a table. */
const MOST_FILES = 9
const TABLES: Readonly<Record<string, number>> = {
  // One file for each vendor.
  'src/providers/vendors': Infinity,
}

const importsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/\bfrom '([^']+)'|\bimport\(\s*'([^']+)'/g)].map(
    (match) => match[1] ?? match[2] ?? '',
  )

const files = globSync('src/**/*.ts')
  .map((file) => file.replaceAll('\\', '/'))
  .toSorted()

const moduleOf = (file: string): string => file.split('/')[1] ?? ''

/** The file that an import leads to. Undefined for packages. */
const targetOf = (file: string, name: string): string | undefined => {
  if (name.startsWith('#')) return `src/${name.slice(1)}/index.ts`
  return name.startsWith('.') ? join(dirname(file), name) : undefined
}

/** A folder with an `index.ts` has a face, and is entered by it. */
const faces = new Set(files.filter((file) => basename(file) === 'index.ts').map(dirname))

/** The outermost folder with a face that an import enters in another way. */
const entersPastFace = (file: string, target: string): string | undefined =>
  [...faces].find(
    (folder) =>
      target.startsWith(`${folder}/`) &&
      !file.startsWith(`${folder}/`) &&
      target !== `${folder}/index.ts`,
  )

describe.each(files)('%s', (file) => {
  const module = moduleOf(file)
  const imports = importsOf(file)

  it('imports only what its module may', () => {
    if (ROOF.has(module)) return
    const allowed = (ARROWS[module] ?? '').split(' ').map((name) => `#${name}`)
    expect(Object.keys(ARROWS)).toContain(module)
    for (const name of imports)
      if (name.startsWith('#')) expect(allowed, `${file} imports ${name}`).toContain(name)
  })

  it('imports every other module by its index', () => {
    for (const name of imports) {
      // Inside a module, everything is reached by its own folder.
      if (name.startsWith('.') && !name.endsWith('.json'))
        expect(join(dirname(file), name)).toContain(`src/${module}/`)
      const target = targetOf(file, name)
      expect(target && entersPastFace(file, target), `${file} imports ${name}`).toBeUndefined()
    }
  })

  it('imports no package that belongs to another module', () => {
    for (const name of imports) {
      if (/^[.#]|^node:/.test(name)) continue
      const packageName = /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name
      const places = PACKAGES[packageName] ?? []
      const isHome = places.some((place) => file.startsWith(`src/${place}/`))
      expect(isHome, `${file} imports ${packageName}`).toBe(true)
    }
  })
})

describe('the folders of the gateway', () => {
  const inside = files.filter((file) => /^src\/gateway\/.+\//.test(file))
  const roomOf = (file: string): string => file.split('/')[2] ?? ''

  it('are these', () => {
    expect([...new Set(inside.map(roomOf))].toSorted()).toEqual(Object.keys(GATEWAY).toSorted())
  })

  it('have the path of a call on one page', () => {
    const file = 'src/gateway/gateway.ts'
    expect(importsOf(file).length).toBeLessThanOrEqual(15)
    expect(readFileSync(file, 'utf8').split('\n').length).toBeLessThan(150)
  })

  it.each(inside)('%s imports only folders below its own', (file) => {
    const room = roomOf(file)
    const allowed = ['call.ts', room, ...(GATEWAY[room] ?? '').split(' ')]
    for (const name of importsOf(file))
      if (name.startsWith('.'))
        expect(allowed, `${file} imports ${name}`).toContain(roomOf(join(dirname(file), name)))
  })
})

describe('the files', () => {
  it('have no import cycles, not even for types', () => {
    const graph = new Map(
      files.map((file) => [
        file,
        importsOf(file)
          .map((name) => targetOf(file, name))
          .filter((target) => target !== undefined && files.includes(target)) as string[],
      ]),
    )
    expect(findCircle(graph)).toEqual([])
  })

  it.each([...new Set(files.map(dirname))])('of %s are at most nine', (folder) => {
    const protocol = /^src\/protocols\/(?:\w+-\w+|gemini)$/.test(folder)
    const counted = files
      .filter((file) => dirname(file) === folder)
      .filter((file) => !protocol || !COMMON.has(basename(file)))
    expect(counted.length).toBeLessThanOrEqual(TABLES[folder] ?? MOST_FILES)
  })
})

/** The files of the table in CONTRIBUTING.md, which another test holds. */
const COMMON = new Set(
  [...readFileSync('CONTRIBUTING.md', 'utf8').matchAll(/^\| `([\w-]+\.ts)` \|/gm)].map(
    ([, name = '']) => name,
  ),
)

const findCircle = (graph: ReadonlyMap<string, readonly string[]>): string[] => {
  const done = new Set<string>()
  const path: string[] = []
  const visit = (file: string): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return undefined
    path.push(file)
    for (const next of graph.get(file) ?? []) {
      const circle = visit(next)
      if (circle) return circle
    }
    path.pop()
    done.add(file)
    return undefined
  }
  for (const file of graph.keys()) {
    const circle = visit(file)
    if (circle) return circle
  }
  return []
}

describe('the tests', () => {
  const PROGRAMS = 'conformance converge faults fuzz hostile interop soak'
    .split(' ')
    .map((name) => `test/${name}/`)

  it('are in separate folders from their helpers', () => {
    const helpers = globSync('test/**/*.ts')
      .map((file) => file.replaceAll('\\', '/'))
      .filter((file) => !file.endsWith('.test.ts'))
      .filter((file) => ![...PROGRAMS, 'test/tools/'].some((place) => file.startsWith(place)))
    expect(helpers).toEqual([])
  })
})
