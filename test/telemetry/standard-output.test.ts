/** Lines on standard output: some are held back, and none is lost or out of order. */
import { spawn, spawnSync } from 'node:child_process'
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { PATIENCE_MS, within } from '../tools/app/within.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
afterAll(() => rmSync(folder, { recursive: true }))

const LINES = 3000

const toOptions = (program: string) => [
  '--conditions=source',
  '--input-type=module-typescript',
  '--eval',
  program,
]

const toProgram = (ending: string): string => `
    import { createStandardOutput } from '#telemetry'
    const output = createStandardOutput()
    for (let count = 0; count < ${LINES}; count++) {
      output.write(\`\${count} café 東京 \${'x'.repeat(count % 90)}\\n\`)
      // Some of them are written while others are on their way.
      if (count % 500 === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    }
    ${ending}`

const run = (ending: string): string[] => {
  const options = { encoding: 'utf8', timeout: 60_000 } as const
  return spawnSync(process.execPath, toOptions(toProgram(ending)), options).stdout.split('\n')
}

const runToFile = (ending: string): string[] => {
  const path = join(folder, 'log')
  const file = openSync(path, 'w')
  spawnSync(process.execPath, toOptions(toProgram(ending)), {
    stdio: ['ignore', file, 'inherit'],
    timeout: 60_000,
  })
  closeSync(file)
  return readFileSync(path, 'utf8').split('\n')
}

const expected = Array.from(
  { length: LINES },
  (_, count) => `${count} café 東京 ${'x'.repeat(count % 90)}`,
)

describe('lines that are buffered', () => {
  it.each([
    ['when they are asked for', 'output.flush(); process.kill(process.pid, "SIGKILL")'],
    ['when the process exits', 'process.exit(0)'],
    ['when nothing is left to do', ''],
  ])('are all written %s', (_, ending) => {
    expect(run(ending)).toEqual([...expected, ''])
  })

  it.each([
    ['when the process ends', 'await output.end(); process.kill(process.pid, "SIGKILL")'],
    ['when nothing is left to do', ''],
  ])('are all written to a file %s', (_, ending) => {
    expect(runToFile(ending)).toEqual([...expected, ''])
  })
})

const toMixedProgram = (ending: string): string => `
    import { createStandardOutput } from '#telemetry'
    const output = createStandardOutput()
    let made = 0
    for (let count = 0; count < ${LINES}; count++) {
      const line = \`\${count} café 東京 \${'x'.repeat(count % 90)}\\n\`
      if (count % 7 === 0) output.write(line)
      else output.later(() => (made++, line))
      if (count % 500 === 0) await new Promise((resolve) => setTimeout(resolve, 5))
      if (count === 2 && made > 0) throw new Error('made in the turn of who logs')
    }
    ${ending}`

describe('lines that are made when they are written', () => {
  it.each([
    ['when they are asked for', 'output.flush(); process.kill(process.pid, "SIGKILL")'],
    ['when the process exits', 'process.exit(0)'],
    ['when nothing is left to do', ''],
  ])('are written in their order among the others, %s', (_, ending) => {
    const options = { encoding: 'utf8', timeout: 60_000 } as const
    const { stdout, stderr } = spawnSync(
      process.execPath,
      toOptions(toMixedProgram(ending)),
      options,
    )
    expect(stderr).not.toContain('made in the turn')
    expect(stdout.split('\n')).toEqual([...expected, ''])
  })

  it('are all there, though one turn ends very many calls and is the last one', () => {
    const program = `
      import { createStandardOutput } from '#telemetry'
      const output = createStandardOutput()
      for (let count = 0; count < 10_000; count++) output.later(() => \`\${count}\\n\`)
      process.exit(0)`
    const { stdout } = spawnSync(process.execPath, toOptions(program), {
      encoding: 'utf8',
      timeout: 60_000,
    })
    expect(stdout.split('\n')).toEqual([...Array.from({ length: 10_000 }, (_, at) => `${at}`), ''])
  })
})

describe.skipIf(process.platform === 'win32')('lines that nobody reads', () => {
  it('are held up to a bound, then dropped, and the gap is told once when somebody reads again', async () => {
    const path = join(folder, 'pipe')
    spawnSync('mkfifo', [path])
    const pipe = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
    // It counts on until it is ended, so that something follows the gap.
    const program = `
      import { createStandardOutput } from '#telemetry'
      const output = createStandardOutput()
      let count = 0
      const write = () => output.write(JSON.stringify({ count: count++, text: 'x'.repeat(80) }) + '\\n')
      while (count < 50_000) write()
      setInterval(write, 20)
      process.stderr.write('stuck')`
    const child = spawn(process.execPath, toOptions(program), { stdio: ['ignore', pipe, 'pipe'] })
    await within(
      PATIENCE_MS,
      'the lines',
      new Promise((resolve) => child.stderr?.once('data', resolve)),
    )

    let text = ''
    const isBack = () => /"lost".*\n.*\n/.test(text)
    await expect.poll(() => ((text += readAll(pipe)), isBack())).toBe(true)
    child.kill()
    closeSync(pipe)

    const lines = text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as { count?: number; lost?: number })
    const gap = lines.findIndex(({ lost }) => lost !== undefined)
    const told = lines[gap]?.lost ?? 0
    expect(lines.filter(({ lost }) => lost !== undefined)).toHaveLength(1)
    expect(gap).toBeGreaterThan(5_000)
    expect(gap).toBeLessThan(30_000)
    expect(lines.slice(0, gap).map(({ count }) => count)).toEqual([...Array(gap).keys()])
    expect(lines[gap + 1]?.count).toBe(gap + told)
  })
})

/** What waits in the pipe. */
const readAll = (pipe: number): string => {
  const bytes = Buffer.alloc(1024 * 1024)
  try {
    return bytes.toString('latin1', 0, readSync(pipe, bytes))
  } catch {
    return ''
  }
}
