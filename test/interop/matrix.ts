/** Writes what the clients did as a page of documentation. */
import { CLIENTS } from './clients.ts'
import type { ProtocolName, Row } from './row.ts'

const PROTOCOLS: Record<ProtocolName, string> = {
  chat: 'OpenAI Chat',
  messages: 'Anthropic Messages',
  responses: 'OpenAI Responses',
  gemini: 'Gemini',
  realtime: 'OpenAI Realtime',
}

const OPENING = `# Compatibility

Published clients, at the versions below, driven through a running Sluice to a scripted upstream that is
as strict as the vendors: one that refuses any conversation they would refuse. \`npm run interop\`
installs the clients, runs every line and writes this page; a line that fails makes the run fail.

A cell says how many scenarios passed. Where the client and the upstream speak the same protocol the
call is relayed, otherwise it is translated.
`

export const toMatrix = (rows: readonly Row[]): string => {
  const versions = Object.entries(CLIENTS).map(([name, version]) => `| \`${name}\` | ${version} |`)
  const lanes = Map.groupBy(rows, laneOf)
  const clients = [...new Set(rows.map(({ client }) => client))]
  return [
    OPENING,
    '## Clients\n',
    '| Package | Version |\n| --- | --- |',
    ...versions,
    '\n## Lanes\n',
    '| Client | Speaks | Upstream | Lane | Scenarios |\n| --- | --- | --- | --- | --- |',
    ...[...lanes.values()].map(toLaneRow),
    ...clients.map((client) =>
      toClientTable(
        client,
        rows.filter((row) => row.client === client),
      ),
    ),
    '',
  ].join('\n')
}

const laneOf = ({ client, speaks, upstream }: Row): string => [client, speaks, upstream].join()

const toLaneRow = (rows: readonly Row[]): string => {
  const [{ client, speaks, upstream } = rows[0] as Row] = rows
  const passed = rows.filter(({ ok }) => ok).length
  const lane = speaks === upstream ? 'relay' : 'translate'
  const cells = [
    client,
    PROTOCOLS[speaks],
    PROTOCOLS[upstream],
    lane,
    `${passed} of ${rows.length}`,
  ]
  return `| ${cells.join(' | ')} |`
}

const toClientTable = (client: string, rows: readonly Row[]): string => {
  const upstreams = [...new Set(rows.map(({ upstream }) => upstream))]
  const scenarios = [...new Set(rows.map(({ scenario }) => scenario))]
  const cellOf = (scenario: string, upstream: ProtocolName) => {
    const row = rows.find((each) => each.scenario === scenario && each.upstream === upstream)
    if (!row) return '–'
    return row.ok ? 'pass' : `**fail**: ${escapeCell(row.detail)}`
  }
  return [
    `\n## ${client}\n`,
    `| Scenario | ${upstreams.map((name) => PROTOCOLS[name]).join(' | ')} |`,
    `| --- |${' --- |'.repeat(upstreams.length)}`,
    ...scenarios.map(
      (scenario) =>
        `| ${scenario} | ${upstreams.map((upstream) => cellOf(scenario, upstream)).join(' | ')} |`,
    ),
  ].join('\n')
}

const escapeCell = (text: string): string => text.replaceAll('|', '\\|').slice(0, 200)
