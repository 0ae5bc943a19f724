/** Every command of docs/operating.md, run as it is written there. Only its two ports are replaced by free ones. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ENVIRONMENT_VARIABLES, loadConfig } from '#config'
import { within } from '../../tools/app/within.ts'
import { MAIN } from '../../tools/cli/start.ts'
import { type Block, blocksOf } from '../../tools/docs/blocks.ts'
import { freePort } from '../../tools/servers/free-port.ts'
import { type PostgresServer, startPostgres } from '../../tools/servers/postgres.ts'
import { type RedisServer, startRedis } from '../../tools/servers/redis.ts'
import { withServers } from '../../tools/servers/with-servers.ts'
import { writeEarlyRow } from '../../tools/stores/early-row.ts'
import { rowsAt } from '../../tools/stores/ledger-under-test.ts'

const BLOCKS = blocksOf('docs/operating.md')
const COMMANDS = BLOCKS.filter(({ language }) => language === '').flatMap(({ text }) =>
  text.split('\n').filter((line) => line !== ''),
)
const SETTINGS = BLOCKS.filter(({ language }) => language === 'yaml')

const outer = mkdtempSync(join(tmpdir(), 'sluice-operating-'))
const programs = join(outer, 'programs')
const running = new Set<ChildProcess>()

/** `sluice` as npm would install it: found in the path, and by npx. */
beforeAll(() => {
  mkdirSync(programs)
  writeProgram(programs)
})

afterEach(async () => {
  for (const child of running) await stop(child, 'SIGKILL')
})

afterAll(() => rmSync(outer, { recursive: true }))

const writeProgram = (folder: string): void => {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'sluice')
  writeFileSync(file, `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`)
  chmodSync(file, 0o755)
}

const PATH = [
  programs,
  dirname(process.execPath),
  ...globSync('/usr/lib/postgresql/*/bin').toSorted().toReversed(),
  process.env.PATH,
].join(':')

interface Surroundings {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
}

const newFolder = (): string => {
  const cwd = mkdtempSync(join(outer, 'cwd-'))
  writeProgram(join(cwd, 'node_modules', '.bin'))
  return cwd
}

const toEnvironment = ({ env }: Surroundings) => ({
  PATH,
  HOME: outer,
  npm_config_update_notifier: 'false',
  npm_config_offline: 'true',
  ...env,
})

/** @returns what it wrote, or rejects if it fails. */
const run = async (command: string, where: Surroundings): Promise<string> => {
  const { stdout } = await promisify(execFile)('sh', ['-c', command], {
    cwd: where.cwd,
    env: toEnvironment(where),
  })
  return stdout
}

