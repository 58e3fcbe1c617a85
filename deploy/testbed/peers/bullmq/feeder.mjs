// Reads jobs from standard input, a line of JSON each, and prints "completed ID" or "failed ID REASON" when the queue says so.
import { createInterface } from 'node:readline';
import { Queue, QueueEvents } from 'bullmq';
import { connect, name } from './queue.mjs';

const queue = new Queue(name, {
  connection: connect(),
  defaultJobOptions: {
    attempts: 8,
    backoff: { type: 'exponential', delay: 1000, jitter: 0.5 },
  },
});
const events = new QueueEvents(name, { connection: connect() });
events.on('completed', ({ jobId }) => console.log(`completed ${jobId}`));
events.on('failed', ({ jobId, failedReason }) => console.log(`failed ${jobId} ${failedReason.split('\n')[0]}`));
await events.waitUntilReady();
console.log('ready');

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const job = JSON.parse(line);
  // A job whose id the queue knows is not taken again.
  queue.add('render', job, { jobId: job.id });
});
lines.on('close', () => process.exit(0));
