#: title Node: what is built runs on the machine that builds; only native modules are made on the platform
#: detects package.json
#: version node 22-slim
#: ignores .git **/node_modules
FROM --platform=$BUILDPLATFORM node:@@version@@ AS build
WORKDIR /app
COPY package*.json ./
RUN npm ci
COPY . .
# Its own modules stay behind: they are of the machine that builds.
RUN npm run build --if-present && rm -rf node_modules

# On the platform itself, emulated where it is foreign: native modules are compiled or chosen for it.
FROM node:@@version@@ AS modules
WORKDIR /app
COPY package*.json ./
RUN npm ci --omit=dev

FROM node:@@version@@
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app ./
COPY --from=modules /app/node_modules ./node_modules
USER node
CMD ["node", "."]
