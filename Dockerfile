# Sluice in a container.
#
#   docker build -t sluice .
#   docker run --rm -p 127.0.0.1:3000:3000 -e SLUICE_API_KEYS=choose-one -e OPENAI_API_KEY sluice
#
# Inside a container it has to listen on every address, so SLUICE_API_KEYS is required: without a key it refuses
# to start. A file: -v ./sluice.yaml:/app/sluice.yaml:ro

# glibc, as Node's own builds: on Alpine the Node that comes with the packages would not run.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY rolldown.config.js tsconfig.json ./
COPY src ./src
RUN npm run build

# The image has Node 24 already, so the copy among the optional packages stays out.
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --omit=dev --omit=optional

FROM node:24-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 SLUICE_DATA=/data
# A volume that is mounted here belongs to the user below.
RUN mkdir /data && chown node /data
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY --from=build /app/dist ./dist
USER node
EXPOSE 3000
# PORT, where it is set anew, is respected; server.port of a file is not seen here.
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# No shell and no npm in front, so that SIGTERM reaches the server.
CMD ["node", "--max-semi-space-size=4", "dist/main.js"]
