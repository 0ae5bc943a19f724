/** Lines on standard output: some are held back, and none is lost or out of order. */
import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'

const LINES = 3000

const run = (ending: string): string[] => {
  const program = `
    import { createStandardOutput } from '#telemetry'
    const output = createStandardOutput()
    for (let count = 0; count < ${LINES}; count++) {
      output.write(\`\${count} café 東京 \${'x'.repeat(count % 90)}\\n\`)
      // Some of them are written while others are on their way.
      if (count % 500 === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    }
    ${ending}`
  const options = ['--conditions=source', '--input-type=module-typescript', '--eval', program]
  const { stdout } = spawnSync(process.execPath, options, { encoding: 'utf8', timeout: 60_000 })
  return stdout.split('\n')
}

const expected = Array.from(
  { length: LINES },
  (_, count) => `${count} café 東京 ${'x'.repeat(count % 90)}`,
)

describe('lines that are held back', () => {
  it.each([
    ['when they are asked for', 'output.flush(); process.kill(process.pid, "SIGKILL")'],
    ['when the process exits', 'process.exit(0)'],
    ['when nothing is left to do', ''],
  ])('are all written %s', (_, ending) => {
    expect(run(ending)).toEqual([...expected, ''])
  })
})
