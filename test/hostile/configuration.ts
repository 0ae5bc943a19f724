/** How the Sluice under attack is set up. Its limits are those that it has by itself. */
import { DEFAULT_KEYS } from '../tools/upstream/keys.ts'
import { GOOD_KEY, HOSTILE_KEYS, HOSTILE_UPSTREAM_KEY } from './keys.ts'

/** Longer than an exit may take: what waits for it is found. */
const DRAIN_MS = 20_000

/** Names of the operator's choice that a matcher which tries everything takes long for. */
const STARRED = '*a*a*a*a*a*a*b'

export const toConfiguration = (good: string, hostile: string): object => {
  const provider = { api_key: HOSTILE_UPSTREAM_KEY }
  const openai = { ...provider, vendor: 'openai', base_url: `${hostile}/v1` }
  return {
    server: {
      drain_ms: DRAIN_MS,
      cors_origins: ['https://good.example', 'https://*.*.*.*.*.good.example'],
    },
    keys: [GOOD_KEY, ...HOSTILE_KEYS],
    providers: {
      openai: { base_url: `${good}/v1`, api_key: DEFAULT_KEYS.openai },
      anthropic: { base_url: good, api_key: DEFAULT_KEYS.anthropic },
      gemini: { base_url: good, api_key: DEFAULT_KEYS.gemini },
      hostile: openai,
      'hostile-counted': { ...openai, inject_usage: true },
      'hostile-messages': { ...provider, vendor: 'anthropic', base_url: hostile },
      'hostile-gemini': { ...provider, vendor: 'gemini', base_url: hostile },
    },
    aliases: { [STARRED]: 'openai/gpt-4o', [`x${STARRED}`]: 'openai/gpt-4o' },
    demo: false,
    probe_local: false,
    retries: { base_ms: 10 },
  }
}
