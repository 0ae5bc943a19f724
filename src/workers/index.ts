/** Several processes of one program: the first one accepts connections and starts workers, which do everything else. */
export { createCrew, type Crew } from './crew.ts'
export { createHandOut } from './hand-out.ts'
export { createLink } from './link.ts'
export { openWorkerEnd } from './worker-end.ts'
export { FailedStart, forkWorker, type WorkerProcess } from './worker-process.ts'
