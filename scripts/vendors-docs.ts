/** Puts the table of vendors into words. */
import { type Vendor, VENDOR_NAMES, type VendorName, VENDORS } from '#providers'

export const toVendorsDocs = (): string =>
  [
    INTRODUCTION,
    table(
      ['Name', 'Vendor', 'Address', 'Languages', 'Variables'],
      VENDOR_NAMES.map((name) => toRow(name, VENDORS[name])),
    ),
    '## What sets each apart',
    table(['Vendor', 'Fact', 'What follows', 'Where it is written'], VENDOR_NAMES.flatMap(toFacts)),
  ].join('\n\n') + '\n'

const INTRODUCTION = `<!-- Written by \`npm run docs\` from the table in src/providers/vendors/. -->

# Vendors

A vendor is a row of data. Its name stands in front of the slash (\`groq/llama-3.3-70b-versatile\`) and under
\`providers\` in \`sluice.yaml\`; its variables are enough where there is no file. A client that speaks one of a
vendor's languages is relayed to it; any other is translated into the first of them that can be. \`protocols\` in
the file chooses others.

A server of your own on Ollama's, LM Studio's, llama.cpp's or vLLM's default port is found after the start, while
Sluice listens on loopback: it is asked for \`/v1/models\` and for nothing else, is listed under its name, and gets a
prompt only where that name stands in front (\`ollama/llama3\`). \`probe_local: false\` switches that off.`

const toRow = (name: VendorName, vendor: Vendor): string[] => {
  const { title, baseUrl, protocols, elsewhere = [], variables } = vendor
  return [
    code(name),
    title,
    baseUrl === undefined ? '`base_url` is needed' : code(baseUrl),
    [
      ...protocols.map((protocol) => protocol.name),
      ...elsewhere.map(({ protocol, path }) => `${protocol.name} (at ${code(path)})`),
    ].join(', '),
    [...(variables?.apiKey ?? []), ...(variables?.baseUrl ?? [])].map(code).join(', '),
  ]
}

const toFacts = (name: VendorName): string[][] => {
  const { title, quirks }: Vendor = VENDORS[name]
  return quirks.map(({ fact, traits = {}, models, source, link, date }) => [
    title,
    fact,
    [
      ...Object.entries(traits).map(([trait, value]) => `${trait}: ${JSON.stringify(value)}`),
      ...(models ? [`only ${models.source}`] : []),
    ]
      .map(code)
      .join('<br>'),
    `${source} ${date}: ${link}`,
  ])
}

const code = (text: string): string => `\`${text.replaceAll('|', String.raw`\|`)}\``

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
