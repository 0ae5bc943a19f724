/** Whether tests may start real servers: `npm run conformance` says so. */
export const withServers = process.env.CONFORMANCE === 'servers'
