// Renders jobs: one paid call, the picture checked by decoding it, one put. Settings as BullMQ's guide for production advises.
import { HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Queue, UnrecoverableError, Worker } from 'bullmq';
import sharp from 'sharp';
import { connect, name } from './queue.mjs';

const env = process.env;
const CALL_MAX_MILLIS = 120_000;
const concurrency = Number(env.CONCURRENCY);

const s3 = new S3Client({
  endpoint: env.S3_ENDPOINT,
  region: env.S3_REGION,
  credentials: { accessKeyId: env.S3_ACCESS_KEY, secretAccessKey: env.S3_SECRET_KEY },
  forcePathStyle: true,
  // A picture is paid: more than the 3 attempts of the default.
  maxAttempts: 10,
});
const queue = new Queue(name, { connection: connect() });

async function stored(object) {
  try {
    await s3.send(new HeadObjectCommand(object));
    return true;
  } catch (e) {
    if (e.$metadata?.httpStatusCode === 404) {
      return false;
    }
    throw e;
  }
}

function retryDelayMillis(error) {
  const hint = error.details?.find((detail) => detail.retryDelay)?.retryDelay;
  return hint ? Math.ceil(parseFloat(hint) * 1000) : 1000;
}

async function draw(job) {
  const answer = await fetch(env.PROVIDER_URL, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-goog-api-key': env.PROVIDER_KEY },
    body: JSON.stringify({
      contents: [{ role: 'user', parts: [{ text: job.prompt }] }],
      generationConfig: { responseModalities: ['IMAGE'], imageConfig: { imageSize: job.size } },
    }),
    signal: AbortSignal.timeout(CALL_MAX_MILLIS),
  });
  if (answer.status === 429) {
    // Holds the whole queue, and is no attempt of the job.
    const { error } = await answer.json();
    await queue.rateLimit(retryDelayMillis(error));
    throw Worker.RateLimitError();
  }
  if (!answer.ok) {
    const text = `${answer.status}: ${await answer.text()}`;
    throw answer.status < 500 ? new UnrecoverableError(text) : new Error(text);
  }
  const body = await answer.json();
  const data = body.candidates?.[0]?.content?.parts?.find((part) => part.inlineData)?.inlineData.data;
  if (!data) {
    throw new Error('no picture in the answer');
  }
  return Buffer.from(data, 'base64');
}

async function render({ data: job, attemptsStarted }) {
  const object = { Bucket: env.S3_BUCKET, Key: `peers/bullmq/${job.id}.png` };
  // After a crash between put and completion the picture is there already.
  if (attemptsStarted > 1 && (await stored(object))) {
    return;
  }
  const picture = await draw(job);
  await sharp(picture, { failOn: 'warning' }).raw().toBuffer();
  await s3.send(new PutObjectCommand({ ...object, Body: picture, ContentType: 'image/png' }));
}

const worker = new Worker(name, render, {
  connection: connect(),
  concurrency,
  // Never reached by itself: the manual limit of a 429 needs one.
  limiter: { max: 10_000, duration: 1000 },
  // A killed worker's jobs go on after some 10 to 15 s; each may meet many kills.
  lockDuration: 10_000,
  stalledInterval: 5_000,
  maxStalledCount: 10,
  removeOnComplete: { age: 3600 },
  removeOnFail: { age: 24 * 3600 },
});
worker.on('error', (e) => console.error(e));
worker.on('failed', (job, e) => console.error(job?.id, e));
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, async () => {
    await worker.close();
    process.exit(0);
  });
}
