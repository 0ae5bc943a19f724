/** Gemini CLI, headless: an agent that speaks Gemini only. */
import { createAgent } from './agent.ts'
import { call, drip, fail, reason, say } from './programs/directives.ts'
import { play } from './row.ts'
import type { Outcome } from './row.ts'
import { expectText, wasSent } from './stage.ts'
import type { Stage } from './stage.ts'

const SETTINGS = {
  security: { auth: { selectedType: 'gemini-api-key' } },
  general: { enableAutoUpdate: false },
  privacy: { usageStatisticsEnabled: false },
}

/** Commands with a substitution in them are refused by the tool itself. */
const print = (prefix: string) =>
  call('run_shell_command', {
    command: `printf '${prefix}-%d' 42`,
    description: 'Prints a number.',
  })

export async function* playGeminiCli(stage: Stage): AsyncGenerator<Outcome> {
  const agent = await createAgent(stage, {
    command: 'gemini',
    settings: { path: '.gemini/settings.json', content: SETTINGS },
    toArgs: (prompt, further) => [
      '--yolo',
      '--skip-trust',
      `--model=${stage.model}`,
      ...further,
      `--prompt=${prompt}`,
    ],
    env: { GEMINI_API_KEY: stage.apiKey, GOOGLE_GEMINI_BASE_URL: stage.baseUrl },
  })
  try {
    yield await play('tool call beside reasoning, streamed', async () => {
      const prompt = `${reason('first a thought')} ${print('sluice')}`
      const calls = await agent.complete(prompt, 'sluice-42')
      if (stage.upstreamProtocol === 'gemini' && !wasSent(calls, '"thoughtSignature"'))
        throw new Error('no thought was replayed')
    })
    yield await play('parallel tool calls, streamed', async () => {
      await agent.complete(`${print('one')} ${print('two')}`, 'two-42')
    })
    // Each start takes seconds; what the gateway does is told apart by now.
    if (stage.speaks !== stage.upstreamProtocol) return
    yield await play('a second turn of the same conversation', async () => {
      // It resumes a turn with a tool with its result doubled, which Google refuses.
      await agent.complete(say('a first turn'), 'a first turn')
      const calls = await agent.complete(say('still here'), 'still here', ['--resume=latest'])
      if (!wasSent(calls, 'a first turn')) throw new Error('the first turn was forgotten')
    })
    yield await play('error 400 shown verbatim', async () => {
      const message = 'this is refused: 3 + 4 > 5'
      const { stdout, stderr } = await agent.ask(fail(400, message))
      expectText(stdout + stderr, message)
    })
    yield await play('killed in mid-stream', () => agent.killInMidStream(drip()))
  } finally {
    await agent.leave()
  }
}