/** A command that serves until it is stopped. */
const serve = async (command: string, where: Surroundings): Promise<ServedUrl> => {
  const child = spawn('sh', ['-c', command], {
    cwd: where.cwd,
    env: toEnvironment({ ...where, env: { PORT: '0', ...where.env } }),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  let said = ''
  let log = ''
  child.stdout.on('data', (bytes: Buffer) => (log += bytes.toString()))
  const url = await within(
    60_000,
    `${command} listens`,
    new Promise<string>((resolve, reject) => {
      child.stderr.on('data', (bytes: Buffer) => {
        said += bytes.toString()
        const [, found] = /listens on (http:\/\/127\.0\.0\.1:\d+)/.exec(said) ?? []
        if (found !== undefined) resolve(found)
      })
      child.once('exit', () => reject(new Error(`It ended: ${said}${log}`)))
    }),
  )
  return { url, port: new URL(url).port, child, log: () => log }
}

interface ServedUrl {
  readonly url: string
  readonly port: string
  readonly child: ChildProcess
  readonly log: () => string
}

const stop = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
  running.delete(child)
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  // The shell may end before what it started, which has its output open.
  const ended = once(child, 'close')
  process.kill(-child.pid, signal)
  await ended
}

const KEYS = { SLUICE_API_KEYS: 'YOUR_SLUICE_KEY', SLUICE_ADMIN_KEY: 'YOUR_ADMIN_KEY' }

const ask = async (url: string): Promise<void> => {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEYS.SLUICE_API_KEYS}` },
    body: JSON.stringify({ model: 'demo/echo', messages: [{ role: 'user', content: 'hello' }] }),
  })
  expect(response.status).toBe(200)
  await response.text()
}

/** A Sluice that has served two calls and refused one. */
const serveCalls = async (where: Surroundings): Promise<ServedUrl> => {
  const served = await serve('sluice', { ...where, env: { ...KEYS, ...where.env } })
  await ask(served.url)
  await ask(served.url)
  await (await fetch(`${served.url}/v1/models`)).text()
  await expect
    .poll(async () => JSON.parse(await run('sluice usage --json', where)).total.calls)
    .toBe(2)
  return served
}

const expectUsage = (report: string): void => {
  const { data, total } = JSON.parse(report) as Record<string, unknown>
  expect(total).toMatchObject({ calls: 2, unpriced_calls: 0, cost: 0 })
  expect(data).toHaveLength(1)
}

const expectAudit = (report: string): void => {
  const { data } = JSON.parse(report) as { data: { action: string }[] }
  const actions = data.map(({ action }) => action)
  expect(actions).toEqual(expect.arrayContaining(['auth.refused', 'server.started']))
}

/** The commands that need nothing beside Sluice, and what each must print. */
const REPORTS: Readonly<Record<string, (printed: string) => void>> = {
  'sluice usage --by model --since 7d': (printed) =>
    expect(printed).toMatch(/^model +calls .*\ndemo\/echo +2 .*\ntotal +2 /),
  'sluice usage --by owner --since 2026-11-01 --csv': (printed) =>
    expect(printed).toMatch(/^key,calls,.*\n,2,\d+,\d+,0,0,0,0\n$/),
  'sluice usage --by key --json': expectUsage,
  'sluice audit --since 24h': (printed) =>
    expect(printed).toMatch(/^time +action .*\n(.*\n)*.* auth\.refused /),
  'sluice audit --limit 1000 --json': expectAudit,
  "curl 'http://127.0.0.1:3000/v1/usage?by=model&since=24h' -H 'authorization: Bearer YOUR_SLUICE_KEY'":
    expectUsage,
  "curl 'http://127.0.0.1:3000/admin/usage?by=owner&since=7d' -H 'authorization: Bearer YOUR_ADMIN_KEY'":
    expectUsage,
  "curl 'http://127.0.0.1:3000/admin/audit?since=24h&limit=50' -H 'authorization: Bearer YOUR_ADMIN_KEY'":
    expectAudit,
}

const BACKUP = 'sluice backup sluice-backup.db'
const RESTORE = [
  'rm -f .sluice/sluice.db-wal .sluice/sluice.db-shm',
  'cp sluice-backup.db .sluice/sluice.db',
]
const DUMP =
  'pg_dump "$DATABASE_URL" --table ledger --table ledger_minutes --table audit --table \'session*\' --table migrations --file sluice-backup.sql'
const LOAD = 'psql "$DATABASE_URL" --set ON_ERROR_STOP=1 --file sluice-backup.sql'
const WITH_REDIS = 'REDIS_URL=redis://127.0.0.1:6379 npx sluice'
const REDIS_CLI = 'redis-cli -p 6379 config set maxmemory-policy noeviction'
const DOCKER =
  'docker run --rm -p 127.0.0.1:3000:3000 -v sluice-data:/data -e SLUICE_API_KEYS=choose-one -e OPENAI_API_KEY sluice'

it('has no command in docs/operating.md that is not run here, and runs none that is not there', () => {
  const known = [
    ...Object.keys(REPORTS),
    BACKUP,
    ...RESTORE,
    DUMP,
    LOAD,
    WITH_REDIS,
    REDIS_CLI,
    DOCKER,
  ]
  expect(COMMANDS.toSorted()).toEqual(known.toSorted())
  const languages = new Set(BLOCKS.map(({ language }: Block) => language))
  // test/conformance/workers/replicas.test.ts runs nginx by its block.
  expect([...languages].toSorted()).toEqual(['', 'nginx', 'yaml'])
})

describe.runIf(!withServers)('the settings of docs/operating.md', () => {
  it.each(SETTINGS.map(({ text }) => [text.split('\n', 1)[0], text]))(
    'load: %s',
    async (_, text) => {
      const cwd = newFolder()
      writeFileSync(join(cwd, 'sluice.yaml'), text ?? '')
      const env = { SLUICE_KEY: 'key-one', KEY_OF_ANN: 'key-of-ann', KEY_OF_BEN: 'key-of-ben' }
      const { file, notices } = await loadConfig({ env, cwd })
      expect(file).toContain('sluice.yaml')
      expect(notices).toEqual([])
      expect(await run('sluice config check', { cwd, env })).not.toContain('error')
    },
  )
})

describe.runIf(!withServers)('the commands that report', () => {
  it('print what is in the ledger and in the audit', async () => {
    const cwd = newFolder()
    const { port } = await serveCalls({ cwd })
    for (const [command, check] of Object.entries(REPORTS))
      check(await run(command.replace(':3000/', `:${port}/`), { cwd }))
  })
})

describe.runIf(!withServers)('a backup of SQLite', () => {
  it('is made while the server runs, and restores what was lost', async () => {
    const cwd = newFolder()
    const { child, url } = await serveCalls({ cwd })
    expect(await run(BACKUP, { cwd })).toContain('The backup is in')
    await ask(url)
    await stop(child, 'SIGKILL')
    writeFileSync(join(cwd, '.sluice/sluice.db'), 'not a database any more')
    for (const command of RESTORE) await run(command, { cwd })
    expectUsage(await run('sluice usage --by key --json', { cwd }))
    expectAudit(await run('sluice audit --json', { cwd }))
  })

  it('does not replace a file, and says what is wrong in one sentence', async () => {
    const cwd = newFolder()
    await expect(run(BACKUP, { cwd })).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^The backup failed: there is no .*\.\n$/),
    })
    const { child } = await serveCalls({ cwd })
    await stop(child, 'SIGTERM')
    await run(BACKUP, { cwd })
    const before = readFileSync(join(cwd, 'sluice-backup.db'))
    await expect(run(BACKUP, { cwd })).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('exists already'),
    })
    expect(readFileSync(join(cwd, 'sluice-backup.db')).equals(before)).toBe(true)
    expect(existsSync(join(cwd, 'sluice-backup.db.part'))).toBe(false)
  })

  it('of an earlier version is brought up to date', async () => {
    const cwd = newFolder()
    const early = { folder: join(cwd, 'early') }
    await writeEarlyRow(early)
    copyFileSync(join(early.folder, 'sluice.db'), join(cwd, 'sluice-backup.db'))
    mkdirSync(join(cwd, '.sluice'))
    for (const command of RESTORE) await run(command, { cwd })
    const report = JSON.parse(await run('sluice usage --json', { cwd }))
    expect(report.total).toMatchObject({ calls: 1, input_tokens: 5 })
    const { url, child } = await serve('sluice', { cwd, env: KEYS })
    await ask(url)
    await stop(child, 'SIGTERM')
    expect(await rowsAt({ folder: join(cwd, '.sluice') })).toHaveLength(2)
    expect(await run('sluice audit', { cwd })).toContain('server.started')
  })
})

describe('the container', () => {
  const dockerfile = readFileSync('Dockerfile', 'utf8')

  it('has the port, the folder, the user and the variables of the documented command', () => {
    const [, port] = /-p 127\.0\.0\.1:\d+:(\d+)/.exec(DOCKER) ?? []
    const [, folder] = /-v [\w-]+:(\S+)/.exec(DOCKER) ?? []
    expect(dockerfile).toContain(`EXPOSE ${port}\n`)
    expect(dockerfile).toMatch(
      new RegExp(`^ENV .*\\bHOST=0\\.0\\.0\\.0 PORT=${port} SLUICE_DATA=${folder}$`, 'm'),
    )
    // A named volume takes the owner of the folder, so it has to be there before the user is not root any more.
    const [made, user] = [`RUN mkdir ${folder} && chown node ${folder}\n`, 'USER node\n']
    expect(dockerfile.indexOf(made)).toBeGreaterThan(dockerfile.lastIndexOf('FROM '))
    expect(dockerfile.indexOf(user)).toBeGreaterThan(dockerfile.indexOf(made))
    const variables = [...DOCKER.matchAll(/-e (\w+)/g)].map(([, name]) => name)
    const known = new Set(ENVIRONMENT_VARIABLES.map(({ name }) => name))
    expect(variables.filter((name) => !known.has(name ?? ''))).toEqual([])
    expect(dockerfile).toContain(`docker build -t ${DOCKER.split(' ').at(-1)} .`)
  })

  it('keeps its folder in a volume when it is composed, with a file system that is otherwise read-only', () => {
    const compose = readFileSync('compose.yaml', 'utf8')
    expect(compose).toMatch(/^ {4}volumes: \['data:\/data'\]$/m)
    expect(compose).toMatch(/^volumes:\n {2}data:$/m)
    expect(compose).toMatch(/^ {4}read_only: true$/m)
  })
})

describe.runIf(withServers)('the commands for servers', () => {
  let postgres: PostgresServer
  let redis: RedisServer
  beforeAll(async () => {
    postgres = await startPostgres()
    redis = await startRedis({ port: await freePort() })
  })
  afterAll(() => postgres.close())

  it('start Sluice on Redis, and set up Redis', async () => {
    const port = String(redis.port)
    const { url, log } = await serve(WITH_REDIS.replace('6379', port), {
      cwd: newFolder(),
      env: { ...KEYS, RATE_LIMIT_MAX_REQUESTS: '100' },
    })
    await ask(url)
    expect(await redis.command('dbsize')).not.toBe('0')
    expect(log()).not.toContain('Redis cannot be used')
    expect((await run(REDIS_CLI.replace('6379', port), { cwd: newFolder() })).trim()).toBe('OK')
    expect(await redis.command('config', 'get', 'maxmemory-policy')).toContain('noeviction')
  })

  it('report from PostgreSQL', async () => {
    const where = { cwd: newFolder(), env: { DATABASE_URL: await postgres.createDatabase() } }
    const { port } = await serveCalls(where)
    for (const [command, check] of Object.entries(REPORTS))
      check(await run(command.replace(':3000/', `:${port}/`), where))
    await expect(run(BACKUP, where)).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('pg_dump'),
    })
  })

  it('back up PostgreSQL while Sluice runs, and restore it into an empty database', async () => {
    const where = { cwd: newFolder(), env: { DATABASE_URL: await postgres.createDatabase() } }
    await serveCalls(where)
    await run(DUMP, where)
    const empty = { ...where, env: { DATABASE_URL: await postgres.createDatabase() } }
    await run(LOAD, empty)
    expectUsage(await run('sluice usage --by key --json', empty))
    expectAudit(await run('sluice audit --json', empty))
    const { url, child } = await serve('sluice', { ...empty, env: { ...KEYS, ...empty.env } })
    await ask(url)
    await stop(child, 'SIGTERM')
    expect(JSON.parse(await run('sluice usage --json', empty)).total.calls).toBe(3)
  })

  it('restore a backup of an earlier version, which is brought up to date', async () => {
    const databaseUrl = await postgres.createDatabase()
    const where = { cwd: newFolder(), env: { DATABASE_URL: databaseUrl } }
    await writeEarlyRow({ folder: where.cwd, databaseUrl })
    await run(DUMP, where)
    const empty = { ...where, env: { DATABASE_URL: await postgres.createDatabase() } }
    await run(LOAD, empty)
    const { total } = JSON.parse(await run('sluice usage --json', empty))
    expect(total).toMatchObject({ calls: 1, input_tokens: 5 })
    expect(JSON.parse(await run('sluice audit --json', empty))).toEqual({
      data: [],
      has_more: false,
    })
  })
})
