# A worker: git, the agents' and checks' shell, and Phasewright. Tools that your checks need (compilers, package managers)
# go into an image of yours that starts FROM this one.
FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:24-bookworm-slim
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates git openssh-client \
  && rm -rf /var/lib/apt/lists/* \
  && install --directory --owner=node --group=node --mode=0700 /data
WORKDIR /opt/phasewright
COPY --from=build /build/package.json ./
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/bin ./bin
COPY --from=build /build/dist ./dist
COPY --from=build /build/flows ./flows
COPY --from=build /build/schemas ./schemas
ENV NODE_ENV=production PHASEWRIGHT_HOME=/data
USER node
VOLUME /data
ENTRYPOINT ["node", "/opt/phasewright/bin/phasewright.js"]
CMD ["worker"]
