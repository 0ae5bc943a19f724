/** Runs a program that uses an SDK and checks at the upstream what the program cannot see. */
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import type { RecordedCall } from '../tools/upstream/start.ts'
import { play } from './row.ts'
import type { Outcome } from './row.ts'
import { runChild } from './run-child.ts'
import { callsDuring, expectAbandoned, expectProtocol, wasSent } from './stage.ts'
import type { Stage } from './stage.ts'

/** What a program says of one scenario; see programs/scenario.mjs. */
type Line = Outcome & {
  upstream?: { tag: string; contains?: string[]; abandoned?: boolean; refused?: boolean }
}

const TIMEOUT_MS = 120_000

export const copyPrograms = (clientsFolder: string): Promise<void> =>
  cp(join(import.meta.dirname, 'programs'), join(clientsFolder, 'programs'), { recursive: true })

export async function* playProgram(
  stage: Stage,
  program: string,
  env: Record<string, string> = {},
): AsyncGenerator<Outcome> {
  const { clientsFolder, baseUrl, apiKey, model, keyed, brief, gateway, upstreamProtocol, speaks } =
    stage
  // The vendors' own SDKs append the version to the address themselves, except OpenAI's.
  const addsVersion = speaks === 'gemini' || (speaks === 'messages' && !env.PROVIDER)
  let output = ''
  let trouble = ''
  const calls = await callsDuring(stage, async () => {
    const result = await runChild({
      command: process.execPath,
      args: [join('programs', program)],
      folder: clientsFolder,
      timeoutMs: TIMEOUT_MS,
      env: {
        BASE_URL: addsVersion ? baseUrl : `${baseUrl}/v1`,
        API_KEY: apiKey,
        MODEL: model,
        UPSTREAM: upstreamProtocol,
        KEYED: keyed ? '1' : '',
        GATEWAY: gateway ? '1' : '',
        BRIEF: brief ? '1' : '',
        ...stage.outsideEnv,
        ...env,
      },
    })
    output = result.stdout
    if (result.timedOut) trouble = `no end after ${TIMEOUT_MS} ms`
    else if (result.code !== 0) trouble = `exit ${result.code}: ${result.stderr.slice(-600)}`
  })
  for (const text of output.split('\n').filter((line) => line.startsWith('{'))) {
    const line = JSON.parse(text) as Line
    yield line.ok ? await play(line.scenario, () => checkUpstream(line, calls, stage)) : line
  }
  if (trouble) yield { scenario: 'the program runs to its end', ok: false, detail: trouble }
}

const checkUpstream = async (
  { upstream }: Line,
  calls: readonly RecordedCall[],
  { upstreamProtocol }: Stage,
): Promise<void> => {
  if (!upstream) return
  const { tag, contains = [], abandoned = false } = upstream
  const tagged = calls.filter((call) => wasSent([call], tag))
  expectProtocol(tagged, upstreamProtocol)
  for (const part of contains)
    if (!wasSent(tagged, part)) throw new Error(`the upstream was not sent ${part.slice(0, 60)}`)
  if (abandoned) await expectAbandoned(tagged)
}
