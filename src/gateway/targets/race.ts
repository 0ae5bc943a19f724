/** Runs an attempt, and a second one if the first is silent for too long. The one that answers first is used. */
import { cancelled, createDeparture, GatewayError } from '#model'
import type { Target } from '#router'
import type { GatewayCall } from '../call.ts'
import { type Race, type RacedRecord, RacingRecord } from '../record/racing-record.ts'

/** What an attempt in a race uses in place of the call and its record. */
export interface Racer {
  /** Its signal also aborts when the other attempt answers first. */
  readonly call: GatewayCall
  readonly record: RacingRecord
}

export interface RaceOptions<Turn, Ended> {
  readonly call: GatewayCall
  readonly record: RacedRecord
  readonly afterMs: number
  /** Whom the second attempt is to ask, if anybody. */
  readonly takeSecond: () => Turn | undefined
  /** Makes an attempt. Does not reject: a failure is an end, too. */
  readonly run: (turn: Turn, racer: Racer) => Promise<Ended>
}

/** Resolves with the end of the attempt that answers first, or if none does, of the one that fails last. */
export const race = <Turn extends { readonly target: Target }, Ended>(
  first: Turn,
  { call, record, afterMs, takeSecond, run }: RaceOptions<Turn, Ended>,
): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const entrants: Entrant[] = []
    const enter = (turn: Turn): void => {
      const place: Race = {
        won() {
          clearTimeout(timer)
          for (const each of entrants) if (each.racer.record.isRunning) each.lose()
        },
        get hasOther() {
          return entrants.some((each) => each !== entrant && each.racer.record.isRunning)
        },
      }
      const entrant = createEntrant(call, record, turn.target, place)
      entrants.push(entrant)
      const finish = (ended: Ended): void => {
        if (entrant.racer.record.hasLost || place.hasOther) return
        clearTimeout(timer)
        resolve(ended)
      }
      run(turn, entrant.racer).then(finish, reject)
    }
    const timer = setTimeout(() => {
      const second = takeSecond()
      if (second) enter(second)
    }, afterMs)
    enter(first)
  })

interface Entrant {
  readonly racer: Racer
  lose(): void
}

const createEntrant = (
  call: GatewayCall,
  record: RacedRecord,
  { provider, model }: Target,
  place: Race,
): Entrant => {
  const { signal } = call
  const departure = createDeparture()
  const leave = (): void => {
    if (signal.reason) departure.abort(signal.reason)
  }
  signal.on(leave)
  leave()
  const racing = new RacingRecord(record, record.attempt(provider.name, model), place)
  return {
    racer: { call: { ...call, signal: departure }, record: racing },
    lose() {
      signal.off(leave)
      racing.lose(() => departure.abort(outrun()))
    },
  }
}

const outrun = (): GatewayError => cancelled('Another target answered first.')
