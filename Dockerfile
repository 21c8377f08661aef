# One image for every role: `--web`, `--worker` or both (docker-compose.yml says which).
# The base is a build argument, so that a mirror inside the bureau's network can stand in for it.
ARG NODE_IMAGE=node:22-bookworm-slim

FROM ${NODE_IMAGE} AS build
# nodejieba, the segmenter, is compiled where no prebuilt file fits.
RUN apt-get update \
  && apt-get install -y --no-install-recommends python3 make g++ \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY scripts/prepare.mjs scripts/build-web.mjs scripts/
RUN node --input-type=module -e "import { ensureInstalled } from './scripts/prepare.mjs'; ensureInstalled()"
COPY tsconfig.json tsconfig.build.json ./
COPY src src
# What only the build and the tests use goes afterwards; the stamps of installation and build stay, so that nothing is done again at a start.
RUN node --input-type=module -e "import { ensureBuilt } from './scripts/prepare.mjs'; ensureBuilt()" \
  && npm prune --omit=dev --no-audit --no-fund

FROM ${NODE_IMAGE}
ENV NODE_ENV=production HOST=0.0.0.0 QIANXIAN_DATA=/data TZ=Asia/Shanghai
WORKDIR /app
COPY --from=build /app ./
# Pruning writes the lock file anew, and the installation is known by the one it was made from.
COPY package.json package-lock.json ./
COPY scripts scripts
COPY index-mappings index-mappings
COPY mappings mappings
COPY models models
COPY LICENSE README.md README.zh.md CHANGELOG.md ./
COPY docs docs
RUN ln -s /app/scripts/qianxian.mjs /usr/local/bin/qianxian && mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 3000
CMD ["node", "scripts/start.mjs"]
