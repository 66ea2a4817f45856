// Uses the cache as Node applications do, by the settings in the environment; prints how each way ended, as JSON.
// Run by tests/applications/test_cache.py with ioredis and redis in NODE_PATH.
const Redis = require("ioredis");
const { createClient } = require("redis");

const { REDIS_URL, REDIS_HOST, REDIS_PORT, REDIS_PASSWORD, REDIS_DB } = process.env;
const once = { maxRetriesPerRequest: 0, retryStrategy: null, enableOfflineQueue: true };

async function ioredis(client) {
  let failed;
  client.on("error", (error) => (failed = error));
  try {
    await client.set("stored", "by ioredis", "EX", 60);
    if ((await client.get("stored")) !== "by ioredis") throw new Error("another value");
  } catch (error) {
    throw failed ?? error;
  } finally {
    client.disconnect();
  }
}

async function nodeRedis() {
  const client = createClient({ url: REDIS_URL, socket: { reconnectStrategy: false } });
  client.on("error", () => {});
  await client.connect();
  await client.set("stored", "by redis", { EX: 60 });
  if ((await client.get("stored")) !== "by redis") throw new Error("another value");
  client.destroy();
}

const ways = {
  ioredis: () => ioredis(new Redis(REDIS_URL, once)),
  "node-redis": nodeRedis,
};
if (REDIS_HOST) {
  const parts = { host: REDIS_HOST, port: Number(REDIS_PORT), password: REDIS_PASSWORD, db: Number(REDIS_DB), ...once };
  ways["host and password"] = () => ioredis(new Redis({ ...parts, tls: { servername: REDIS_HOST } }));
}

(async () => {
  const outcomes = {};
  for (const [name, way] of Object.entries(ways)) {
    outcomes[name] = await way().then(() => "works", (error) => `${error.code ?? error.name}: ${error.message}`);
  }
  console.log(JSON.stringify(outcomes));
})();
