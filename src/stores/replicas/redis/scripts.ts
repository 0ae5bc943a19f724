/**
 * What Redis computes in one step about processes. Each script has the keys of one hash tag. The clock is Redis's own, so
 * that processes whose clocks differ agree on who is alive.
 */
import { toScript } from '../../redis/script.ts'

/**
 * Keys: lease, inbox. Arguments: life, time, whether what is in the inbox belongs to an earlier life. The inbox exists for as
 * long as the lease, also when it is empty: so nothing is ever sent to a process that is gone.
 */
export const REGISTER = toScript(`
if ARGV[3] == '1' then redis.call('DEL', KEYS[2]) end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
if redis.call('EXISTS', KEYS[2]) == 0 then redis.call('XADD', KEYS[2], '*', 'b', '') end
redis.call('PEXPIRE', KEYS[2], ARGV[2])
`)

/** Keys and arguments as above. Reply: 0 if Redis does not know the lease any more. */
export const RENEW = toScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] or redis.call('EXISTS', KEYS[2]) == 0 then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return 1
`)

/** Keys: lease, inbox. Argument: life. */
export const LEAVE = toScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1], KEYS[2]) end
`)

const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`

/** Key: the registry. Arguments: time, own life, an earlier own life. Reply: all that live. */
export const ENLIST = toScript(
  NOW,
  `
local ttl = tonumber(ARGV[1])
redis.call('ZREM', KEYS[1], ARGV[3])
redis.call('ZADD', KEYS[1], string.format('%.0f', now + ttl), ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('PEXPIRE', KEYS[1], ttl * 10)
return redis.call('ZRANGE', KEYS[1], 0, -1)
`,
)

/** Key: the registry. Reply: all that live. */
export const LIVING = toScript(
  NOW,
  `return redis.call('ZRANGEBYSCORE', KEYS[1], string.format('(%.0f', now), '+inf')`,
)

/**
 * Key: the owner of a name. Arguments: own life, time, a life that has ended. Reply: the life that owns it now. Whether
 * another one has ended is asked beforehand, in a step of its own: in a cluster its lease is on another node. If it lives
 * again in between, that is another life, which owns nothing. What two processes could still write in such a moment is
 * fenced by the epoch of what they own.
 */
export const CLAIM = toScript(`
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] and owner ~= ARGV[3] then return owner end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ARGV[1]
`)

/** Key: the owner of a name. Argument: own life. */
export const RELEASE = toScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
`)

/** Loaded on each new connection: so each is one command, and they run in the order in which they were sent. */
export const SCRIPTS = [REGISTER, RENEW, LEAVE, ENLIST, LIVING, CLAIM, RELEASE]
