/** LiteLLM's proxy: one worker, no database, the master key as the only key. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pythonPackage } from './python-package.ts'
import {
  bearer,
  CHAT_MODEL,
  GEMINI_MODEL,
  KEY,
  MESSAGES_MODEL,
  type Place,
  type Subject,
  xApiKey,
} from './subject.ts'

// Later ones have moved the proxy to a package that is not published.
const proxyPackage = pythonPackage('litellm', '1.102.4', 'proxy')

/** At a vendor that speaks chat alone. */
const TOGETHER_MODEL = `together/${CHAT_MODEL}`

const toModel = (vendor: string, model: string, base: string, name = model) => ({
  model_name: name,
  litellm_params: { model: `${vendor}/${model}`, api_base: base, api_key: `sk-upstream-${vendor}` },
})

/** JSON is YAML, too. */
const toConfig = ({ upstreamPort }: Place) => {
  const origin = `http://127.0.0.1:${upstreamPort}`
  return {
    model_list: [
      toModel('openai', CHAT_MODEL, `${origin}/v1`),
      toModel('anthropic', MESSAGES_MODEL, origin),
      toModel('together_ai', CHAT_MODEL, `${origin}/v1`, TOGETHER_MODEL),
      toModel('gemini', GEMINI_MODEL, origin),
    ],
    general_settings: { master_key: KEY },
  }
}

export const litellm: Subject = {
  ...proxyPackage,
  name: 'LiteLLM',
  firstRoundOnly: true,
  cannot:
    'a whole answer of its to a Gemini client holds the text twice, and its tokens cannot be counted; it has no WebSocket for chat.',
  launch(place) {
    const config = join(place.folder, 'config.yaml')
    writeFileSync(config, JSON.stringify(toConfig(place)))
    const args = ['--config', config, '--host', '127.0.0.1', '--port', String(place.port)]
    return {
      command: [proxyPackage.file('bin/litellm'), ...args, '--telemetry', 'False'],
      // Else it asks the network for prices before it starts.
      env: { LITELLM_LOCAL_MODEL_COST_MAP: 'True' },
    }
  },
  lanes: {
    chat: { model: CHAT_MODEL, headers: bearer },
    messages: { model: MESSAGES_MODEL, headers: xApiKey },
    'messages to chat': { model: CHAT_MODEL, headers: xApiKey },
    'chat to messages': { model: MESSAGES_MODEL, headers: bearer },
    responses: { model: CHAT_MODEL, headers: bearer },
    'responses to messages': { model: MESSAGES_MODEL, headers: bearer },
    'responses to chat': { model: TOGETHER_MODEL, headers: bearer },
    'messages to gemini': { model: GEMINI_MODEL, headers: xApiKey },
  },
}
