/** Codex, headless: an agent that speaks Responses only. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { call, cut, drip, fail, inTurn, reason, say } from './programs/directives.ts'
import { PNG } from './programs/samples.ts'
import { play } from './row.ts'
import type { Outcome, ProtocolName } from './row.ts'
import { runChild } from './run-child.ts'
import {
  callsDuring,
  expectAbandoned,
  expectNothingRefused,
  expectProtocol,
  expectText,
  wasSent,
} from './stage.ts'
import type { Stage } from './stage.ts'

const PATCH = '*** Begin Patch\n*** Add File: new.txt\n+hello\n*** End Patch'

/** A scenario of one model: its prompt, and what the upstream must be sent when the tool has run. */
type Extra = {
  scenario: string
  prompt: string
  sent: string[]
  /** The same where the upstream knows only single tools that take JSON. */
  translated?: { prompt?: string; sent: string[] }
  args?: string[]
  ofGateway?: boolean
  logged?: RegExp
}

type Asking = { args?: string[]; timeoutMs?: number; logged?: RegExp | undefined }

const configuration = (baseUrl: string, model: string) => `
model = "${model}"
model_provider = "sluice"
model_reasoning_effort = "low"

[model_providers.sluice]
name = "sluice"
base_url = "${baseUrl}/v1"
env_key = "GATEWAY_KEY"
wire_api = "responses"
request_max_retries = 1
stream_max_retries = 2
# The gateway reports what a stream has cost so far, over HTTP and on a socket.
http_headers = { "x-sluice-cost" = "stream" }
`

const command = (text: string) => call('exec_command', { cmd: text })
const script = (text: string, name: string) =>
  call(name, `text(await tools.exec_command({ cmd: "${text}" }))`)

/** `isRelayed`: else the upstream knows a tool by the name of its namespace and its own. */
type Way = { run: (command: string, isRelayed: boolean) => string; extra: Extra[] }

const UNKNOWN: Way = {
  run: command,
  extra: [
    {
      scenario: 'tool call over a WebSocket',
      prompt: command('echo sluice-$((40+2))'),
      sent: ['sluice-42'],
      ofGateway: true,
      args: ['-c', 'model_providers.sluice.supports_websockets=true'],
      // It reports this only in its log, and falls back to HTTP if it cannot.
      logged: /"codex\.websocket_request".* success="true"/,
    },
    {
      scenario: 'a tool in a namespace',
      prompt: call('close_agent', { target: 'nobody' }),
      sent: ['"namespace"'],
      translated: {
        prompt: call('multi_agent_v1__close_agent', { target: 'nobody' }),
        sent: ['multi_agent_v1__close_agent'],
      },
    },
    {
      scenario: 'parallel tool calls, streamed',
      prompt: `${command('echo one-$((40+1))')} ${command('echo two-$((40+2))')}`,
      sent: ['one-41', 'two-42'],
    },
  ],
}

/** How a model that Codex knows runs a command and what else only it can show. */
const WAYS: Record<string, Way> = {
  'gpt-5.5': {
    run: command,
    extra: [
      {
        scenario: 'a freeform tool',
        prompt: call('apply_patch', PATCH),
        sent: ['custom_tool_call_output', 'A new.txt'],
        translated: { sent: ['A new.txt'] },
      },
    ],
  },
  'gpt-6-sol': {
    run: (text, isRelayed) => script(text, isRelayed ? 'exec' : 'functions__exec'),
    extra: [],
  },
}

/** What reasoning carries when it comes back; chat has no seal. */
const SEALS: Partial<Record<ProtocolName, string>> = {
  responses: '"encrypted_content"',
  messages: '"signature"',
  gemini: '"thoughtSignature"',
}

