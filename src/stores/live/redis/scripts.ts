/**
 * What Redis computes in one step. Numbers are as in `memory/`; the clock is Redis's own, so that processes whose
 * clocks differ share one. A window and a bucket are a string of two numbers each, a slot is a sorted set of leases.
 */
import { toScript } from '../../redis/script.ts'

/** Redis forgets a key by itself when its window has ended, its bucket is full or its leases have expired. */
const SHARED = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local FOREVER = 1e12

local function read(key)
  local first, second = string.match(redis.call('GET', key) or '', '^(%S+) (%S+)$')
  return tonumber(first), tonumber(second)
end

local function write(key, first, second, ms)
  if first <= 0 or ms <= 0 then return redis.call('DEL', key) end
  local text = string.format('%.17g %.17g', first, second)
  redis.call('SET', key, text, 'PX', string.format('%.0f', math.min(FOREVER, math.ceil(ms))))
end

local function untilRefilled(tokens, perMinute)
  return math.min(FOREVER, math.max(1, math.ceil(tokens * 60000 / perMinute - 1e-6)))
end

local function spentOf(key, perMinute)
  local spent, at = read(key)
  return math.max(0, (spent or 0) - math.max(0, now - (at or now)) * perMinute / 60000)
end

local function saveSpent(key, spent, perMinute)
  write(key, spent, now, spent * 60000 / perMinute)
end

local function floor(free)
  return math.max(0, math.floor(free))
end
`

/** Arguments: kind, time or rate, limit, amount or lease. Reply: who refused, and four numbers for each claim. */
export const TAKE = toScript(
  SHARED,
  `
local SLACK = 1e-9
local SLOT_RETRY = tonumber(ARGV[1])
local kinds = {}

function kinds.window(key, ms, max, amount)
  amount = tonumber(amount)
  local count, ends = read(key)
  if count and ends > now then ends = math.min(ends, now + ms) else count, ends = 0, now + ms end
  local look = { fits = count + amount <= max, retry = ends - now, mark = ends }
  function look.take()
    count = count + amount
    write(key, count, ends, ends - now)
  end
  function look.state()
    return floor(max - count), count == 0 and 0 or ends - now
  end
  return look
end

function kinds.bucket(key, perMinute, burst, amount)
  amount = tonumber(amount)
  local spent = spentOf(key, perMinute)
  local excess = spent + math.min(amount, burst) - burst
  local look = { fits = burst > 0 and excess <= SLACK, retry = 60000, mark = 0 }
  if burst > 0 and excess > SLACK then look.retry = untilRefilled(excess, perMinute) end
  function look.take()
    spent = spent + amount
    saveSpent(key, spent, perMinute)
  end
  function look.state()
    return floor(burst - spent + SLACK), spent == 0 and 0 or untilRefilled(spent, perMinute)
  end
  return look
end

function kinds.slot(key, ttl, max, lease)
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
  local count = redis.call('ZCARD', key)
  local own = redis.call('ZSCORE', key, lease)
  local look = { fits = own or count < max, retry = SLOT_RETRY, mark = 0 }
  function look.take()
    if not own then count = count + 1 end
    redis.call('ZADD', key, string.format('%.0f', now + ttl), lease)
    redis.call('PEXPIRE', key, ttl)
  end
  function look.state()
    return floor(max - count), count == 0 and 0 or SLOT_RETRY
  end
  return look
end

local looks, refused = {}, 0
for i, key in ipairs(KEYS) do
  local at = i * 4 - 2
  local look = kinds[ARGV[at]](key, tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), ARGV[at + 3])
  looks[i] = look
  if refused == 0 and not look.fits then refused = i end
end

local reply = { refused }
for _, look in ipairs(looks) do
  if refused == 0 then look.take() end
  local remaining, reset = look.state()
  for _, number in ipairs({ remaining, reset, look.retry, look.mark }) do table.insert(reply, number) end
end
return reply
`,
)

/** Arguments: kind, end of the window or rate, amount or lease. A window that has ended since is not changed. */
export const CORRECT = toScript(
  SHARED,
  `
local kinds = {}

function kinds.window(key, mark, amount)
  local count, ends = read(key)
  if count and ends == tonumber(mark) then write(key, count + tonumber(amount), ends, ends - now) end
end

function kinds.bucket(key, perMinute, amount)
  perMinute = tonumber(perMinute)
  saveSpent(key, spentOf(key, perMinute) + tonumber(amount), perMinute)
end

function kinds.slot(key, _, lease)
  redis.call('ZREM', key, lease)
end

for i, key in ipairs(KEYS) do
  kinds[ARGV[i * 3 - 2]](key, ARGV[i * 3 - 1], ARGV[i * 3])
end
`,
)

/** Arguments: time, leases. A lease that Redis does not have any more is added again, since its holder lives. */
export const RENEW = toScript(
  SHARED,
  `
local ttl = tonumber(ARGV[1])
local ends = string.format('%.0f', now + ttl)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
for i = 2, #ARGV do redis.call('ZADD', KEYS[1], ends, ARGV[i]) end
redis.call('PEXPIRE', KEYS[1], ttl)
`,
)

/** Loaded on each new connection: so each is one command, and they run in the order in which they were sent. */
export const SCRIPTS = [TAKE, CORRECT, RENEW]
