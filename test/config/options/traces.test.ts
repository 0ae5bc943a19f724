/** Where calls are traced, from the file and from the variables that all programs with OpenTelemetry share. */
import { describe, expect, it } from 'vitest'
import { loadFile } from '../../tools/config/load-file.ts'

const load = async (env: Record<string, string>, file?: string) => {
  const { options, notices } = await loadFile(file, env)
  return { traces: options.traces, notices }
}

const ENDPOINT = 'OTEL_EXPORTER_OTLP_ENDPOINT'
const at = { [ENDPOINT]: 'http://collector:4318' }

it('without an address nothing is traced', async () => {
  const { traces, notices } = await load({ OTEL_SERVICE_NAME: 'x', OTEL_TRACES_SAMPLER: 'y' })
  expect(traces).toBeUndefined()
  expect(notices).toHaveLength(1)
})

describe('the environment', () => {
  it('is enough', async () => {
    const { traces, notices } = await load(at)
    expect(notices).toEqual([])
    expect(traces).toEqual({
      endpoint: 'http://collector:4318/v1/traces',
      headers: {},
      serviceName: 'sluice',
      resource: {},
      sampler: 'parentbased_always_on',
      ratio: 1,
      content: false,
    })
  })

  it('has all settings but that of content', async () => {
    const { traces, notices } = await load({
      [ENDPOINT]: 'http://other:4318',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://collector/custom/path',
      OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Bearer%20abc, x-scope = a%3Db',
      OTEL_SERVICE_NAME: 'gateway',
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=ignored,deployment.environment.name=prod',
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
    })
    expect(notices).toEqual([])
    expect(traces).toEqual({
      endpoint: 'https://collector/custom/path',
      headers: { authorization: 'Bearer abc', 'x-scope': 'a=b' },
      serviceName: 'gateway',
      resource: { 'deployment.environment.name': 'prod' },
      sampler: 'parentbased_traceidratio',
      ratio: 0.25,
      content: false,
    })
  })

  it.each([
    ['OTEL_SDK_DISABLED', 'true'],
    ['OTEL_TRACES_EXPORTER', 'none'],
  ])('turns traces off: %s=%s', async (name, value) => {
    const { traces } = await load({ ...at, [name]: value }, 'traces: { endpoint: http://x:1 }')
    expect(traces).toBeUndefined()
  })

  it.each([
    [ENDPOINT, 'collector:4317'],
    [ENDPOINT, 'http://user:password@collector:4318'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'no pair'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'bad name=x'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'x=%E0%A4%A'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'x=a%0Ab'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'x'],
    ['OTEL_TRACES_SAMPLER', 'xray'],
    ['OTEL_TRACES_SAMPLER_ARG', '2'],
    ['OTEL_TRACES_SAMPLER_ARG', 'half'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc'],
  ])(
    'is ignored with a notice where it cannot be used, and not quoted: %s=%s',
    async (name, value) => {
      const { notices } = await load({ ...at, [name]: value })
      expect(notices).toHaveLength(1)
      expect(notices[0]).toContain(`${name} `)
      expect(notices[0]).toMatch(/, and is ignored\.$/)
      expect(notices[0]).not.toContain(value)
    },
  )
})

describe('the file', () => {
  it('takes precedence, and its address does not get the headers of the environment', async () => {
    const env = { ...at, OTEL_EXPORTER_OTLP_HEADERS: 'authorization=secret', TOKEN: 'of-the-file' }
    const { traces } = await load(
      env,
      `traces:
  endpoint: https://otlp.example.com/v1/traces
  headers: { X-Token: '\${TOKEN}' }
  service_name: gateway
  resource: { team: a }
  sampler: always_on
  ratio: 0.5
  content: true`,
    )
    expect(traces).toEqual({
      endpoint: 'https://otlp.example.com/v1/traces',
      headers: { 'x-token': 'of-the-file' },
      serviceName: 'gateway',
      resource: { team: 'a' },
      sampler: 'always_on',
      ratio: 0.5,
      content: true,
    })
  })

  it('may change a setting of the environment’s receiver', async () => {
    const env = { ...at, OTEL_EXPORTER_OTLP_HEADERS: 'authorization=secret' }
    const { traces } = await load(env, 'traces: { content: true }')
    expect(traces).toMatchObject({
      endpoint: 'http://collector:4318/v1/traces',
      headers: { authorization: 'secret' },
      content: true,
    })
  })

  it.each([
    ['endpoint: collector', 'traces.endpoint'],
    ['headers: { "bad name": x }', 'traces.headers'],
    ['headers: { x: "a\\nb" }', 'traces.headers.x'],
    ['sampler: xray', 'traces.sampler'],
    ['ratio: 2', 'traces.ratio'],
  ])('is refused with the field named: %s', async (field, named) => {
    await expect(load({}, `traces: { ${field} }`)).rejects.toThrow(named)
  })
})