export async function* playCodex(stage: Stage): AsyncGenerator<Outcome> {
  const { run: runBy, extra: all } = WAYS[stage.model] ?? UNKNOWN
  const isRelayed = stage.upstreamProtocol === 'responses'
  const run = (text: string) => runBy(text, isRelayed)
  const extra = all
    .filter(({ ofGateway }) => stage.gateway || !ofGateway)
    .map(({ translated, ...plain }) => ({ ...plain, ...(isRelayed ? {} : translated) }))
  const home = await mkdtemp(join(tmpdir(), 'sluice-interop-home-'))
  const project = join(home, 'project')
  await mkdir(join(home, '.codex'), { recursive: true })
  await mkdir(project)
  await writeFile(join(home, '.codex/config.toml'), configuration(stage.baseUrl, stage.model))

  const ask = (prompt: string, { args = [], timeoutMs, logged }: Asking = {}) =>
    runChild({
      command: join(stage.clientsFolder, 'node_modules/.bin/codex'),
      args: [
        'exec',
        '--skip-git-repo-check',
        '--dangerously-bypass-approvals-and-sandbox',
        ...args,
        prompt,
      ],
      folder: project,
      env: {
        HOME: home,
        GATEWAY_KEY: stage.apiKey,
        ...(logged && { RUST_LOG: 'info' }),
        ...stage.outsideEnv,
      },
      timeoutMs,
    })

  const complete = async (prompt: string, expected: string, options: Asking = {}) => {
    const calls = await callsDuring(stage, async () => {
      const { code, stdout, stderr } = await ask(prompt, options)
      if (code !== 0) throw new Error(`exit ${code}: ${stdout.slice(-300)} ${stderr.slice(-600)}`)
      expectText(stdout, expected)
      if (options.logged?.test(stderr) === false) throw new Error(`its log lacks ${options.logged}`)
    })
    expectNothingRefused(calls)
    expectProtocol(calls, stage.upstreamProtocol)
    return calls
  }

  try {
    yield await play('tool call, streamed', async () => {
      await complete(run('echo sluice-$((40+2))'), 'sluice-42')
    })
    yield await play('encrypted reasoning, replayed beside a tool call', async () => {
      const prompt = `${reason('a thought')} ${run('echo sluice-$((40+2))')}`
      const calls = await complete(prompt, 'sluice-42')
      const seal = SEALS[stage.upstreamProtocol]
      if (seal && !wasSent(calls.slice(1), seal)) throw new Error('no reasoning was replayed')
    })
    yield await play('an attached image', async () => {
      const file = join(project, 'pixel.png')
      await writeFile(file, Buffer.from(PNG, 'base64'))
      const calls = await complete(say('seen'), 'seen', { args: ['--image', file, '--'] })
      if (!wasSent(calls, PNG.slice(0, 8))) throw new Error('no picture arrived')
    })
    for (const { scenario, prompt, sent, args = [], logged } of extra)
      yield await play(scenario, async () => {
        const calls = await complete(prompt, 'answered', { args, logged })
        for (const part of sent)
          if (!wasSent(calls.slice(1), part)) throw new Error(`${part} did not come back`)
      })
    yield await play('a second turn of the same conversation', async () => {
      await complete(run('echo sluice-$((40+2))'), 'sluice-42')
      const calls = await complete(say('still here'), 'still here', { args: ['resume', '--last'] })
      if (!wasSent(calls, 'sluice-42')) throw new Error('the first turn was forgotten')
    })
    yield await play('error 400 shown verbatim', async () => {
      const message = 'this is refused: 3 + 4 > 5'
      const { stdout, stderr } = await ask(fail(400, message))
      expectText(stdout + stderr, message)
    })
    yield await play('stream cut by the upstream, healed', async () => {
      await complete(inTurn(cut(), say('healed from the cut')), 'healed from the cut')
    })
    yield await play('killed in mid-stream', async () => {
      const calls = await callsDuring(stage, async () => {
        await ask(drip(), { timeoutMs: 2500 })
      })
      await expectAbandoned(calls)
    })
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}
