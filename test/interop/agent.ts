/** A headless agent in a home of its own: asked once or again, and judged by what reached the upstream. */
import { setTimeout as sleep } from 'node:timers/promises'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { RecordedCall } from '../tools/upstream/start.ts'
import { runChild } from './run-child.ts'
import type { ChildResult } from './run-child.ts'
import {
  callsDuring,
  expectAbandoned,
  expectNothingRefused,
  expectProtocol,
  expectText,
} from './stage.ts'
import type { Stage } from './stage.ts'

export type AgentProgram = {
  /** Its name in the folder of the installed programs. */
  command: string
  /** Its settings file, by its place in the home. */
  settings: { path: string; content: object }
  toArgs: (prompt: string, further: readonly string[]) => string[]
  env?: Record<string, string>
}

export type Agent = {
  ask: (prompt: string, args?: readonly string[]) => Promise<ChildResult>
  /** An answer to the end, with every conversation on the way legal and in the right protocol. */
  complete: (
    prompt: string,
    expected: string,
    args?: readonly string[],
  ) => Promise<readonly RecordedCall[]>
  /** The agent is killed while its upstream speaks, and takes the call with it. */
  killInMidStream: (prompt: string) => Promise<void>
  leave: () => Promise<void>
}

const ASKS_EVERY_MS = 25
/** Long enough for the first words to be on their way. */
const SPEAKS_AFTER_MS = 400

export const createAgent = async (
  stage: Stage,
  { command, settings, toArgs, env }: AgentProgram,
): Promise<Agent> => {
  const home = await mkdtemp(join(tmpdir(), 'sluice-interop-home-'))
  const project = join(home, 'project')
  await mkdir(project)
  await mkdir(dirname(join(home, settings.path)), { recursive: true })
  await writeFile(join(home, settings.path), JSON.stringify(settings.content))

  const run = (prompt: string, args: readonly string[], signal?: AbortSignal) =>
    runChild({
      command: join(stage.clientsFolder, 'node_modules/.bin', command),
      args: toArgs(prompt, args),
      folder: project,
      env: { HOME: home, ...stage.outsideEnv, ...env },
      signal,
    })

  return {
    ask: (prompt, args = []) => run(prompt, args),
    complete: async (prompt, expected, args = []) => {
      const answers: ChildResult[] = []
      const calls = await callsDuring(stage, async () => {
        answers.push(await run(prompt, args))
      })
      // What the upstream refused says more than what the agent made of it.
      expectNothingRefused(calls)
      for (const { code, stdout, stderr } of answers) {
        if (code !== 0) throw new Error(`exit ${code}: ${stdout.slice(-300)} ${stderr.slice(-600)}`)
        expectText(stdout, expected)
      }
      expectProtocol(calls, stage.upstreamProtocol)
      return calls
    },
    killInMidStream: async (prompt) => {
      const calls = await callsDuring(stage, async () => {
        const before = stage.upstream.calls.length
        const running = new AbortController()
        const ended = run(prompt, [], running.signal)
        const isOver = ended.then(() => true)
        while (stage.upstream.calls.length === before)
          if (await Promise.race([isOver, sleep(ASKS_EVERY_MS, false)])) return
        await sleep(SPEAKS_AFTER_MS)
        running.abort()
        await ended
      })
      await expectAbandoned(calls)
    },
    leave: () => rm(home, { recursive: true, force: true }),
  }
}
