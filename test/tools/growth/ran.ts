/** Which functions of the source a piece of work ran, as the engine counts their calls. */
import { Session, type Profiler } from 'node:inspector'

export interface CallCounter {
  /** `path/of/file.ts name` of all that ran since it was asked last. */
  take(): ReadonlySet<string>
  stop(): void
}

export const startCountingCalls = (): CallCounter => {
  const session = new Session()
  session.connect()
  session.post('Profiler.enable')
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })

  return {
    take() {
      let scripts: readonly Profiler.ScriptCoverage[] = []
      session.post('Profiler.takePreciseCoverage', (error, taken) => {
        if (error) throw error
        scripts = taken.result
      })
      return new Set(scripts.flatMap(functionsIn))
    },
    stop() {
      session.post('Profiler.stopPreciseCoverage')
      session.disconnect()
    },
  }
}

const functionsIn = ({ url, functions }: Profiler.ScriptCoverage): string[] => {
  const file = /\/(src\/.*\.ts)$/.exec(url)?.[1]
  if (file === undefined) return []
  return functions
    .filter(({ ranges }) => (ranges[0]?.count ?? 0) > 0)
    .map(({ functionName }) => `${file} ${functionName}`)
}
