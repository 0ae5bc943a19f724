import { describe, expect, it } from 'vitest'
import { VENDOR_NAMES } from '#providers'
import { parseConfigFile } from '../../../src/config/file/config-file.ts'
import { faultsOf } from '../../tools/config/faults-of.ts'

const parse = (text: string, env: Record<string, string> = {}) =>
  parseConfigFile(text, 'sluice.yaml', env)

const faultsIn = (text: string, env: Record<string, string> = {}): readonly string[] =>
  faultsOf(() => parse(text, env))

describe('a file', () => {
  it('may be empty, and so may its sections', () => {
    expect(parse('')).toEqual({})
    expect(parse('# nothing yet\n')).toEqual({})
    expect(parse('providers:\n  # openai:\nkeys:\nlog: {}\n')).toEqual({ log: {} })
  })

  it('may contain every setting', () => {
    const text = `
server: { host: localhost, port: 8080, cors_origins: ['https://*.example.com'], drain_ms: 0, open_after_ms: 5000 }
keys: [one, two]
providers:
  openai: { api_key: sk-1, inject_usage: true }
  local:
    vendor: openai
    base_url: http://localhost:11434/v1
    timeouts: { connect_ms: 1, first_event_ms: 2, first_byte_ms: 3, idle_ms: 4, whole_ms: 5 }
aliases: { fast: openai/gpt-5.5, 'claude-*': [openai/gpt-5.5, local/x], '/^o(\\d)$/i': local/$1 }
default: fast
presets: false
demo: { pace_ms: 0 }
limits: { body_bytes: 1, depth: 2, in_flight_bytes: 3 }
retries: { max: 0, base_ms: 1 }
log: { level: warn }
`
    expect(parse(text)).toEqual({
      server: {
        host: 'localhost',
        port: 8080,
        cors_origins: ['https://*.example.com'],
        drain_ms: 0,
        open_after_ms: 5000,
      },
      keys: ['one', 'two'],
      providers: {
        openai: { api_key: 'sk-1', inject_usage: true },
        local: {
          vendor: 'openai',
          base_url: 'http://localhost:11434/v1',
          timeouts: {
            connect_ms: 1,
            first_event_ms: 2,
            first_byte_ms: 3,
            idle_ms: 4,
            whole_ms: 5,
          },
        },
      },
      aliases: {
        fast: 'openai/gpt-5.5',
        'claude-*': ['openai/gpt-5.5', 'local/x'],
        '/^o(\\d)$/i': 'local/$1',
      },
      default: 'fast',
      presets: false,
      demo: { pace_ms: 0 },
      limits: { body_bytes: 1, depth: 2, in_flight_bytes: 3 },
      retries: { max: 0, base_ms: 1 },
      log: { level: 'warn' },
    })
  })
})

