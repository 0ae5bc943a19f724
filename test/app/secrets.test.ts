/** Secrets are removed for as long as any configuration that has them is used. */
import { expect, it } from 'vitest'
import { createSecrets } from '../../src/app/secrets.ts'

it('are removed until the last configuration that has them is gone', () => {
  const secrets = createSecrets()
  const forgetFirst = secrets.add(['secret-one', 'secret-two'])
  const forgetSecond = secrets.add(['secret-two', 'secret-three'])
  const text = 'secret-one secret-two secret-three'
  for (const redact of [secrets.redact, secrets.redactLog])
    expect(redact(text)).toBe('[redacted] [redacted] [redacted]')
  forgetFirst()
  forgetFirst()
  expect(secrets.redact(text)).toBe('secret-one [redacted] [redacted]')
  forgetSecond()
  expect(secrets.redact(text)).toBe(text)
})

it('have a version, so that what was redacted before is redacted anew', () => {
  const secrets = createSecrets()
  const versions = [secrets.redactLog.version]
  const forget = secrets.add(['secret-one'])
  versions.push(secrets.redactLog.version)
  forget()
  versions.push(secrets.redactLog.version)
  expect(new Set(versions).size).toBe(3)
})
