/** OpenTelemetry is loaded only if there is a receiver. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { tracesTo } from '../../tools/telemetry/otlp-receiver.ts'

/** Starts Sluice in a process of its own, and returns which packages of OpenTelemetry it has. */
const loadedWith = async (options: object): Promise<readonly string[]> => {
  const program = `
    import { Module } from 'node:module'
    import { startSluice } from './test/tools/app/start-sluice.ts'
    const sluice = await startSluice(${JSON.stringify(options)})
    await (await fetch(sluice.url + '/health')).text()
    const names = Object.keys(Module._cache).map((path) => /@opentelemetry.([\\w-]+)/.exec(path)?.[1])
    console.log(JSON.stringify([...new Set(names.filter(Boolean))]))
    await sluice.close()
  `
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '--eval',
    program,
  ])
  return JSON.parse(stdout) as string[]
}

it('is not loaded without a receiver', async () => {
  expect(await loadedWith({})).toEqual([])
})

it('is loaded for one', async () => {
  const traces = tracesTo({ url: 'http://127.0.0.1:1' })
  expect(await loadedWith({ traces })).toEqual(expect.arrayContaining(['sdk-trace', 'core', 'api']))
})
