# One image for the gateway, the four levels and the seeding; the command says which (docker-compose.yml).

FROM node:20-bookworm-slim AS checked
WORKDIR /app
COPY package.json package-lock.json ./
# No package needs its install script: esbuild comes ready for the platform, nothing is to download a mongod.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
# An image is made only of sources whose types, supergraph and generated types agree.
RUN npm run check:types && npm run compose -- --check && npm run generate -- --check
# GraphiQL is made here: where it is served nothing can be written.
RUN node --import tsx --input-type=module -e "import { ensurePage } from './gateway/graphiql/build.ts'; await ensurePage();"

FROM node:20-bookworm-slim
ENV NODE_ENV=production \
    APOLLO_TELEMETRY_DISABLED=true \
    HOST=0.0.0.0 \
    PORT=4000
WORKDIR /app
COPY package.json package-lock.json tsconfig.json ./
# Of the font's nine weights the reports (gateway/reports/draw.ts) use two.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && npm cache clean --force \
  && find node_modules/@expo-google-fonts/noto-sans-sc -name '*.ttf*' ! -path '*/400Regular/*.ttf' ! -path '*/700Bold/*.ttf' -delete
COPY --from=checked /app/data data
COPY --from=checked /app/docker docker
COPY --from=checked /app/gateway gateway
COPY --from=checked /app/schema schema
COPY --from=checked /app/scripts scripts
COPY --from=checked /app/subgraphs subgraphs
COPY --from=checked /app/telemetry telemetry
USER node
EXPOSE 4000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=4s --start-period=30s --retries=3 CMD ["node", "docker/health.mjs"]
CMD ["node", "--import", "tsx", "gateway/index.ts"]
