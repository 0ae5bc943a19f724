/** How the Sluice of the soak is set up: with everything that a team may configure. */
import { DEFAULT_KEYS } from '../tools/upstream/keys.ts'
import { ACCESS, ADDRESS_LIMITS, OWNER_LIMITS } from './callers.ts'

/** Of all that is held for callers. */
const ACCOUNT_BYTES = 10 * 1024 * 1024
/** A caller may hold as much as it leaves free. */
export const BODY_BYTES = ACCOUNT_BYTES / 2

/** Nothing listens there. */
const NOWHERE = 'http://127.0.0.1:1/v1'
/** Shorter than the silences of the upstream. */
const PATIENCE_MS = 60

const TIMEOUTS = {
  first_event_ms: PATIENCE_MS,
  first_byte_ms: PATIENCE_MS,
  idle_ms: PATIENCE_MS,
}

export const toConfiguration = (upstream: string, realtime: string): object => {
  const openai = { vendor: 'openai', api_key: DEFAULT_KEYS.openai, base_url: `${upstream}/v1` }
  return {
    ...ACCESS,
    server: { drain_ms: 10_000, open_after_ms: 30, cors_origins: ['https://good.example'] },
    providers: {
      openai,
      anthropic: { api_key: DEFAULT_KEYS.anthropic, base_url: upstream },
      gemini: { api_key: DEFAULT_KEYS.gemini, base_url: upstream },
      counted: { ...openai, inject_usage: true },
      hasty: { ...openai, timeouts: TIMEOUTS },
      gone: { ...openai, base_url: NOWHERE },
      voice: { ...openai, base_url: `${realtime}/v1` },
    },
    aliases: { either: ['gone/gpt-4o', 'anthropic/claude-sonnet-4-5-20250929', 'openai/gpt-4o'] },
    presets: false,
    demo: { pace_ms: 0 },
    probe_local: false,
    limits: {
      body_bytes: BODY_BYTES,
      in_flight_bytes: ACCOUNT_BYTES,
      by_ip: ADDRESS_LIMITS,
      by_owner: OWNER_LIMITS,
    },
    retries: { max: 1, base_ms: 2 },
    prices: {
      'openai/*': { input: 2.5, cached_input: 1.25, output: 10 },
      'anthropic/*': { input: 3, cached_input: 0.3, cache_write: 3.75, output: 15 },
    },
  }
}
