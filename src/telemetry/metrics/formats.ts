/** The format that a scraper asks for. */

export type MetricsFormat = 'text' | 'openmetrics'

/** OpenMetrics has to be asked for by its name. Whoever asks for neither gets the text, as from other servers. */
export const chooseFormat = (accept: string | undefined): MetricsFormat => {
  let text = 0
  let openMetrics = 0
  for (const range of (accept ?? '').toLowerCase().split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim())
    const quality = toQuality(parameters)
    if (TEXT_TYPES.has(type)) text = Math.max(text, quality)
    else if (type === 'application/openmetrics-text' && isOurVersion(parameters))
      openMetrics = Math.max(openMetrics, quality)
  }
  return openMetrics > 0 && openMetrics >= text ? 'openmetrics' : 'text'
}

const TEXT_TYPES: ReadonlySet<string> = new Set(['text/plain', 'text/*', '*/*'])

const toQuality = (parameters: readonly string[]): number => {
  const quality = parameters.find((parameter) => parameter.startsWith('q='))
  if (quality === undefined) return 1
  const value = Number(quality.slice(2))
  return value >= 0 && value <= 1 ? value : 0
}

const isOurVersion = (parameters: readonly string[]): boolean => {
  const version = parameters.find((parameter) => parameter.startsWith('version='))
  return version === undefined || version === 'version=1.0.0'
}
