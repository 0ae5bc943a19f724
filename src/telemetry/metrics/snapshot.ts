/** A metric as it is when somebody asks for it. */
export interface Snapshot {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly values: readonly {
    /** If it differs from that of the metric. */
    readonly metricName?: string
    readonly labels: Readonly<Record<string, string>>
    readonly value: number
  }[]
}