describe('a fault in a file', () => {
  it('is reported with its line and its field', () => {
    expect(faultsIn('server:\n  host: localhost\n  port: 70000\n')).toEqual([
      'sluice.yaml:3: server.port: must be at most 65535',
    ])
  })

  it('is reported together with all others, from top to bottom', () => {
    expect(
      faultsIn(`retries: 3
providers:
  openai:
    timeouts:
      idle_ms: soon
  local: { vendor: openai, base_url: 'ftp://x' }
aliases:
  fast: []
  slow: 3
  '/bad(/': x
keys: []
demo: maybe
log: { level: loud }
server: { port: 1.5, drain_ms: -1 }
`),
    ).toEqual([
      'sluice.yaml:1: retries: must be a map of fields',
      'sluice.yaml:5: providers.openai.timeouts.idle_ms: must be a whole number',
      'sluice.yaml:6: providers.local.base_url: must be an http:// or https:// URL',
      'sluice.yaml:8: aliases.fast: must not be empty',
      'sluice.yaml:9: aliases.slow: must be the name of a model, or a list of them',
      'sluice.yaml:10: aliases./bad(/: must be a regular expression that is whole: /^name$/',
      'sluice.yaml:11: keys: must not be empty',
      'sluice.yaml:12: demo: must be true, false, or a map with pace_ms',
      'sluice.yaml:13: log.level: must be one of fatal, error, warn, info, debug, trace, silent',
      'sluice.yaml:14: server.port: must be a whole number',
      'sluice.yaml:14: server.drain_ms: must be at least 0',
    ])
  })

  it.each([
    [
      'an alias that some name could keep busy',
      "aliases:\n  '/^(a+)+$/': x\n",
      '2: aliases./^(a+)+$/: must be a regular expression that no name can keep busy for ages: it repeats a group that itself holds *, +, ?, {} or |, or it holds more than three of .*',
    ],
    [
      'a field that does not exist',
      'server:\n  prot: 1\n',
      '2: server.prot: is not a field that exists',
    ],
    ['a section that does not exist', '\nfoo: 1\n', '2: foo: is not a field that exists'],
    ['a list for a file', '- a\n', '1: must be a map of fields'],
    ['an item of a list', 'keys:\n  - a\n  - 5\n', '3: keys.1: must be text'],
    ['a name that stands twice', 'keys: [a]\nkeys: [b]\n', '2: keys: stands here a second time'],
    [
      'a provider of no vendor',
      'providers:\n  local: {}\n',
      `2: providers.local.vendor: must be set to one of ${VENDOR_NAMES.join(', ')}`,
    ],
    [
      'a vendor without an address',
      'providers:\n  azure:\n    api_key: key\n',
      '2: providers.azure.base_url: must be set: Azure OpenAI has no address that all its customers share',
    ],
    [
      'a provider called demo',
      'providers:\n  demo: { vendor: openai }\n',
      '2: providers.demo: must be a name of letters, digits, dots, dashes and underscores, and not demo',
    ],
    [
      'a slash in the name of a provider',
      'providers:\n  a/b: { vendor: openai }\n',
      '2: providers.a/b: must be a name of letters, digits, dots, dashes and underscores, and not demo',
    ],
    [
      'a base URL with a query',
      'providers:\n  openai: { base_url: "http://x/?a=1" }\n',
      '2: providers.openai.base_url: must end with its path',
    ],
    [
      'a key that no header can carry',
      'providers:\n  openai:\n    api_key: "a\\nb"\n',
      '3: providers.openai.api_key: must be one line of printable ASCII characters',
    ],
    [
      'a star without quotes',
      'server:\n  cors_origins:\n    - *\n',
      '3: this begins with a * and needs quotes',
    ],
    [
      'a tab',
      'server:\n\tport: 1\n',
      '2: this is not valid YAML: a tab stands where blanks must indent',
    ],
    [
      'a second document',
      'keys: [a]\n---\nkeys: [b]\n',
      '2: this is not valid YAML: a second document begins here; one is all there may be',
    ],
  ])('names %s', (_what, text, fault) => {
    expect(faultsIn(text)).toContain(`sluice.yaml:${fault}`)
  })

  it.each([
    'keys: sk-secret-1\n',
    'keys: { sk-secret-1 }\n: [',
    'keys: ["sk-secret-1\n',
    'keys: &a [sk-secret-1, *a]\n',
    'keys: ["sk-secret-1", "${sk-secret-1}"]\n',
    'providers: { openai: { api_key: [sk-secret-1] } }\n',
    'providers: { openai: { base_url: "http://sk-secret-1@x" } }\n',
    'providers: { openai: { base_url: "sk-secret-1" } }\n',
    'providers: { openai: { api_key: "sk-secret-1\\u00e9" } }\n',
    'sk-secret-1\n',
    '"sk-secret-1" "sk-secret-1"\n',
  ])('quotes no value: %j', (text) => {
    const faults = faultsIn(text)
    expect(faults.length).toBeGreaterThan(0)
    expect(faults.join('\n').replace('keys.sk-secret-1: ', '')).not.toContain('secret')
  })
})

const keyOf = (text: string, env: Record<string, string> = {}) =>
  parse(`keys: ['${text}', other]`, env).keys

describe('a reference', () => {
  it('is replaced by the value of its variable, anywhere in a text', () => {
    expect(keyOf('${A}', { A: 'one' })).toEqual(['one', 'other'])
    expect(keyOf('a-${A}-${B_2}', { A: 'one', B_2: 'two' })).toEqual(['a-one-two', 'other'])
  })

  it('uses its fallback if the variable is not set, or empty', () => {
    expect(keyOf('${A:-x:-y}')).toEqual(['x:-y', 'other'])
    expect(keyOf('${A:-x}', { A: '' })).toEqual(['x', 'other'])
    expect(keyOf('${A:-x}', { A: 'one' })).toEqual(['one', 'other'])
  })

  it('is a plain text with a second dollar', () => {
    expect(keyOf('$${A}')).toEqual(['${A}', 'other'])
    expect(keyOf('$A $1 {A}')).toEqual(['$A $1 {A}', 'other'])
  })

  it('is not expanded in the value of a variable', () => {
    expect(keyOf('${A}', { A: '${B}', B: 'x' })).toEqual(['${B}', 'other'])
  })

  it('that is empty unsets its field', () => {
    expect(parse('providers: { openai: { api_key: "${A:-}" } }')).toEqual({
      providers: { openai: {} },
    })
    expect(faultsIn('keys: ["${A:-}"]')).toEqual(['sluice.yaml:1: keys: must not be empty'])
  })

  it('may replace a number or a boolean', () => {
    expect(parse('server: { port: "${P}" }\npresets: ${Q}', { P: '81', Q: 'false' })).toEqual({
      server: { port: 81 },
      presets: false,
    })
    expect(faultsIn('server: { port: "${P}" }', { P: '8 1' })).toEqual([
      'sluice.yaml:1: server.port: must be a whole number',
    ])
  })

  it('to a variable that is not set is a fault with line, field and variable', () => {
    expect(faultsIn('providers:\n  openai:\n    api_key: ${NOPE}\nkeys:\n  - ${NO_KEY}\n')).toEqual(
      [
        'sluice.yaml:3: providers.openai.api_key: the variable NOPE is not set',
        'sluice.yaml:5: keys.0: the variable NO_KEY is not set',
      ],
    )
  })

  it.each(['${', '${A', '${}', '${A B}', '${1}', '${A-b}'])('cannot be written as %s', (text) => {
    expect(faultsIn(`default: 'x${text}'`, { A: 'set' })).toEqual([
      'sluice.yaml:1: default: has a ${ that names no variable (a plain one is written $${)',
    ])
  })
})
