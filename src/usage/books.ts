/** The books of an operator: the ledger of all calls, and the audit. Their rows are written, kept and deleted alike. */
import {
  type AuditEvent,
  GatewayError,
  reasonOf,
  type Settled,
  type Settlement,
  type Settler,
} from '#model'
import { createRows, type RowOptions, type Rows, type RowStore } from '#stores'
import { createAudit } from './audit/audit.ts'
import type { AuditQuery, AuditReport } from './audit/audit-query.ts'
import { readAudit } from './audit/read-audit.ts'
import type { DeliveryLog } from './delivery/delivery.ts'
import { createRowDelivery } from './delivery/row-delivery.ts'
import { createLedger, readSettled, readUsage } from './ledger/ledger.ts'
import type { Redact } from './rows/row-texts.ts'
import type { UsageQuery, UsageReport } from './ledger/reports/usage-query.ts'
import { createRetention } from './retention/retention.ts'

export interface BookOptions {
  readonly place: RowOptions
  /** After how many days rows are deleted. Absent: never. */
  readonly keepDays?: number | undefined
  readonly redact: Redact
  readonly log: DeliveryLog
}

interface BookState {
  readonly store: Rows['kind']
  readonly isWell: boolean
  /** Rows of this process that are not yet in the database. */
  readonly waitingRows: number
}

export interface Books {
  readonly settle: Settler
  /** As far as is known without asking the database. */
  readonly state: BookState
  /** Adds to the audit. */
  note(event: AuditEvent): void
  /** Sends what an earlier process left, and adds what happened at the start to the audit. */
  start(events?: readonly AuditEvent[]): Promise<void>
  /**
   * What the ledger has of a call that was settled with an id, by any process.
   *
   * @throws GatewayError `at_capacity` if the database cannot be read.
   */
  findSettled(id: string): Promise<Settled | undefined>
  /** @throws GatewayError `at_capacity` if the database cannot be read. */
  reportUsage(query: UsageQuery): Promise<UsageReport>
  /** @throws GatewayError `at_capacity` if the database cannot be read. */
  reportAudit(query: AuditQuery): Promise<AuditReport>
  /**
   * Writes what is left, and closes the database.
   *
   * @param isEnd false: other processes of this program go on.
   */
  close(isEnd?: boolean): Promise<void>
}

export const createBooks = ({ place, keepDays, redact, log }: BookOptions): Books => {
  const rows = createRows(place)
  const delivery = createRowDelivery({ rows, folder: place.folder, write, log })
  const audit = createAudit(rows, redact, delivery.deliver)
  const ledger = createLedger(redact, (batch) => {
    audit.wake()
    delivery.deliver(batch)
  })
  const retention = keepDays === undefined ? undefined : createRetention(rows, keepDays, log)
  let started = false

  /** After everything that happened before it. */
  const read = async <Report>(what: string, report: () => Promise<Report>): Promise<Report> => {
    ledger.flush()
    audit.flush()
    await delivery.settled()
    try {
      return await report()
    } catch (cause) {
      log.warn({ reason: reasonOf(cause) }, `the ${what} cannot be read`)
      throw new GatewayError('at_capacity', `The ${what} cannot be read now. Try again shortly.`, {
        cause,
      })
    }
  }

  return {
    settle(settlement) {
      ledger.settle(settlement)
      const event = toEvent(settlement)
      if (event) audit.note(event)
    },
    get state() {
      const waitingRows = ledger.count + delivery.waitingRows
      return { store: rows.kind, isWell: !delivery.isFailing, waitingRows }
    },
    note: audit.note,
    async start(events = []) {
      started = true
      await delivery.start()
      await audit.open(events)
      retention?.start()
    },
    findSettled: (id) => read('ledger', () => readSettled(rows, id)),
    reportUsage: (query) => read('usage', () => readUsage(rows, query)),
    reportAudit: (query) => read('audit', () => readAudit(rows, query)),
    async close(isEnd = true) {
      if (started && isEnd) audit.end({ action: 'server.stopped', outcome: 'ok' })
      started = false
      ledger.flush()
      audit.flush()
      retention?.stop()
      await delivery.close()
    },
  }
}

const AUDITED: Readonly<Record<string, AuditEvent['action']>> = {
  // A call begins only after its key was accepted.
  unauthenticated: 'key.expired',
  forbidden: 'model.refused',
}

const toEvent = (settlement: Settlement): AuditEvent | undefined => {
  const { outcome, callerId, callerName, requestId, status } = settlement
  const action = AUDITED[outcome]
  return action && { action, outcome, status, requestId, actor: { id: callerId, name: callerName } }
}

/** What a batch has is told by how it begins. */
const write = async (store: RowStore, json: string): Promise<void> => {
  if (json.startsWith('{'))
    return (await import('./audit/rows/write-audit.ts')).writeAudit(store, json)
  return (await import('./ledger/rows/write-batch.ts')).writeBatch(store, json)
}
