/**
 * What Redis does in one step with a stream. Its head is a string of four numbers: the epoch, the last number, whether
 * nothing was written in this epoch, and the last number that was forgotten. A batch is one entry of the stream, and its
 * id is its last number.
 */
import { type Script, toScript } from '../../redis/script.ts'

const HEAD = `
local head = redis.call('GET', KEYS[1])
local epoch, last, fresh, forgotten = string.match(head or '', '^(%d+) (%d+) (%d+) (%d+)$')
epoch, last, fresh, forgotten = tonumber(epoch), tonumber(last), tonumber(fresh), tonumber(forgotten)

local function write(...)
  redis.call('SET', KEYS[1], string.format('%.0f %.0f %.0f %.0f', ...), 'PX', TTL)
end
`

/** Arguments: time to live, epoch. Reply: last number, last forgotten one, texts of the batches. */
export const OPEN: Script = toScript(
  'local TTL = ARGV[1]',
  HEAD,
  `
local asked = tonumber(ARGV[2])
if not epoch then
  redis.call('UNLINK', KEYS[2])
  epoch, forgotten = 0, 0
end
local top = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
last = math.max(top and tonumber(string.match(top[1], '^%d+')) or 0, forgotten)
if asked > epoch then
  write(asked, last, 1, forgotten)
  redis.call('PEXPIRE', KEYS[2], TTL)
end
local reply = { string.format('%.0f', last), string.format('%.0f', forgotten) }
for _, entry in ipairs(redis.call('XRANGE', KEYS[2], '-', '+')) do
  table.insert(reply, entry[2][2])
end
return reply
`,
)

/**
 * Arguments: time to live, epoch, first and last number, text. A batch that is sent again has the first number of the one
 * that is there in its id, and a higher second one.
 */
export const APPEND: Script = toScript(
  'local TTL = ARGV[1]',
  HEAD,
  `
local asked, from, to = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
if not epoch then return 'lost' end
if epoch > asked then return 'fenced' end
if epoch < asked then return 'lost' end
if to < last then return 'fenced' end
local follows = from <= last + 1
if not follows and fresh == 0 then return 'lost' end
if not follows then redis.call('UNLINK', KEYS[2]) end
local id = ARGV[4] .. '-*'
if follows and last > forgotten then
  if not redis.call('XADD', KEYS[2], 'NOMKSTREAM', id, 'e', ARGV[5]) then return 'lost' end
else
  redis.call('XADD', KEYS[2], id, 'e', ARGV[5])
end
redis.call('PEXPIRE', KEYS[2], TTL)
write(epoch, to, 0, forgotten)
return 'kept'
`,
)

/** Arguments: time to live, last entry that is forgotten. */
export const FORGET: Script = toScript(
  'local TTL = ARGV[1]',
  HEAD,
  `
local upTo = tonumber(ARGV[2])
if not epoch or upTo >= last then
  redis.call('UNLINK', KEYS[2])
else
  redis.call('XTRIM', KEYS[2], 'MINID', string.format('%.0f', upTo + 1))
end
if epoch then write(epoch, last, fresh, math.max(forgotten, math.min(upTo, last))) end
return 1
`,
)

export const LOG_SCRIPTS = [OPEN, APPEND, FORGET]
