/** Loads OpenTelemetry, which takes time and memory that only a process with a receiver needs to spend. */

export const loadSdk = async () => {
  const [api, core, resources, trace] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/core'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/sdk-trace-base'),
  ])
  return { api, core, resources, trace }
}

export type Sdk = Awaited<ReturnType<typeof loadSdk>>
