/** docs/limits.md names every limit in the code: a new one is added there, or to the list of inner ones here. */
import { globSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const PAGE = readFileSync(new URL('../../docs/limits.md', import.meta.url), 'utf8')

const CONSTANT =
  /^(?:export )?const ((?:MAX|MIN)_[A-Z0-9_]+|[A-Z][A-Z0-9_]*_(?:MS|BYTES))(?::[^=]+)? = /gm

/** What no caller meets: sizes of steps, pauses between looks, rules of vendors, the demo model, formats. */
const INNER = new Set([
  'ABANDON_MS',
  'AGAIN_MS',
  'ASK_MS',
  'BATCH_BYTES',
  'BATCH_EVERY_MS',
  'BATCH_MS',
  'BUSY_MS',
  'CLOSE_MS',
  'CONFIRM_MS',
  'CONNECT_MS',
  'DRAIN_MARGIN_MS',
  'END_MS',
  'ENTRY_BYTES',
  'EVENT_BYTES',
  'EVENT_OVERHEAD_BYTES',
  'EXPIRE_EVERY_MS',
  'FAILED_MS',
  'FAREWELL_MS',
  'FIRST_PAUSE_MS',
  'FIRST_RETRY_MS',
  'FORGIVEN_AFTER_MS',
  'FRESH_MS',
  'GATHER_MS',
  'GONE_MS',
  'HEAD_BYTES',
  'HEARTBEAT_MS',
  'HIGH_BYTES',
  'IDLE_MS',
  'ITEM_BYTES',
  'JOINED_BYTES',
  'KEEP_ALIVE_MARGIN_MS',
  'KEPT_BYTES',
  'LARGEST_DOUBLED_BYTES',
  'LARGEST_SHEET_BYTES',
  'LARGE_READ_BYTES',
  'LATENCY_FADES_MS',
  'LOCATE_MS',
  'LONGEST_DELAY_MS',
  'LONGEST_PAUSE_MS',
  'LONGEST_RETRY_MS',
  'LONGEST_WAIT_MS',
  'LOOK_EVERY_MS',
  'LOOK_MS',
  'LOOSE_BYTES',
  'MAPPED_BYTES',
  'MASK_BYTES',
  'MAX_AGE_S',
  'MAX_AREA_TOKENS',
  'MAX_AT_ONCE',
  'MAX_BATCH_ROWS',
  'MAX_BATCH_SPANS',
  'MAX_CHOICE_BYTES',
  'MAX_CONNECTIONS',
  'MAX_COPIED_BODY_BYTES',
  'MAX_COPIED_BYTES',
  'MAX_COST',
  'MAX_COUNT',
  'MAX_COUNTS_READ',
  'MAX_DEPTH',
  'MAX_ID_CHARACTERS',
  'MAX_KEEP_ALIVE_MS',
  'MAX_KEPT',
  'MAX_KEPT_CHARACTERS',
  'MAX_KEY_BYTES',
  'MAX_KEY_CHARACTERS',
  'MAX_KNOWN_MODELS',
  'MAX_KNOWN_NAMES',
  'MAX_LENGTH',
  'MAX_LENGTH_DIGITS',
  'MAX_NAMES',
  'MAX_OPENED',
  'MAX_PATCHES',
  'MAX_POOLS',
  'MAX_REASONS',
  'MAX_SEARCHED_CHARACTERS',
  'MAX_SIZE_LINE_BYTES',
  'MAX_STATEMENTS',
  'MAX_TEXT_CHARACTERS',
  'MAX_UNREAD_BYTES',
  'MINUTE_MS',
  'MIN_BASE64_BYTES',
  'MIN_SECRET_LENGTH',
  'OUTSIDE_HEAP_BYTES',
  'OVERHEAD_BYTES',
  'PAGE_BYTES',
  'PARTING_MS',
  'PAUSE_MS',
  'PIECE_BYTES',
  'PRICES_AFTER_MS',
  'PROBE_MS',
  'QUERY_MS',
  'READY_MS',
  'READ_OVERHEAD_BYTES',
  'RECOUNT_MS',
  'RECOVER_AGAIN_MS',
  'RELOAD_MS',
  'RENEW_AGAIN_MS',
  'RETENTION_MS',
  'RETRY_AFTER_MS',
  'RETRY_MS',
  'SAME_SIGNAL_MS',
  'SEAM_BYTES',
  'SECRETS_LINGER_MS',
  'SETTLE_MS',
  'SHORTEST_BEAT_MS',
  'SHORTEST_RETRY_MS',
  'SHORTEST_WAIT_MS',
  'SILENCE_MS',
  'SLACK_MS',
  'SLOT_RETRY_MS',
  'SMALLEST_BYTES',
  'SMALL_READ_BYTES',
  'STEADY_MS',
  'STOP_MS',
  'STUCK_MS',
  'SWEEP_INTERVAL_MS',
  'SWEEP_MS',
  'TCP_KEEPALIVE_MS',
  'TICK_MS',
  'UPSTREAM_IDLE_MS',
  'WAIT_MS',
  'WIPE_AFTER_MS',
  'WORD_BYTES',
])

/** Their bounds are facts about vendors, or jokes of the demo. */
const NOT_OURS = /^src\/(protocols|providers\/(demo|langchain|vendors)|config)\//

const found = globSync('src/**/*.ts')
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => !NOT_OURS.test(file))
  .flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(CONSTANT)].map(([, name = '']) => ({ file, name })),
  )

it.each(found)('$name of $file is on the page, or in the list of inner ones', ({ name }) => {
  expect(PAGE.includes(`\`${name}\``) || INNER.has(name)).toBe(true)
})

it('the list of inner ones has no other names', () => {
  const names = new Set(found.map(({ name }) => name))
  expect([...INNER].filter((name) => !names.has(name) || PAGE.includes(`\`${name}\``))).toEqual([])
})
