/** The limits of callers, from the file and the environment. */
import {
  type CallerLimits,
  type CallLimits,
  DEFAULT_WINDOWS,
  isLoopback,
  LIMIT_FIELDS,
  limitsEveryModel,
  type LimitOptions,
} from '#access'
import type { EnvironmentSettings } from '../environment/environment.ts'
import type { FileSettings } from '../schema/index.ts'
import { withoutUndefined } from '../without-undefined.ts'

type FileLimits = NonNullable<NonNullable<FileSettings['limits']>['by_ip']>

/**
 * @param host where Sluice listens. Beyond loopback, callers without limits of their own have default ones.
 * @returns undefined if nothing is limited.
 */
export const toLimits = (
  file: FileSettings['limits'] = {},
  environment: EnvironmentSettings['windows'],
  host: string,
): LimitOptions | undefined => {
  const inFile = toCallerLimits(file)
  const everyCaller = { ...environment, ...inFile }
  const hasDefaults = !isLoopback(host) && !limitsEveryModel(inFile)
  const byIp = file.by_ip && toCallerLimits(file.by_ip)
  const byOwner = file.by_owner && toCallerLimits(file.by_owner)
  if (!hasDefaults && !byIp && !byOwner && Object.keys(everyCaller).length === 0) return undefined
  return {
    everyCaller,
    ...(hasDefaults ? { unlessOwn: { ...DEFAULT_WINDOWS, ...everyCaller } } : {}),
    ...(byIp ? { byIp } : {}),
    ...(byOwner ? { byOwner } : {}),
  }
}

/** From the spelling of the file. */
export const toCallerLimits = ({ models, ...limits }: FileLimits): CallerLimits =>
  withoutUndefined({
    ...toCallLimits(limits),
    models:
      models &&
      Object.fromEntries(
        Object.entries(models).map(([pattern, each]) => [pattern, toCallLimits(each)]),
      ),
  })

const NAMES = Object.keys(LIMIT_FIELDS) as (keyof typeof LIMIT_FIELDS)[]

const toCallLimits = (limits: Omit<FileLimits, 'models'>): CallLimits =>
  withoutUndefined(Object.fromEntries(NAMES.map((name) => [LIMIT_FIELDS[name], limits[name]])))
