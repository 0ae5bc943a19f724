/** Claude Code, headless: an agent that works through tools. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  call,
  cut,
  drip,
  fail,
  failAtOnce,
  failInside,
  inTurn,
  reason,
  say,
} from './programs/directives.ts'
import { PDF, PNG } from './programs/samples.ts'
import { play } from './row.ts'
import type { Outcome } from './row.ts'
import { runChild } from './run-child.ts'
import type { ChildResult } from './run-child.ts'
import {
  callsDuring,
  expectAbandoned,
  expectNothingRefused,
  expectProtocol,
  expectText,
  wasSent,
} from './stage.ts'
import type { Stage } from './stage.ts'

type Asking = { args?: string[]; env?: Record<string, string>; timeoutMs?: number }

type Home = { home: string; project: string }

const createHome = async (): Promise<Home> => {
  const home = await mkdtemp(join(tmpdir(), 'sluice-interop-home-'))
  const project = join(home, 'project')
  await mkdir(project)
  return { home, project }
}

const limitOf = (body: unknown): unknown => {
  const {
    max_tokens: messages,
    max_completion_tokens: chat,
    max_output_tokens: responses,
    generationConfig: gemini,
  } = body as Record<string, unknown>
  return messages ?? chat ?? responses ?? (gemini as Record<string, unknown>)?.maxOutputTokens
}

const bash = (command: string) => call('Bash', { command, description: 'Prints a number.' })

export async function* playClaudeCode(stage: Stage): AsyncGenerator<Outcome> {
  const { home, project } = await createHome()
  const { upstreamProtocol, keyed, apiKey, baseUrl, model } = stage

  const ask = (prompt: string, { args = [], env, timeoutMs }: Asking = {}) =>
    runChild({
      timeoutMs,
      command: join(stage.clientsFolder, 'node_modules/.bin/claude'),
      args: ['-p', prompt, '--model', model, '--allowedTools', 'Bash,Read', ...args],
      folder: project,
      env: {
        HOME: home,
        ANTHROPIC_BASE_URL: baseUrl,
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
        ...stage.outsideEnv,
        ...(env ?? { ANTHROPIC_API_KEY: apiKey }),
      },
    })

  /** An answer to the end, with every conversation on the way legal and in the right protocol. */
  const complete = async (prompt: string, expected: string, options: Asking = {}) => {
    const calls = await callsDuring(stage, async () => {
      const result = await ask(prompt, options)
      if (result.code !== 0) throw new Error(describe(result))
      expectText(result.stdout, expected)
    })
    expectNothingRefused(calls)
    expectProtocol(calls, upstreamProtocol)
    return calls
  }

  try {
    yield await play('tool call, streamed', async () => {
      const calls = await complete(bash('echo sluice-$((40+2))'), 'sluice-42')
      const posted = calls.filter(({ method }) => method === 'POST')
      if (posted.length !== 2) throw new Error(`the upstream was called ${posted.length} times`)
    })
    yield await play('parallel tool calls, streamed', async () => {
      const prompt = [bash('echo one-$((40+1))'), bash('echo two-$((40+2))')].join(' ')
      await complete(prompt, 'two-42')
    })
    yield await play('thinking, replayed beside a tool call', async () => {
      const prompt = `${reason('first a thought')} ${bash('echo sluice-$((40+2))')}`
      const calls = await complete(prompt, 'sluice-42')
      if (upstreamProtocol === 'messages' && !wasSent(calls, '"signature"'))
        throw new Error('no thinking was replayed')
    })
    yield await play('an image that a tool read', async () => {
      const file = join(project, 'pixel.png')
      await writeFile(file, Buffer.from(PNG, 'base64'))
      const calls = await complete(call('Read', { file_path: file }), 'answered')
      if (!wasSent(calls, 'iVBORw0KGgo')) throw new Error('no picture reached the upstream')
    })
    yield await play('a PDF that a tool read', async () => {
      const file = join(project, 'page.pdf')
      await writeFile(file, Buffer.from(PDF, 'base64'))
      const calls = await complete(call('Read', { file_path: file }), 'answered')
      if (!wasSent(calls, 'JVBERi0')) throw new Error('no document reached the upstream')
    })
    yield await play('a second turn of the same conversation', async () => {
      await complete(`${reason('a thought')} ${bash('echo sluice-$((40+2))')}`, 'sluice-42')
      await complete(say('still here'), 'still here', { args: ['--continue'] })
    })
    yield await play('structured output', async () => {
      const schema = { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] }
      const args = ['--json-schema', JSON.stringify(schema), '--output-format', 'json']
      await complete(call('StructuredOutput', { n: 42 }), '"n":42', { args })
    })
    yield await play('tokens counted by /context', async () => {
      const calls = await callsDuring(stage, async () => {
        const result = await ask('/context')
        if (result.code !== 0) throw new Error(describe(result))
        expectText(result.stdout, 'Tokens')
      })
      expectNothingRefused(calls)
      // Where the gateway counts by itself, nothing goes further.
      if (
        upstreamProtocol === 'messages' &&
        !calls.some(({ path }) => path.endsWith('/count_tokens'))
      )
        throw new Error('no count was asked for')
    })
    yield await play('models discovered', async () => {
      const env = {
        ANTHROPIC_API_KEY: apiKey,
        CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY: '1',
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '',
      }
      await complete(say('found'), 'found', { env })
      const cached = await readFile(join(home, '.claude/cache/gateway-models.json'), 'utf8')
      const { models } = JSON.parse(cached) as { models: { id: string }[] }
      if (models.length === 0) throw new Error('no model was found')
    })
    yield await play('error 400 shown verbatim', async () => {
      const message = 'this is refused: 3 + 4 > 5'
      const { stdout } = await ask(fail(400, message))
      expectText(stdout, message)
    })
    yield await play('error 400 that names the room left, healed by its text', async () => {
      const message =
        'input length and `max_tokens` exceed context limit: 190000 + 32000 > 200000, decrease input length or `max_tokens` and try again'
      const full = { status: 400, message }
      const calls = await complete(inTurn(full, say('healed by the text')), 'healed by the text')
      const limits = calls.map(({ body }) => limitOf(body))
      if (!(Number(limits.at(-1)) < Number(limits[0])))
        throw new Error(`the limits were ${limits.join(' and ')}`)
    })
    yield await play('error inside the stream, healed', async () => {
      const prompt = inTurn(failInside('overloaded at first'), say('healed from the error'))
      await complete(prompt, 'healed from the error')
    })
    yield await play('error before the first words, healed', async () => {
      const prompt = inTurn(failAtOnce('broken at first'), say('healed at once'))
      await complete(prompt, 'healed at once')
    })
    yield await play('stream cut by the upstream, healed', async () => {
      await complete(inTurn(cut(), say('healed from the cut')), 'healed from the cut')
    })
    yield await play('error 529 at first, healed', async () => {
      const overloaded = { status: 529, message: 'Overloaded' }
      await complete(inTurn(overloaded, say('healed from 529')), 'healed from 529')
    })
    yield await play('killed in mid-stream', async () => {
      const calls = await callsDuring(stage, async () => {
        await ask(drip(), { timeoutMs: 2500 })
      })
      await expectAbandoned(calls)
    })
    if (keyed) {
      yield await play('key as a bearer token', async () => {
        await complete(say('let in'), 'let in', { env: { ANTHROPIC_AUTH_TOKEN: apiKey } })
      })
    }
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

const describe = ({ code, stdout, stderr, timedOut }: ChildResult): string =>
  `${timedOut ? 'timed out' : `exit ${code}`}: ${stdout.slice(-400)} ${stderr.slice(-400)}`
