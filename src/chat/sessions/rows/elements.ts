/** Several rows in one parameter: a JSON array of arrays, whose values are taken by their position. */
import { type RawBuilder, sql } from 'kysely'
import type { RowStore } from '#stores'

/** In a `from`, it is a row for each element, with the column `value`. */
export const elementsOf = (
  kind: RowStore['kind'],
  rows: readonly (readonly (string | number | null)[])[],
): RawBuilder<unknown> => {
  const json = JSON.stringify(rows)
  return kind === 'sqlite'
    ? sql`json_each(${json})`
    : sql`json_array_elements(cast(${json} as json))`
}

export const textAt = (position: number): RawBuilder<string> => sql`value ->> ${sql.lit(position)}`

export const numberAt = (position: number): RawBuilder<number> =>
  sql`cast(value ->> ${sql.lit(position)} as bigint)`

/** PostgreSQL cannot always know the type of a parameter. */
export const typed = (value: string | number): RawBuilder<unknown> =>
  typeof value === 'number' ? sql`cast(${value} as bigint)` : sql`cast(${value} as text)`
