import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Started, startNode } from '../tools/cli/start.ts'

/** The script in a package whose program prints what runs it, and exits with 7 on request. */
const PROGRAM = `
process.on('SIGTERM', () => process.exit(7))
process.stderr.write(JSON.stringify([process.execPath, ...process.argv.slice(2)]) + '\\n')
if (process.argv[2] === 'wait') setInterval(() => {}, 1000)
else if (process.argv[2] === 'abort') process.kill(process.pid, 'SIGKILL')
else process.exitCode = 5
`

const seeing = (...values: readonly string[]): string =>
  `data:text/javascript,for(const[on,name,value]of[${values.join()}])Object.defineProperty(on,name,{value})`

/** What the script sees on an older Node, and on one of a machine that Node is not carried for. */
const OLDER = seeing('[process.versions,"node","20.20.2"]')
const OLDER_ELSEWHERE = seeing('[process.versions,"node","20.20.2"]', '[process,"arch","mips"]')

const root = mkdtempSync(join(tmpdir(), 'sluice-'))
const sluice = join(root, 'node_modules/sluice')
const carrier = join(root, `node_modules/node-${process.platform}-${process.arch}`)
const carried = join(carrier, 'bin/node')

beforeAll(() => {
  mkdirSync(join(sluice, 'dist'), { recursive: true })
  mkdirSync(join(sluice, 'bin'))
  cpSync(
    fileURLToPath(new URL('../../bin/sluice.js', import.meta.url)),
    join(sluice, 'bin/sluice.js'),
  )
  writeFileSync(join(sluice, 'package.json'), '{"name":"sluice","type":"module"}')
  writeFileSync(join(sluice, 'dist/main.js'), PROGRAM)
})
afterAll(() => rmSync(root, { recursive: true }))

const installNode = (): void => {
  mkdirSync(join(carrier, 'bin'), { recursive: true })
  writeFileSync(join(carrier, 'package.json'), '{}')
  symlinkSync(process.execPath, carried)
}

const run = (nodeOptions: readonly string[], args: readonly string[]): Started =>
  startNode([...nodeOptions, join(sluice, 'bin/sluice.js'), ...args], { cwd: root })

describe('the script that npx runs', () => {
  it('runs the program itself if Node is new enough', async () => {
    expect(await run([], ['serve', '-p', '1']).ended).toMatchObject({
      code: 5,
      stderr: `${JSON.stringify([process.execPath, 'serve', '-p', '1'])}\n`,
    })
  })

  it('reports that it is not built', async () => {
    const program = join(sluice, 'dist/main.js')
    rmSync(program)
    expect(await run([], []).ended).toMatchObject({
      code: 1,
      stderr: 'Sluice is not built yet: npm install, with everything, builds it.\n',
    })
    writeFileSync(program, PROGRAM)
  })

  it('reports what it needs if no newer Node was installed with it', async () => {
    expect(await run(['--import', OLDER_ELSEWHERE], []).ended).toMatchObject({
      code: 1,
      stderr:
        'Sluice needs Node 24 or newer, and this is 20.20.2: install it from https://nodejs.org.\n',
    })
  })

  it('runs the program on the Node that was installed with it, in its own or a parent folder', async () => {
    installNode()
    const { code, stderr } = await run(['--import', OLDER], ['a', 'b c']).ended
    expect(code).toBe(5)
    expect(JSON.parse(stderr)).toEqual([process.execPath, 'a', 'b c'])
  })

  it('passes a signal on, and ends as the program ends', async () => {
    const waiting = run(['--import', OLDER], ['wait'])
    await waiting.says(/wait/)
    waiting.process.kill('SIGTERM')
    expect((await waiting.ended).code).toBe(7)
    expect((await run(['--import', OLDER], ['abort']).ended).code).toBe(137)
  })
})
