/** opencode, headless, with one of the three providers that it reaches models through. */
import { createAgent } from './agent.ts'
import { call, drip, reason, say } from './programs/directives.ts'
import { play } from './row.ts'
import type { Outcome } from './row.ts'
import { wasSent } from './stage.ts'
import type { Stage } from './stage.ts'

const settingsOf = (
  { baseUrl, apiKey, model, speaks, upstreamProtocol }: Stage,
  provider: string,
) => {
  // OpenAI's own chat knows no such field.
  const replayed =
    speaks === upstreamProtocol ? {} : { interleaved: { field: 'reasoning_content' } }
  return {
    autoupdate: false,
    share: 'disabled',
    provider: {
      sluice: {
        npm: provider,
        options: { baseURL: `${baseUrl}/v1`, apiKey },
        models: { [model]: { name: model, reasoning: true, ...replayed } },
      },
    },
  }
}

const COMMAND = { command: 'echo sluice-$((40+2))', description: 'Prints a number.' }

export async function* playOpencode(stage: Stage, provider: string): AsyncGenerator<Outcome> {
  const agent = await createAgent(stage, {
    command: 'opencode',
    settings: {
      path: '.config/opencode/opencode.json',
      content: settingsOf(stage, provider),
    },
    // It quotes an argument that holds a space; words of their own stay as they are. Without a title
    // it asks the model for one beside.
    toArgs: (prompt, further) => [
      'run',
      '--title=interop',
      `--model=sluice/${stage.model}`,
      ...further,
      ...prompt.split(' '),
    ],
    env: { OPENCODE_DISABLE_MODELS_FETCH: '1', OPENCODE_DISABLE_DEFAULT_PLUGINS: '1' },
  })
  try {
    yield await play('tool call beside reasoning, streamed', async () => {
      const prompt = `${reason('first a thought')} ${call('bash', COMMAND)}`
      const calls = await agent.complete(prompt, 'sluice-42')
      if (calls.length !== 2) throw new Error(`the upstream was called ${calls.length} times`)
    })
    // Each start takes seconds; what the gateway does is told apart by the first.
    if (stage.speaks !== stage.upstreamProtocol) return
    yield await play('a second turn of the same conversation', async () => {
      const calls = await agent.complete(say('still here'), 'still here', ['--continue'])
      if (!wasSent(calls, 'sluice-42')) throw new Error('the first turn was forgotten')
    })
    yield await play('killed in mid-stream', () => agent.killInMidStream(drip()))
  } finally {
    await agent.leave()
  }
}
