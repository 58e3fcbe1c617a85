// The queue that feeder and worker share.
import { Redis } from 'ioredis';

export const name = 'renders';

export function connect() {
  // Without a limit of retries, as BullMQ asks of a worker's connection.
  return new Redis(process.env.REDIS_URL, { maxRetriesPerRequest: null });
}
