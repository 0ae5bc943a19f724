import { describe, expect, it } from 'vitest'
import { isLoopback } from '#access'
import { isLoopbackHostHeader } from '../../../src/access/admission/loopback.ts'

describe('a name of this machine', () => {
  it.each([
    'localhost',
    'LOCALHOST:8080',
    'app.localhost',
    'my-app.my_team.localhost:3000',
    '127.0.0.1',
    '127.255.0.9:1',
    '[::1]',
    '[::1]:80',
    '[::ffff:127.0.0.1]:80',
  ])('is known: %s', (host) => {
    expect(isLoopbackHostHeader(host)).toBe(true)
  })

  it.each([
    '',
    '.localhost',
    'a..localhost',
    '-.localhost',
    '-a.localhost',
    'a-.localhost',
    ' .localhost',
    'a b.localhost',
    'user@evil.localhost',
    'evil.example/.localhost',
    'evil.example#.localhost',
    'evil.example\\.localhost',
    'evil.example%00.localhost',
    'evil.example,.localhost',
    'évil.localhost',
    `${'a'.repeat(64)}.localhost`,
    `${'a.'.repeat(130)}localhost`,
    'localhost.',
    'app.localhost.',
    'localhost.evil.example',
    'evillocalhost',
    'localhost:',
    'localhost:port',
    'localhost:123456',
    '[localhost]',
    '[app.localhost]',
    '[127.0.0.1]',
    '[::1',
    '[::1]evil',
    '127.1',
    '127.0.0.1.evil.example',
    '0127.0.0.1',
    '0x7f.0.0.1',
    '2130706433',
    '0.0.0.0',
    '[::]',
    '[fe80::1]',
  ])('is nothing else: %j', (host) => {
    expect(isLoopbackHostHeader(host)).toBe(false)
  })

  it('is judged in time that grows with its length', () => {
    expect(isLoopback(`${'a'.repeat(1_000_000)}.localhost`)).toBe(false)
    expect(isLoopback(`${'a-'.repeat(500_000)}.localhost`)).toBe(false)
  })
})
