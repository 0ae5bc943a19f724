/** The columns of a table in SQL, for a batch that has their values in the same order. */

export type Column<Table> = readonly [
  name: keyof Table & string,
  type: 'text' | 'bigint' | 'double precision',
]

export const toNames = <Table>(columns: readonly Column<Table>[]): string =>
  columns.map(([name]) => name).join(', ')

/** Takes each value of the JSON array `value` by its position, which SQLite and PostgreSQL write alike. */
export const toValues = <Table>(columns: readonly Column<Table>[]): string =>
  columns.map(([name, type], at) => `cast(value ->> ${at} as ${type}) as ${name}`).join(', ')
